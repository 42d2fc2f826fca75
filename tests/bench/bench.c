/* SPDX-License-Identifier: GPL-2.0-only */
/* usage: bench program | bench commands PORTFW; bench.sh prepares what the second needs. */
#include "bench.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

double bench_now(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)now.tv_sec * 1e9 + (double)now.tv_nsec;
}

static int compare(const void *a, const void *b)
{
	double left = *(const double *)a, right = *(const double *)b;

	return (left > right) - (left < right);
}

double bench_median(double *values, size_t count)
{
	qsort(values, count, sizeof(*values), compare);
	return count % 2 ? values[count / 2] : (values[count / 2 - 1] + values[count / 2]) / 2;
}

int main(int argc, char **argv)
{
	if (argc == 2 && !strcmp(argv[1], "program"))
		return !bench_program();
	if (argc == 3 && !strcmp(argv[1], "commands"))
		return !bench_commands(argv[2]);
	fprintf(stderr, "usage: bench program | bench commands PORTFW\n");
	return 2;
}
