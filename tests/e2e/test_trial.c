/* SPDX-License-Identifier: GPL-2.0-only */
/* Changes with --confirm: the program itself goes back to the old policy. */
#include "command.h"
#include "nic.h"
#include "probe.h"
#include "state.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static const char old_policy[] = "attach eth0\ndefault allow\ndeny tcp 23\n";

/* Port 22 is open by default, port 23 is denied. */
static void start(struct testbed *bed)
{
	listen_on(bed, TCP, 22);
	listen_on(bed, TCP, 23);
	portfw_ok(bed, "attach eth0");
	portfw_ok(bed, "deny tcp 23");
}

static void check_old(struct testbed *bed)
{
	assert_answers(bed, {TCP, 22, OPEN}, {TCP, 23, FILTERED});
	assert_file(bed, old_policy);
	assert_prints(portfw_ok(bed, "list --runtime"), old_policy);
	assert_true(trial_left(bed) < 0);
	assert_says(portfw_ok(bed, "status"), "in sync");
}

/* Waits, with no process of portfw alive, until the port is open again: within `limit` of `began`.
 */
static void check_falls_back(struct testbed *bed, int64_t began, int64_t limit)
{
	int64_t at = 0;

	assert_nothing_runs(bed);
	wait_until((at = now_ms(), knock(bed, TCP, 22, OPEN)));
	assert_in_range(at - began, 0, limit);
}

static void an_unconfirmed_policy_ends_with_every_process_dead(void **state)
{
	struct testbed *bed = testbed(state);

	start(bed);
	int64_t began = now_ms();
	portfw_ok(bed, "--confirm 2s default deny");
	assert_answers(bed, {TCP, 22, FILTERED});
	assert_file(bed, old_policy);
	check_falls_back(bed, began, 3000);
	check_old(bed);
}

/* Killed as soon as it has said something, or a while after it was started. */
static void check_killed(struct testbed *bed, bool speechless, long delay_ns)
{
	int64_t began = now_ms();
	struct run *run = portfw_start(bed, "--confirm 1s default deny");

	if (!speechless)
		wait_until(lseek(run->out_fd, 0, SEEK_END) > 0);
	nanosleep(&(struct timespec){.tv_nsec = delay_ns}, NULL);
	kill(run->pid, SIGKILL);
	run_finish(run);
	assert_file(bed, old_policy);
	check_falls_back(bed, began, 3000);
	check_old(bed);
}

static void killing_the_command_as_soon_as_it_has_printed_changes_nothing(void **state)
{
	struct testbed *bed = testbed(state);

	start(bed);
	check_killed(bed, false, 0);
}

static void killing_the_command_at_any_time_changes_nothing(void **state)
{
	struct testbed *bed = testbed(state);

	start(bed);
	check_killed(bed, true, 1000000);
	check_killed(bed, true, 4000000);
}

static void sessions_go_on_once_the_trial_is_over(void **state)
{
	struct testbed *bed = testbed(state);

	start(bed);
	struct session session = session_open(bed, AF_INET6, 22);
	portfw_ok(bed, "--confirm 1s deny tcp 22");
	assert_false(session_carries(&session, false));
	assert_true(session_carries(&session, true));
	session_close(&session);
}

static void status_shows_the_seconds_left(void **state)
{
	struct testbed *bed = testbed(state);

	start(bed);
	assert_true(trial_left(bed) < 0);
	portfw_ok(bed, "--confirm 60s default deny");
	double left = trial_left(bed);
	assert_true(left > 50 && left <= 60);
	struct run *run = portfw_ok(bed, "status");
	assert_says(run, "confirm");
	assert_says(run, "left");
	json_t *status = json_of(portfw_ok(bed, "status --json"));
	json_t *trial = json_object_get(json_object_get(status, "policy"), "trial");
	const char *deadline = json_string_value(json_object_get(trial, "deadline"));
	assert_non_null(deadline);
	assert_int_equal(strlen(deadline), strlen("2030-01-31T15:00:00Z"));
	assert_int_equal(json_object_size(trial), 2);
	json_decref(status);
	wait_until(trial_left(bed) < left);
}

static void confirm_makes_it_permanent_and_writes_the_file(void **state)
{
	struct testbed *bed = testbed(state);

	start(bed);
	int64_t began = now_ms();
	struct run *run = portfw_ok(bed, "--confirm 2s allow tcp 23");
	assert_says(run, "portfw confirm");
	assert_answers(bed, {TCP, 23, OPEN});
	assert_file(bed, old_policy);
	portfw_ok(bed, "confirm");
	assert_file(bed, "attach eth0\ndefault allow\nallow tcp 23\n");
	assert_true(trial_left(bed) < 0);
	assert_says(portfw_ok(bed, "status"), "in sync");
	wait_until(now_ms() > began + 2500);
	assert_answers(bed, {TCP, 23, OPEN});
	assert_complains(portfw_fails(bed, 1, "confirm"), "no ");
}

static void confirm_after_the_deadline_is_refused(void **state)
{
	struct testbed *bed = testbed(state);

	start(bed);
	int64_t began = now_ms();
	portfw_ok(bed, "--confirm 1s default deny");
	check_falls_back(bed, began, 3000);
	assert_complains(portfw_fails(bed, 1, "confirm"), "deadline");
	check_old(bed);
	portfw_fails(bed, 1, "confirm");
	portfw_fails(bed, 1, "rollback");
	portfw_ok(bed, "allow tcp 99");
	assert_file(bed, "attach eth0\ndefault allow\nallow tcp 99\ndeny tcp 23\n");
}

static void rollback_ends_it_at_once(void **state)
{
	struct testbed *bed = testbed(state);

	start(bed);
	portfw_ok(bed, "--confirm 1h default deny");
	assert_answers(bed, {TCP, 22, FILTERED});
	portfw_ok(bed, "rollback");
	check_old(bed);
	portfw_fails(bed, 1, "rollback");
	portfw_fails(bed, 1, "confirm");
	check_old(bed);
}

static void a_second_change_is_refused_during_a_trial(void **state)
{
	static const char *const changes[] = {
		"allow tcp 99", "deny tcp 99",		 "delete tcp 23", "default allow",
		"reset",	"apply /run/other",	 "undo",	  "restore",
		"detach eth0",	"--runtime allow tcp 99"};
	struct testbed *bed = testbed(state);

	start(bed);
	file_put("/run/other", "default allow\nallow tcp 99\n");
	portfw_ok(bed, "--confirm 1h default deny");
	char *before = testbed_record(bed);
	for (size_t i = 0; i < sizeof(changes) / sizeof(changes[0]); i++) {
		struct run *run = portfw_fails(bed, 1, "%s", changes[i]);
		assert_complains(run, "confirm");
		assert_complains(run, "rollback");
		assert_prints(run, "");
	}
	assert_unchanged(bed, before);
	assert_answers(bed, {TCP, 22, FILTERED});
}

static void a_second_change_with_confirm_builds_on_the_trial_and_keeps_its_fallback(void **state)
{
	struct testbed *bed = testbed(state);

	start(bed);
	portfw_ok(bed, "--confirm 1h default deny");
	assert_answers(bed, {TCP, 22, FILTERED}, {TCP, 23, FILTERED});
	int64_t began = now_ms();
	portfw_ok(bed, "--confirm 2s allow tcp 23");
	assert_answers(bed, {TCP, 22, FILTERED}, {TCP, 23, OPEN});
	assert_file(bed, old_policy);
	check_falls_back(bed, began, 3000);
	check_old(bed);
	portfw_ok(bed, "--confirm 1h default deny");
	portfw_ok(bed, "--confirm 1h allow tcp 23");
	portfw_ok(bed, "--confirm 1h allow tcp 99");
	portfw_ok(bed, "confirm");
	assert_file(bed, "attach eth0\ndefault deny\nallow tcp 23,99\n");
	assert_answers(bed, {TCP, 22, FILTERED}, {TCP, 23, OPEN});
}

static void rollback_after_a_second_change_goes_back_to_the_first_policy(void **state)
{
	struct testbed *bed = testbed(state);

	start(bed);
	portfw_ok(bed, "--confirm 1h default deny");
	portfw_ok(bed, "--confirm 1h allow tcp 23");
	portfw_ok(bed, "rollback");
	check_old(bed);
}

static void a_reboot_during_a_trial_brings_the_old_policy(void **state)
{
	struct testbed *bed = testbed(state);

	start(bed);
	portfw_ok(bed, "--confirm 1h default deny");
	reboot(bed);
	portfw_ok(bed, "restore");
	check_old(bed);
	portfw_fails(bed, 1, "confirm");
	check_old(bed);
}

static void every_change_can_be_a_trial(void **state)
{
	static const char *const changes[] = {
		"deny tcp 22",	"delete tcp 23",    "reset", "deny tcp 22 for 1h",
		"default deny", "apply /run/other", "undo",  "deny tcp all from ::/0"};
	struct testbed *bed = testbed(state);

	start(bed);
	file_put("/run/other", "default deny\nallow tcp 99\n");
	for (size_t i = 0; i < sizeof(changes) / sizeof(changes[0]); i++) {
		char *before = portfw_ok(bed, "list --runtime")->out;
		portfw_ok(bed, "--confirm 1h %s", changes[i]);
		assert_true(trial_left(bed) > 3500);
		assert_true(strcmp(portfw_ok(bed, "list --runtime")->out, before) != 0);
		assert_file(bed, old_policy);
		portfw_ok(bed, "rollback");
		assert_prints(portfw_ok(bed, "list --runtime"), before);
	}
	check_old(bed);
}

static void a_dry_run_of_a_trial_touches_nothing(void **state)
{
	struct testbed *bed = testbed(state);

	start(bed);
	char *before = testbed_record(bed);
	assert_prints(portfw_ok(bed, "-n --confirm 1h allow tcp 22"), "+ allow tcp 22\n");
	portfw_ok(bed, "--confirm 1h deny tcp 23"); /* already so */
	assert_true(trial_left(bed) < 0);
	assert_unchanged(bed, before);
}

static void wrong_durations_are_refused(void **state)
{
	static const char *const durations[] = {"0s", "60", "1w", "-1s", "s", "1.5h", "99999d"};
	struct testbed *bed = testbed(state);

	start(bed);
	for (size_t i = 0; i < sizeof(durations) / sizeof(durations[0]); i++)
		assert_complains(portfw_fails(bed, 2, "--confirm %s default deny", durations[i]),
				 durations[i]);
	check_old(bed);
}

/* --- Attaching ----------------------------------------------------------------------------- */

static void attach_on_trial_falls_back_to_passing_everything(void **state)
{
	struct testbed *bed = testbed(state);

	listen_on(bed, TCP, 22);
	file_put(bed->policy, "default deny\n");
	int64_t began = now_ms();
	portfw_ok(bed, "attach eth0 --confirm 2s");
	assert_answers(bed, {TCP, 22, FILTERED});
	assert_file(bed, "default deny\n");
	check_falls_back(bed, began, 3500);
	assert_file(bed, "default deny\n");
	portfw_fails(bed, 1, "confirm");
	assert_answers(bed, {TCP, 22, OPEN}, {TCP, 9, REFUSED});
}

static void attach_on_trial_can_be_confirmed_or_rolled_back(void **state)
{
	struct testbed *bed = testbed(state);

	listen_on(bed, TCP, 22);
	file_put(bed->policy, "default deny\n");
	portfw_ok(bed, "attach eth0 --confirm 1h");
	portfw_ok(bed, "rollback");
	assert_answers(bed, {TCP, 22, OPEN});
	assert_file(bed, "default deny\n");
	portfw_ok(bed, "detach --all --runtime");
	portfw_ok(bed, "attach eth0 --confirm 1h");
	portfw_ok(bed, "confirm");
	assert_answers(bed, {TCP, 22, FILTERED});
	assert_file(bed, "attach eth0\ndefault deny\n");
	assert_says(portfw_ok(bed, "status"), "in sync");
}

static void a_damaged_record_of_a_trial_says_how_to_go_on(void **state)
{
	static const char *const commands[] = {"confirm", "--confirm 1h allow tcp 24"};
	struct testbed *bed = testbed(state);

	portfw_ok(bed, "attach eth0");
	portfw_ok(bed, "--confirm 1h allow tcp 23");
	shell_ok(bed, &bed->guarded, "for f in $PORTFW_RUN_DIR/pending-*; do echo junk >>$f; done");
	for (size_t i = 0; i < 2; i++) {
		struct run *run = portfw_fails(bed, 1, "%s", commands[i]);
		assert_complains(run, "what it would save is damaged: `portfw rollback`");
	}
	portfw_ok(bed, "rollback");
	assert_says_not(portfw_ok(bed, "list --runtime"), "23");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TESTBED_TEST(an_unconfirmed_policy_ends_with_every_process_dead),
		TESTBED_TEST(killing_the_command_as_soon_as_it_has_printed_changes_nothing),
		TESTBED_TEST(killing_the_command_at_any_time_changes_nothing),
		TESTBED_TEST(sessions_go_on_once_the_trial_is_over),
		TESTBED_TEST(status_shows_the_seconds_left),
		TESTBED_TEST(confirm_makes_it_permanent_and_writes_the_file),
		TESTBED_TEST(confirm_after_the_deadline_is_refused),
		TESTBED_TEST(rollback_ends_it_at_once),
		TESTBED_TEST(a_second_change_is_refused_during_a_trial),
		TESTBED_TEST(
			a_second_change_with_confirm_builds_on_the_trial_and_keeps_its_fallback),
		TESTBED_TEST(rollback_after_a_second_change_goes_back_to_the_first_policy),
		TESTBED_TEST(a_reboot_during_a_trial_brings_the_old_policy),
		TESTBED_TEST(every_change_can_be_a_trial),
		TESTBED_TEST(a_dry_run_of_a_trial_touches_nothing),
		TESTBED_TEST(wrong_durations_are_refused),
		TESTBED_TEST(attach_on_trial_falls_back_to_passing_everything),
		TESTBED_TEST(attach_on_trial_can_be_confirmed_or_rolled_back),
		TESTBED_TEST(a_damaged_record_of_a_trial_says_how_to_go_on),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
