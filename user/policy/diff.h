/* SPDX-License-Identifier: GPL-2.0-only */
/* What changes from one policy to another, as lines of policy text: for people to read. What a
 * decision rests on is in difference.h. */
#ifndef PORTFW_POLICY_DIFF_H
#define PORTFW_POLICY_DIFF_H

#include "text.h"

/*
 * One change as a line. sign '+': the line is new; '-': it goes; '~': `text` becomes `becomes`, the
 * same ports of the same scope with another action, time or comment. See struct policy_change.
 */
struct diff_line {
	char sign;
	char *becomes; /* '~' only, else NULL */
	char *text;    /* "allow tcp 22", "default deny", "attach eth0 native" */
};
struct diff {
	struct diff_line *lines;
	size_t count;
};

/* Changes from `old` to `new`, both normal: default (as '-' and '+'), then rules by scope and layer
 * in canonical order, in each first '-', then '~', then '+'. -ENOMEM. */
int diff_policies(const struct policy *old, const struct policy *new, struct diff *diff);

/* A policy, and the NICs that it is enforced on. */
struct diff_side {
	const struct policy *policy;
	const struct attachments *attached; /* NULL, on both sides: they are not compared */
};
/* The same with attach lines, each as '-' and '+', which come first. */
int diff_files(const struct diff_side *old, const struct diff_side *new, struct diff *diff);
void diff_free(struct diff *diff);
#define _cleanup_diff_ __attribute__((cleanup(diff_free)))

#endif
