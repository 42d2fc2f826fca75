/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The one way in which commands change something: the policy file and the kernel together, whole or
 * not at all.
 *
 * A command fills a request and hands it to change_run(). Each phase writes one struct, and those
 * behind it only read it: have (what there is), plan (what becomes of it), done. Between plan and
 * done the guard is asked whether the operator would be cut off. With dry_run nothing is done. In a
 * trial the kernel's half falls back by itself, and the file's half waits in the run directory.
 */
#ifndef PORTFW_CHANGE_CHANGE_H
#define PORTFW_CHANGE_CHANGE_H

#include "done.h"
#include "policy/diff.h"

struct change {
	const struct request *request;
	struct have have;
	struct plan plan;
	struct done done;
	struct notes notes; /* where it is said what there is to say, errors included */
};
#define CHANGE_INIT(takes)                        \
	{                                         \
		.have = HAVE_INIT, .notes = takes \
	}

/* Works out what the request changes, and no more. `request` must outlive *change, which must be
 * CHANGE_INIT, and closed in any case. */
enum exit_status change_propose(const struct request *request, struct change *change);

/* The same, and makes the change unless it is a dry run. STATUS_FAILED with change_failures(): it
 * is made but for these. */
enum exit_status change_run(const struct request *request, struct change *change);

void change_close(struct change *change);
#define _cleanup_change_ __attribute__((cleanup(change_close)))

/* Whether anything changes; where at boot no NIC could be attached, nothing of the kernel does. */
static inline bool change_needed(const struct change *change)
{
	const struct plan *plan = &change->plan;
	bool enforced = change->request->dry_run || change->have.running || change->done.nic_count;

	return plan->saves || plan->removes || (plan->publishes && enforced);
}

/* At boot: how much was left out. */
static inline unsigned change_failures(const struct change *change)
{
	return change->plan.failures + change->done.failures;
}

/* The policy that changes, before and after: the kernel's where it alone changes, else the file's.
 */
void change_policies(const struct change *change, struct diff_side *old, struct diff_side *new);

#endif
