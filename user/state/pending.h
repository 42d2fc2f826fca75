/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What `confirm` must write: kept in the run directory while a trial runs, as pending-DEADLINE. The
 * deadline in its name ties it to its trial: a file that a killed command left behind belongs to no
 * trial. It holds comments of the form "#NAME VALUE" and the whole new policy file.
 */
#ifndef PORTFW_STATE_PENDING_H
#define PORTFW_STATE_PENDING_H

#include "base/error.h"
#include <limits.h>
#include <linux/types.h>

struct pending {
	char path[PATH_MAX];	     /* the policy file, without symbolic links; "": it stays */
	unsigned long long keeps;    /* the old policy file is kept for `undo` */
	unsigned long long backup;   /* a dated copy of it is, too */
	unsigned long long consumed; /* the number from which on kept policies go; 0: none */
	char *text;		     /* the new policy file, owned */
};
void pending_free(struct pending *pending);
#define _cleanup_pending_ __attribute__((cleanup(pending_free)))

/* Writes and syncs it. -errno. */
int pending_write(const char *run_dir, __u64 deadline, const struct pending *pending,
		  struct error *error);
/* -ENOENT with a message: it is lost. *pending must hold nothing. */
int pending_read(const char *run_dir, __u64 deadline, struct pending *pending, struct error *error);
/* Its text is no policy: -EPROTO with a message. */
int pending_damaged(struct error *error);
/* Removes all but that of one trial; 0: all. */
void pending_clean(const char *run_dir, __u64 deadline);

#endif
