/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What is enforced where the policy file cannot be: POLICY.good beside the instance's own policy
 * file, a copy of what it last was without errors, or the newest that is kept for undo.
 */
#ifndef PORTFW_STATE_STAND_IN_H
#define PORTFW_STATE_STAND_IN_H

#include "load.h"
#include <limits.h>

/* Keeps the text as the last good one, unless it is kept already. Links of the policy file are not
 * followed, so that one that comes to lead nowhere takes no copy away. -errno. */
int stand_in_keep(const char *policy, const char *text, size_t length, struct error *error);

struct stand_in {
	char path[PATH_MAX];
	struct loaded file;
};
void stand_in_free(struct stand_in *found);
#define _cleanup_stand_in_ __attribute__((cleanup(stand_in_free)))

/* The name alone, without its directory. */
const char *stand_in_name(const char *path);

/* The first that can be used: the last good copy, then those kept for undo. One that others could
 * change only if there is no other; then the policy file itself comes first, if that is all that is
 * wrong with it. Notes what is wrong with those that are passed over or used all the same. -ENOENT
 * without a message: there is none. *found must be zero, and freed in any case. */
int stand_in_find(const struct paths *paths, struct stand_in *found, const struct notes *notes,
		  struct error *error);

#endif
