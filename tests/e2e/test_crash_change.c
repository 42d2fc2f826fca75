/* SPDX-License-Identifier: GPL-2.0-only */
/* Commands that change the policy, killed at each of their steps. */
#include "crash.h"

CRASH_CHANGES(CRASH_DEFINE)

int main(void)
{
	const struct CMUnitTest tests[] = {CRASH_CHANGES(CRASH_TEST)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
