/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef PORTFW_TESTS_BENCH_BENCH_H
#define PORTFW_TESTS_BENCH_BENCH_H

#include <stdbool.h>
#include <stddef.h>

/* Nanoseconds of a clock that only goes forward. */
double bench_now(void);
/* Sorts. */
double bench_median(double *values, size_t count);

/* Writes the files that commands are timed with into the current directory. false: it failed, which
 * is printed. */
bool bench_write_inputs(void);

/* Each prints its part of the table. false: a limit is missed, or it could not be measured. */
bool bench_program(void);
bool bench_commands(const char *portfw);
/* Part of the commands: the limits are for the slowest run. */
bool bench_lockdown(const char *portfw);

#endif
