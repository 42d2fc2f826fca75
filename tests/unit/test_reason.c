/* SPDX-License-Identifier: GPL-2.0-only */
/* What reasons and verdicts are called. */
#include "unit.h"

#include "policy/reason.h"

static const struct {
	enum reason reason;
	enum verdict verdict;
	const char *name, *meaning;
} reasons[] = {
#define X(name, spelling, verdict, meaning) {REASON_##name, VERDICT_##verdict, spelling, meaning},
	REASONS(X)
#undef X
};

static void each_reason_has_its_own_words(void **state)
{
	(void)state;
	assert_int_equal(COUNT_OF(reasons), REASON_COUNT - 1);
	for (size_t i = 0; i < COUNT_OF(reasons); i++) {
		assert_int_equal(reasons[i].reason, REASON_NONE + 1 + i);
		assert_string_equal(reason_name(reasons[i].reason), reasons[i].name);
		assert_string_equal(reason_meaning(reasons[i].reason), reasons[i].meaning);
		assert_true(*reasons[i].meaning);
		for (size_t j = 0; j < i; j++)
			assert_string_not_equal(reasons[i].name, reasons[j].name);
	}
}

static void each_name_is_lower_case_with_dashes(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT_OF(reasons); i++) {
		const char *name = reason_name(reasons[i].reason);

		assert_true(*name);
		assert_int_equal(strspn(name, "abcdefghijklmnopqrstuvwxyz-"), strlen(name));
	}
}

static void each_reason_has_one_verdict(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT_OF(reasons); i++) {
		assert_int_equal(reason_verdict(reasons[i].reason), reasons[i].verdict);
		assert_int_equal(reason_passes(reasons[i].reason),
				 reasons[i].verdict == VERDICT_PASS);
	}
}

static void what_is_no_reason_is_called_none(void **state)
{
	(void)state;
	assert_string_equal(reason_name(REASON_NONE), "none");
	assert_string_equal(reason_name(REASON_COUNT), "none");
	assert_string_equal(reason_name((enum reason)EXPLAIN_FAILED), "none");
	assert_true(*reason_meaning(REASON_NONE));
}

static void verdicts_have_names(void **state)
{
	(void)state;
	assert_string_equal(verdict_name(VERDICT_PASS), "pass");
	assert_string_equal(verdict_name(VERDICT_DROP), "drop");
}

static void a_sum_takes_the_reasons_of_one_verdict(void **state)
{
	struct counter counters[REASON_COUNT] = {{0}};
	struct counter sum;

	(void)state;
	counters[REASON_NONE] = (struct counter){1000, 100000};
	counters[REASON_ALLOW] = (struct counter){1, 60};
	counters[REASON_REPLY] = (struct counter){2, 120};
	counters[REASON_BLOCKED] = (struct counter){4, 250};
	sum = reason_sum(counters, VERDICT_PASS);
	assert_int_equal(sum.packets, 3);
	assert_int_equal(sum.bytes, 180);
	sum = reason_sum(counters, VERDICT_DROP);
	assert_int_equal(sum.packets, 4);
	assert_int_equal(sum.bytes, 250);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_reason_has_its_own_words),
		cmocka_unit_test(each_name_is_lower_case_with_dashes),
		cmocka_unit_test(each_reason_has_one_verdict),
		cmocka_unit_test(what_is_no_reason_is_called_none),
		cmocka_unit_test(verdicts_have_names),
		cmocka_unit_test(a_sum_takes_the_reasons_of_one_verdict),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
