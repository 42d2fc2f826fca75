/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The guard against locking oneself out: before a change takes effect, the policy that it would put
 * into force is asked what it does with the packets of live sessions. If the operator's own would
 * be cut, the change is refused; others are listed in a warning.
 *
 * It is not asked with --force, in a trial, and by `restore --boot`; and with --dry-run it only
 * says what it would say, if the privileges allow to know.
 */
#ifndef PORTFW_CHANGE_GUARD_H
#define PORTFW_CHANGE_GUARD_H

#include "blocks_request.h"
#include "plan.h"

/* Before a planned change is made. STATUS_REFUSED after why was noted. */
enum exit_status guard_change(const struct request *request, const struct have *have,
			      const struct plan *plan, const struct notes *notes);

/* Before these addresses are blocked. */
enum exit_status guard_block(const struct blocks_request *request, const struct block_list *given,
			     const struct notes *notes);

/* For a change that cannot be refused: a policy takes the place of the one in
 * force. Sessions that it cuts are noted. */
void guard_warn(const struct live *live, const struct policy *policy, bool dry_run,
		const struct notes *notes);

/* Whether answers to what the host opens can pass under `default deny`: through each of these NICs
 * that is attached, packets that leave are watched. If not, notes so. */
enum exit_status guard_egress(const struct live *live, const struct notes *notes);

#endif
