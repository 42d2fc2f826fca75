/* SPDX-License-Identifier: GPL-2.0-only */
/* `restore` where the policy file cannot be used. */
#ifndef PORTFW_CHANGE_UNUSABLE_H
#define PORTFW_CHANGE_UNUSABLE_H

#include "have.h"

/*
 * Fills have->file and have->unusable. Where a policy is in force it stays, and all else is
 * restored: lockdown, the block list, at boot also NICs that are not attached. Else at boot, which
 * must not end wider than it must: what is kept of earlier policies, or under lockdown an empty
 * policy. Notes what it does about the file, which failed as `error` says and with `status`. That
 * is also returned where there is nothing to go by.
 */
enum exit_status unusable_file(const struct request *request, struct have *have,
			       enum exit_status status, const struct error *error,
			       const struct notes *notes);

#endif
