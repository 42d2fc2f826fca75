/* SPDX-License-Identifier: GPL-2.0-only */
/* Reasons and verdicts as people and scripts read them. REASONS of the ABI is their only table. */
#ifndef PORTFW_POLICY_REASON_H
#define PORTFW_POLICY_REASON_H

#include <portfw/abi.h>
#include <stdbool.h>

/* "default-deny", and "no rule, and the default is deny"; "none" for REASON_NONE and for what is no
 * reason. Static storage. */
const char *reason_name(enum reason reason);
const char *reason_meaning(enum reason reason);

/* "pass", "drop". Static storage. */
const char *verdict_name(enum verdict verdict);

static inline bool reason_passes(enum reason reason)
{
	return reason_verdict(reason) == VERDICT_PASS;
}

/* What the reasons with this verdict counted together. */
struct counter reason_sum(const struct counter counters[REASON_COUNT], enum verdict verdict);

#endif
