/* SPDX-License-Identifier: GPL-2.0-only */
/* What `restore` brings besides the policy. */
#ifndef PORTFW_CHANGE_RESTORE_H
#define PORTFW_CHANGE_RESTORE_H

#include "done.h"

/* At boot before all else, which may fail or wait: an instance that runs gets lockdown as its file
 * says. -errno; 0 also if none runs. */
int restore_lockdown(const struct request *request, struct error *error);

/* Keeps the text of the policy file as the last good one. That it cannot is no failure. */
void restore_keep_good(const struct request *request, const char *text, size_t length,
		       const struct notes *notes);

/* Notes with the instance which file is enforced in place of the policy file, or that none is any
 * more. */
void restore_stand_in(struct making *making);

/* To an instance that runs: what watches leaving packets, lockdown and the block list as their
 * files say. A new instance gets them when it is made. A failure is noted and counted. */
void restore_incidents(struct making *making);

#endif
