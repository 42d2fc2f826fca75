/* SPDX-License-Identifier: GPL-2.0-only */
/* The kernel's half of a change. All return 0 or -errno. */
#ifndef PORTFW_CHANGE_ENFORCE_H
#define PORTFW_CHANGE_ENFORCE_H

#include "change.h"

/* Can the new NICs be attached? With change->boot, those that cannot are reported and dropped. */
int enforce_check(struct change *change, struct error *error);

/* Makes the instance if there is none, takes indices for the new NICs, compiles the new policy
 * into a free slot. What is enforced stays as it is. -ENOSPC with
 * change->past_limit: the policy is past a limit. */
int enforce_prepare(struct change *change, struct error *error);

/* Makes the prepared policy live, for good or as a trial, then attaches the new NICs, or detaches
 * those that go. */
int enforce_commit(struct change *change, struct error *error);

/* Takes everything back that prepare and commit did, but for detached NICs. */
void enforce_undo(struct change *change);

#endif
