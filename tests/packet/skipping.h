/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef PORTFW_TESTS_PACKET_SKIPPING_H
#define PORTFW_TESTS_PACKET_SKIPPING_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

/* Prints `reason` and skips the test that calls. */
static inline void skip_because(const char *reason)
{
	printf("[  REASON  ] %s\n", reason);
	fflush(stdout);
	skip();
}

#endif
