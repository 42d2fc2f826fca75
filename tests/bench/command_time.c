/* SPDX-License-Identifier: GPL-2.0-only */
/* The time of single commands, from before the fork to after the exit. */
#include "bench.h"

#include <fcntl.h>
#include <spawn.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

#define RUNS_MAX 20

/* Words of a command; "<FILE" at the end: its standard input. */
struct words {
	const char *words[5];
};

static const struct command_case {
	const char *name;
	struct words before; /* run first, not timed: so that there is something to change */
	struct words timed;
	double limit; /* milliseconds, of the best run; 0: none */
	unsigned runs;
	bool nft; /* it is nft's: left out where there is none */
} cases[] = {
	{"portfw allow tcp 22", {{"delete", "tcp", "22"}}, {{"allow", "tcp", "22"}}, 5, 20, false},
	{"portfw status", {}, {{"status"}}, 5, 20, false},
	{"portfw list", {}, {{"list"}}, 5, 20, false},
	{"portfw version, which does nothing", {}, {{"version"}}, 0, 20, false},
	{"portfw check, 10,000 rules", {}, {{"check", "rules-a"}}, 30, 10, false},
	{"portfw apply, 10,000 rules",
	 {{"apply", "rules-b"}},
	 {{"apply", "rules-a"}},
	 30,
	 10,
	 false},
	{"nft -f, 10,000 rules", {}, {{"-f", "nft-rules"}}, 0, 3, true},
	{"nft -f, the same as two sets", {}, {{"-f", "nft-sets"}}, 0, 3, true},
	{"portfw check, 100,000 prefixes", {}, {{"check", "prefixes-a"}}, 1000, 3, false},
	{"portfw apply, 100,000 prefixes",
	 {{"apply", "prefixes-b"}},
	 {{"apply", "prefixes-a"}},
	 1000,
	 3,
	 false},
	{"nft -f, the same as a set", {}, {{"-f", "nft-prefixes"}}, 0, 2, true},
	{"portfw block -, 10,000 addresses",
	 {{"unblock", "-", "<addresses-10000"}},
	 {{"block", "-", "<addresses-10000"}},
	 100,
	 5,
	 false},
	/* 300,000 packets a second. */
	{"portfw replay, 1,000,000 packets",
	 {},
	 {{"replay", "capture", "--local", "192.0.2.1"}},
	 3333,
	 3,
	 false},
};

/* Blocking one address more, by what the list has already. */
static const struct command_case block_one = {
	"portfw block, into an empty list",
	{{"unblock", "192.0.2.77"}},
	{{"block", "192.0.2.77"}},
	5,
	20,
	false,
};
#define FULL_LIMIT 10.0 /* times the same with an empty list */

static void redirect(posix_spawn_file_actions_t *actions, const char *input)
{
	posix_spawn_file_actions_init(actions);
	posix_spawn_file_actions_addopen(actions, STDOUT_FILENO, "/dev/null", O_WRONLY, 0);
	posix_spawn_file_actions_addopen(actions, STDIN_FILENO, input, O_RDONLY, 0);
}

/* Runs one command in silence. Milliseconds; negative: it failed. */
static double time_command(const char *program, const struct words *words)
{
	const char *arguments[7] = {program}, *input = "/dev/null";
	posix_spawn_file_actions_t actions;
	double start;
	pid_t child;
	int status;

	for (unsigned i = 0; i < 5 && words->words[i]; i++) {
		if (words->words[i][0] == '<')
			input = words->words[i] + 1;
		else
			arguments[i + 1] = words->words[i];
	}
	redirect(&actions, input);
	start = bench_now();
	status = posix_spawnp(&child, program, &actions, NULL, (char **)arguments, environ);
	posix_spawn_file_actions_destroy(&actions);
	if (status || waitpid(child, &status, 0) != child || status)
		return -1;
	return (bench_now() - start) / 1e6;
}

/* The same, and says so. */
static double run(const char *program, const struct words *words)
{
	double milliseconds = time_command(program, words);

	if (milliseconds < 0)
		fprintf(stderr, "bench: %s %s failed\n", program, words->words[0]);
	return milliseconds;
}

/* *best: of all runs. false: it failed. */
static bool time_runs(const char *program, const struct command_case *command, double *best)
{
	double times[RUNS_MAX], median;

	for (unsigned i = 0; i < command->runs; i++) {
		if (command->before.words[0] && run(program, &command->before) < 0)
			return false;
		times[i] = run(program, &command->timed);
		if (times[i] < 0)
			return false;
	}
	median = bench_median(times, command->runs);
	*best = times[0];
	printf("%-46s %8.2f %8.2f ", command->name, *best, median);
	return true;
}

static bool print_limit(double value, double limit)
{
	printf("%8.2f  %s\n", limit, value <= limit ? "ok" : "MISSED");
	return value <= limit;
}

static bool measure(const char *program, const struct command_case *command)
{
	double best;

	if (!time_runs(program, command, &best))
		return false;
	if (command->limit > 0)
		return print_limit(best, command->limit);
	printf("\n");
	return true;
}

static bool measure_full_list(const char *portfw)
{
	static const struct words fill = {{"block", "-", "<addresses-99990"}};
	static const struct words empty = {{"unblock", "-", "<addresses-99990"}};
	struct command_case full = block_one;
	double alone, beside;
	bool good = false;

	full.name = "portfw block, beside 99,990 entries";
	if (!time_runs(portfw, &block_one, &alone))
		return false;
	good = print_limit(alone, block_one.limit);
	if (run(portfw, &fill) < 0 || !time_runs(portfw, &full, &beside))
		return false;
	good &= print_limit(beside, FULL_LIMIT * alone);
	return run(portfw, &empty) >= 0 && good;
}

bool bench_commands(const char *portfw)
{
	static const struct words version = {{"--version"}};
	bool has_nft = time_command("nft", &version) >= 0, good = true;

	if (!bench_write_inputs())
		return false;
	printf("%-46s %8s %8s %8s\n", "one command, files on tmpfs, ms", "best", "median", "limit");
	for (unsigned i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		if (!cases[i].nft)
			good &= measure(portfw, &cases[i]);
		else if (has_nft)
			good &= measure("nft", &cases[i]);
		else
			printf("%-46s nft is not installed\n", cases[i].name);
	}
	good &= measure_full_list(portfw);
	return bench_lockdown(portfw) && good;
}
