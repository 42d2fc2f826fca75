/* SPDX-License-Identifier: GPL-2.0-only */
/* Attaching and detaching, killed at each of their steps. */
#include "crash.h"

CRASH_ATTACHMENTS(CRASH_DEFINE)

#define SCENARIO(name, ...) &(const struct scenario){__VA_ARGS__},

/* A point that nothing comes to is not tested, by any of the programs. */
static void every_point_was_reached(void **state)
{
	const struct scenario *const all[] = {
		CRASH_CHANGES(SCENARIO) CRASH_TRIALS(SCENARIO) CRASH_INCIDENTS(SCENARIO)
			CRASH_ATTACHMENTS(SCENARIO) NULL,
	};

	crash_check_points(testbed(state), all);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		CRASH_ATTACHMENTS(CRASH_TEST) TESTBED_TEST(every_point_was_reached),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
