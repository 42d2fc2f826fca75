/* SPDX-License-Identifier: GPL-2.0-only */
#include "reason.h"

static const struct {
	const char *name, *meaning;
} reasons[] = {[REASON_NONE] = {"none", "nothing was decided"},
#define X(name, spelling, verdict, meaning) [REASON_##name] = {spelling, meaning},
	       REASONS(X)
#undef X
};
_Static_assert(sizeof(reasons) / sizeof(*reasons) == REASON_COUNT, "each reason has its words");

static const char *const verdicts[] = {[VERDICT_PASS] = "pass", [VERDICT_DROP] = "drop"};
_Static_assert(sizeof(verdicts) / sizeof(*verdicts) == VERDICT_COUNT, "each verdict has its name");

const char *reason_name(enum reason reason)
{
	return reasons[reason < REASON_COUNT ? reason : REASON_NONE].name;
}

const char *reason_meaning(enum reason reason)
{
	return reasons[reason < REASON_COUNT ? reason : REASON_NONE].meaning;
}

const char *verdict_name(enum verdict verdict)
{
	return verdicts[verdict];
}

struct counter reason_sum(const struct counter counters[REASON_COUNT], enum verdict verdict)
{
	struct counter sum = {0};

	for (unsigned i = REASON_NONE + 1; i < REASON_COUNT; i++) {
		if (reason_verdict((enum reason)i) == verdict) {
			sum.packets += counters[i].packets;
			sum.bytes += counters[i].bytes;
		}
	}
	return sum;
}
