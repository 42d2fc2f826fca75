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

#include "blocks_change.h"
#include "change.h"

/* After change_plan(); more than once does no harm. Returns an exit status: STATUS_REFUSED after it
 * has said why. */
int guard_change(struct change *change);

/* The same after blocks_change_plan(). */
int guard_block(const struct blocks_change *change);

/* For a change that cannot be refused: a policy, without attachments, takes the place of the one in
 * force. Sessions that it cuts are listed in a warning. */
void guard_warn(const struct invocation *invocation, struct live *live,
		const struct policy *policy);

/* Whether answers to what the host opens can pass under `default deny`: through each of these NICs
 * that is attached, packets that leave are watched. If not, says so and returns STATUS_FAILED. */
int guard_egress(const struct invocation *invocation, const struct instance *instance,
		 const struct nic_status *nics, size_t count);

#endif
