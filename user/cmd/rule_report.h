/* SPDX-License-Identifier: GPL-2.0-only */
/* The line that says what is now true of the ports of a rule. */
#ifndef PORTFW_CMD_RULE_REPORT_H
#define PORTFW_CMD_RULE_REPORT_H

#include "change/change.h"
#include "cli/invocation.h"

/* After allow, deny or delete of `rules` (ACTION_NONE: delete), in the order of the words.
 * `overruled`: rules for narrower sources gave way. */
void rule_report(const struct invocation *invocation, const struct change *change,
		 const struct policy *rules, bool overruled);

#endif
