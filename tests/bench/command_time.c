/* SPDX-License-Identifier: GPL-2.0-only */
/* The time of single commands, from before the fork to after the exit. */
#include "bench.h"

#include <fcntl.h>
#include <spawn.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

#define RUNS 20
#define LIMIT 5.0 /* milliseconds, of the best run */

static const struct command_case {
	const char *name;
	const char *before[4]; /* run first, not timed: so that there is something to change */
	const char *words[4];
	bool limited;
} cases[] = {
	{"portfw allow tcp 22", {"delete", "tcp", "22"}, {"allow", "tcp", "22"}, true},
	{"portfw status", {}, {"status"}, true},
	{"portfw list", {}, {"list"}, true},
	{"portfw version, which does nothing", {}, {"version"}, false},
};

/* Runs one command in silence. Milliseconds; negative: it failed. */
static double run(const char *portfw, const char *const words[4])
{
	const char *arguments[6] = {portfw};
	posix_spawn_file_actions_t actions;
	double start;
	pid_t child;
	int status;

	for (unsigned i = 0; i < 4 && words[i]; i++)
		arguments[i + 1] = words[i];
	posix_spawn_file_actions_init(&actions);
	posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, "/dev/null", O_WRONLY, 0);
	start = bench_now();
	status = posix_spawn(&child, portfw, &actions, NULL, (char **)arguments, environ);
	posix_spawn_file_actions_destroy(&actions);
	if (status || waitpid(child, &status, 0) != child || status) {
		fprintf(stderr, "bench: %s %s failed\n", portfw, words[0]);
		return -1;
	}
	return (bench_now() - start) / 1e6;
}

static bool measure(const char *portfw, const struct command_case *command)
{
	double times[RUNS], median;

	for (unsigned i = 0; i < RUNS; i++) {
		if (command->before[0] && run(portfw, command->before) < 0)
			return false;
		times[i] = run(portfw, command->words);
		if (times[i] < 0)
			return false;
	}
	median = bench_median(times, RUNS);
	printf("%-42s %8.2f %8.2f ", command->name, times[0], median);
	if (command->limited)
		printf("%8.2f  %s", LIMIT, times[0] <= LIMIT ? "ok" : "MISSED");
	printf("\n");
	return !command->limited || times[0] <= LIMIT;
}

bool bench_commands(const char *portfw)
{
	bool good = true;

	printf("%-42s %8s %8s %8s\n", "one command, file on tmpfs, 20 runs, ms", "best", "median",
	       "limit");
	for (unsigned i = 0; i < sizeof(cases) / sizeof(*cases); i++)
		good &= measure(portfw, &cases[i]);
	return good;
}
