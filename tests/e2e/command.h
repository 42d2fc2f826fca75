/* SPDX-License-Identifier: GPL-2.0-only */
/* Running commands on the hosts of a testbed, and what they are expected to answer. */
#ifndef E2E_COMMAND_H
#define E2E_COMMAND_H

#include "testbed.h"

#include <jansson.h>

/* A command that runs or ran. */
struct run {
	char *command;
	pid_t pid;
	int status; /* as a shell reports it: 128 + signal; -1: killed because it took too long */
	char *out, *err;
	int out_fd, err_fd;
	struct run *next;
};

/* Starts portfw on the guarded host with these words; blanks separate them, double quotes group. */
__attribute__((format(printf, 2, 3))) struct run *portfw_start(struct testbed *bed,
							       const char *words, ...);
/* Waits for its end, up to a minute. Returns the run. */
struct run *run_finish(struct run *run);

/* Both. */
__attribute__((format(printf, 2, 3))) struct run *portfw(struct testbed *bed, const char *words,
							 ...);
/* As the user nobody. */
__attribute__((format(printf, 2, 3))) struct run *portfw_as_nobody(struct testbed *bed,
								   const char *words, ...);
/* A shell script on a host; $PORTFW is the program under test. */
__attribute__((format(printf, 3, 4))) struct run *
shell(struct testbed *bed, const struct host *host, const char *script, ...);
void runs_free(struct testbed *bed);

/* Returns the run if it ended so; else the test fails and shows the command and its output. */
struct run *run_expect(struct run *run, int status, const char *file, int line);
#define portfw_fails(bed, status, ...) \
	run_expect(portfw(bed, __VA_ARGS__), status, __FILE__, __LINE__)
#define portfw_ok(bed, ...) portfw_fails(bed, 0, __VA_ARGS__)
#define shell_ok(bed, host, ...) run_expect(shell(bed, host, __VA_ARGS__), 0, __FILE__, __LINE__)

/* The output holds the text, or does not. */
void run_says(const struct run *run, bool standard_error, const char *text, bool wanted,
	      const char *file, int line);
#define assert_says(run, text) run_says(run, false, text, true, __FILE__, __LINE__)
#define assert_says_not(run, text) run_says(run, false, text, false, __FILE__, __LINE__)
#define assert_complains(run, text) run_says(run, true, text, true, __FILE__, __LINE__)
#define assert_complains_not(run, text) run_says(run, true, text, false, __FILE__, __LINE__)
/* The output is this text. */
void run_prints(const struct run *run, bool standard_error, const char *text, const char *file,
		int line);
#define assert_prints(run, text) run_prints(run, false, text, __FILE__, __LINE__)
#define assert_silent(run) run_prints(run, true, "", __FILE__, __LINE__)

/* Its standard output as JSON, to be released. */
json_t *run_json(const struct run *run, const char *file, int line);
#define json_of(run) run_json(run, __FILE__, __LINE__)

/* Writes a file; reads one whole, to be freed. */
void file_put(const char *path, const char *text);
char *file_get(const char *path);

/* All that a command could have changed, as text to be freed: every file and pin of the testbed
 * with mode, size and contents, and the policy that the kernel enforces. Not the texts that belong
 * to slots: one that is not in force may be written any time. */
char *testbed_record(struct testbed *bed);
/* Nothing of that has changed since; frees the record. */
void record_check(struct testbed *bed, char *before, const char *file, int line);
#define assert_unchanged(bed, before) record_check(bed, before, __FILE__, __LINE__)

#endif
