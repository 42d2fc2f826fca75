/* SPDX-License-Identifier: GPL-2.0-only */
/* The kernel's half of a change. */
#ifndef PORTFW_CHANGE_ENFORCE_H
#define PORTFW_CHANGE_ENFORCE_H

#include "done.h"

/* Can the new NICs be attached? At boot, those that cannot are noted and left out. -errno. */
int enforce_check(struct making *making, struct error *error);

/* Makes the instance if there is none, takes indices for the new NICs, compiles the new policy
 * into a free slot. What is enforced stays as it is. -ENOSPC with done->past_limit: the policy is
 * past a limit. */
int enforce_prepare(struct making *making, struct error *error);

/* The rest that can fail: what leaves through the new NICs is watched, and replies that passed so
 * far are known. -errno. */
int enforce_ready(struct making *making, struct error *error);

/* Makes the prepared policy live, for good or as a trial, then attaches the new NICs, or detaches
 * those that go. -errno. */
int enforce_commit(struct making *making, struct error *error);

/* Takes everything back that prepare and commit did, but for detached NICs. */
void enforce_undo(struct making *making);

#endif
