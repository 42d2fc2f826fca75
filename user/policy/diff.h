/* SPDX-License-Identifier: GPL-2.0-only */
/* What changes from one policy to another, as lines of policy text. */
#ifndef PORTFW_POLICY_DIFF_H
#define PORTFW_POLICY_DIFF_H

#include "text.h"

/* One change. sign '+': the line is new; '-': it goes. Only what differs is named: from
 * `allow tcp 20-30` to `allow tcp 20-29` the change is `- allow tcp 30`. */
struct diff_line {
	char sign;
	char *text; /* "allow tcp 22", "default deny", "attach eth0 native" */
};
struct diff {
	struct diff_line *lines;
	size_t count;
};

/* Changes from `old` to `new`, both normal: attach lines, default, then rules in canonical order,
 * at one place '-' before '+'. `attachments`: compare attach lines too. -ENOMEM. */
int diff_policies(const struct policy *old, const struct policy *new, bool attachments,
		  struct diff *diff);
void diff_free(struct diff *diff);
#define _cleanup_diff_ __attribute__((cleanup(diff_free)))

#endif
