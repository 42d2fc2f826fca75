/* SPDX-License-Identifier: GPL-2.0-only */
/* Many commands at once, and commands that are killed. */
#include "command.h"
#include "nic.h"
#include "probe.h"
#include "state.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static bool has_ended(const struct run *run)
{
	siginfo_t info = {.si_pid = 0};

	waitid(P_PID, (id_t)run->pid, &info, WEXITED | WNOHANG | WNOWAIT);
	return info.si_pid != 0;
}

/* Whether the process has the file open. */
static bool has_open(pid_t pid, const char *path)
{
	for (int fd = 3; fd < 32; fd++) {
		char name[64], target[128] = "";
		snprintf(name, sizeof(name), "/proc/%d/fd/%d", (int)pid, fd);
		if (readlink(name, target, sizeof(target) - 1) > 0 && strcmp(target, path) == 0)
			return true;
	}
	return false;
}

static void a_second_writer_waits_until_the_first_is_done(void **state)
{
	struct testbed *bed = testbed(state);
	char lock[128];

	listen_on(bed, TCP, 22);
	portfw_ok(bed, "attach eth0");
	snprintf(lock, sizeof(lock), "%s/lock", bed->run_dir);
	pid_t holder = hold_lock(bed);
	struct run *run = portfw_start(bed, "deny tcp 22");
	wait_until(has_open(run->pid, lock));
	assert_answers(bed, {TCP, 22, OPEN});
	assert_false(has_ended(run));
	testbed_kill(bed, holder);
	run_expect(run_finish(run), 0, __FILE__, __LINE__);
	assert_answers(bed, {TCP, 22, FILTERED});
}

static void readers_never_wait(void **state)
{
	struct testbed *bed = testbed(state);

	portfw_ok(bed, "attach eth0");
	portfw_ok(bed, "deny tcp 22");
	hold_lock(bed);
	int64_t start = now_ms();
	portfw_ok(bed, "status");
	portfw_ok(bed, "status --json");
	portfw_ok(bed, "list");
	portfw_ok(bed, "list --runtime");
	portfw_ok(bed, "list --json");
	portfw_ok(bed, "check %s", bed->policy);
	portfw_ok(bed, "diff %s", bed->policy);
	portfw_ok(bed, "-n allow tcp 22");
	portfw_ok(bed, "-n --confirm 1h allow tcp 22");
	portfw_ok(bed, "-n undo");
	portfw_ok(bed, "-n block 192.0.2.1");
	/* Each of them that waited would have waited for 10 s. */
	assert_true(now_ms() - start < 10000);
}

static void a_writer_gives_up_after_ten_seconds_and_names_the_holder(void **state)
{
	struct testbed *bed = testbed(state);
	char process[64];

	portfw_ok(bed, "attach eth0");
	char *before = testbed_record(bed);
	snprintf(process, sizeof(process), "process %d ", (int)hold_lock(bed));
	struct run *run = portfw_fails(bed, 1, "deny tcp 22");
	assert_complains(run, process);
	assert_complains(run, "10 s");
	assert_unchanged(bed, before);
}

static void of_fifty_commands_at_once_none_is_lost(void **state)
{
	enum { COUNT = 50, FIRST = 3000 };
	struct testbed *bed = testbed(state);
	struct probe probes[COUNT + 1];
	struct run *runs[COUNT];

	for (unsigned i = 0; i <= COUNT; i++) {
		listen_on(bed, TCP, FIRST + i);
		probes[i] = (struct probe){TCP, FIRST + i, i < COUNT ? OPEN : FILTERED};
	}
	portfw_ok(bed, "attach eth0");
	portfw_ok(bed, "default deny");
	for (unsigned i = 0; i < COUNT; i++)
		runs[i] = portfw_start(bed, "allow tcp %u", FIRST + i);
	for (unsigned i = 0; i < COUNT; i++)
		run_expect(run_finish(runs[i]), 0, __FILE__, __LINE__);
	assert_prints(portfw_ok(bed, "list"), "attach eth0\ndefault deny\nallow tcp 3000-3049\n");
	assert_says(portfw_ok(bed, "status"), "in sync");
	probes_check(bed, probes, COUNT + 1, __FILE__, __LINE__);
}

/* --- Killed commands ----------------------------------------------------------------------- */

/* Whatever a killed command left: file and kernel each have one whole policy, the next command
 * works, and restore brings both together. */
static void check_whole(struct testbed *bed, unsigned round)
{
	char wanted[2][128];

	snprintf(wanted[0], sizeof(wanted[0]), "attach eth0\ndefault deny\nallow tcp 22\n");
	snprintf(wanted[1], sizeof(wanted[1]), "attach eth0\ndefault deny\nallow tcp 22,%u\n",
		 1000 + round);
	for (int runtime = 0; runtime < 2; runtime++) {
		struct run *run = portfw_ok(bed, "list%s", runtime ? " --runtime" : "");
		if (strcmp(run->out, wanted[0]) != 0)
			run_prints(run, false, wanted[1], __FILE__, __LINE__);
	}
	portfw_ok(bed, "restore");
	struct run *run = portfw_ok(bed, "status");
	assert_says(run, "in sync");
	assert_says(run, "eth0: attached");
}

static void a_change_that_is_killed_leaves_one_whole_policy(void **state)
{
	enum { ROUNDS = 40, STEP_NS = 100000 };
	struct testbed *bed = testbed(state);

	portfw_ok(bed, "attach eth0");
	portfw_ok(bed, "default deny");
	portfw_ok(bed, "allow tcp 22");
	for (unsigned round = 0; round < ROUNDS; round++) {
		struct run *run = portfw_start(bed, "allow tcp %u", 1000 + round);
		nanosleep(&(struct timespec){.tv_nsec = (long)round * STEP_NS}, NULL);
		kill(run->pid, SIGKILL);
		run_finish(run);
		check_whole(bed, round);
		portfw_ok(bed, "delete tcp %u", 1000 + round);
	}
	/* The next version of the file takes away what a killed command began. */
	portfw_ok(bed, "allow tcp 23");
	assert_prints(shell_ok(bed, &bed->guarded,
			       "ls -A ${PORTFW_POLICY%%/*} | grep -v -e undo- -e good"),
		      "policy\nrun\n");
}

static void an_attach_that_is_killed_leaves_nothing_that_is_stuck(void **state)
{
	enum { ROUNDS = 16, STEP_NS = 4000000 };
	struct testbed *bed = testbed(state);

	listen_on(bed, TCP, 22);
	for (unsigned round = 0; round < ROUNDS; round++) {
		struct run *run = portfw_start(bed, "attach eth0");
		nanosleep(&(struct timespec){.tv_nsec = (long)round * STEP_NS}, NULL);
		kill(run->pid, SIGKILL);
		run_finish(run);
		portfw_ok(bed, "status");
		portfw_ok(bed, "attach eth0");
		assert_true(nic_program(bed, "eth0"));
		assert_says(portfw_ok(bed, "status"), "in sync");
		portfw_ok(bed, "detach --all");
		assert_false(nic_program(bed, "eth0"));
		assert_int_equal(access(bed->pin_dir, F_OK), -1);
	}
	assert_answers(bed, {TCP, 22, OPEN});
}

static void a_detach_that_is_killed_can_be_done_again(void **state)
{
	enum { ROUNDS = 16, STEP_NS = 500000 };
	struct testbed *bed = testbed(state);

	for (unsigned round = 0; round < ROUNDS; round++) {
		portfw_ok(bed, "attach eth0");
		struct run *run = portfw_start(bed, "detach eth0");
		nanosleep(&(struct timespec){.tv_nsec = (long)round * STEP_NS}, NULL);
		kill(run->pid, SIGKILL);
		run_finish(run);
		portfw_ok(bed, "detach --all");
		assert_false(nic_program(bed, "eth0"));
		assert_int_equal(access(bed->pin_dir, F_OK), -1);
	}
}

/* A teardown takes the pins away one by one. */
static void readers_during_a_teardown_tell_what_is_so(void **state)
{
	struct testbed *bed = testbed(state);

	portfw_ok(bed, "attach eth0");
	portfw_ok(bed, "allow tcp 22");
	struct run *run = shell_ok(
		bed, &bed->guarded,
		"(for i in $(seq 40); do $PORTFW -q detach --all --runtime; $PORTFW -q restore; done\n"
		"touch /run/done) &\n"
		"while [ ! -e /run/done ]; do\n"
		"for words in status 'list --runtime' flows audit 'explain tcp 22 from 10.77.0.2'; do\n"
		"$PORTFW $words 2>>/run/said >>/run/shown || :; done; done\n"
		"wait; grep -v 'no NIC is attached' /run/said || :; grep detach /run/shown || :");
	assert_prints(run, "");
	assert_silent(run);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TESTBED_TEST(a_second_writer_waits_until_the_first_is_done),
		TESTBED_TEST(readers_never_wait),
		TESTBED_TEST(a_writer_gives_up_after_ten_seconds_and_names_the_holder),
		TESTBED_TEST(of_fifty_commands_at_once_none_is_lost),
		TESTBED_TEST(a_change_that_is_killed_leaves_one_whole_policy),
		TESTBED_TEST(an_attach_that_is_killed_leaves_nothing_that_is_stuck),
		TESTBED_TEST(a_detach_that_is_killed_can_be_done_again),
		TESTBED_TEST(readers_during_a_teardown_tell_what_is_so),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
