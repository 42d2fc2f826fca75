/* SPDX-License-Identifier: GPL-2.0-only */
/* Blocks and lockdown, and the restore that brings them back, killed at each of their steps. */
#include "crash.h"

CRASH_INCIDENTS(CRASH_DEFINE)

int main(void)
{
	const struct CMUnitTest tests[] = {CRASH_INCIDENTS(CRASH_TEST)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
