/* SPDX-License-Identifier: GPL-2.0-only */
/* Changes on trial and their ends, killed at each of their steps. */
#include "crash.h"

CRASH_TRIALS(CRASH_DEFINE)

int main(void)
{
	const struct CMUnitTest tests[] = {CRASH_TRIALS(CRASH_TEST)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
