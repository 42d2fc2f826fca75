/* SPDX-License-Identifier: GPL-2.0-only */
/* What changes from one policy to another. */
#ifndef PORTFW_POLICY_DIFFERENCE_H
#define PORTFW_POLICY_DIFFERENCE_H

#include "text_lines.h"

/*
 * What one line of canonical text said, and what one says now of the same ports, in the same scope
 * and layer: the timed state or the permanent one. count 0: nothing. Only what differs is there:
 * from `allow tcp 20-30` to `allow tcp 20-29` the change is from `allow tcp 30` to nothing.
 *
 * Deleting what each was from its layer of the old policy, then putting what each is into its own,
 * makes the new one.
 */
struct policy_change {
	struct text_span before, after;
};

struct policy_diff {
	enum action default_before, default_after;
	/* Of the rules, by scope and layer in canonical order; in each first what goes, then what
	 * becomes something else, then what comes. */
	struct policy_change *changes;
	size_t count;
	struct difference *parts; /* what the changes point into */
};

/* Both policies are normal and must outlive *diff, which is freed in any case. -ENOMEM. */
int policy_diff(const struct policy *old, const struct policy *new, struct policy_diff *diff);
void policy_diff_free(struct policy_diff *diff);
#define _cleanup_policy_diff_ __attribute__((cleanup(policy_diff_free)))

/* What was said of the ports of a change, and what is: ACTION_NONE for nothing. */
static inline enum action policy_change_from(const struct policy_change *change)
{
	return change->before.count ? change->before.rules[0]->action : ACTION_NONE;
}
static inline enum action policy_change_to(const struct policy_change *change)
{
	return change->after.count ? change->after.rules[0]->action : ACTION_NONE;
}

/*
 * Whether the new policy can drop what the old one lets in, as long as all timed rules of both are
 * in force: something is denied anew, or no longer allowed. It need not come to that: what is no
 * longer allowed may be so by a wider rule. If that cannot be told for want of memory, it can. Both
 * normal.
 */
bool policy_narrows(const struct policy *old, const struct policy *new);

#endif
