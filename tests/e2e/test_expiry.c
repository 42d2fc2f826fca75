/* SPDX-License-Identifier: GPL-2.0-only */
/* Rules that end by themselves. */
#include "command.h"
#include "probe.h"
#include "state.h"
#include "tables.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

static void start(struct testbed *bed)
{
	listen_on(bed, TCP, 22);
	listen_on(bed, TCP, 23);
	listen_on(bed, UDP, 53);
	portfw_ok(bed, "attach eth0");
}

/* Waits for the answer with no command running, and checks that it came `seconds` after `began`, or
 * a little later: a time is kept in whole seconds. */
static void check_turns(struct testbed *bed, int type, unsigned port, enum answer answer,
			int64_t began, int seconds)
{
	int64_t at = 0;

	assert_nothing_runs(bed);
	wait_until((at = now_ms(), knock(bed, type, port, answer)));
	assert_in_range(at - began, seconds * 1000, seconds * 1000 + 2500);
}

/* Seconds that the only rule with a time has left by `list --json`; -1: there is none. */
static double rule_seconds_left(struct testbed *bed)
{
	json_t *list = json_of(portfw_ok(bed, "list --json")), *rule;
	double left = -1;
	size_t i;

	json_array_foreach(json_object_get(list, "rules"), i, rule)
	{
		json_t *value = json_object_get(rule, "seconds_left");
		assert_non_null(value);
		assert_int_equal(json_is_null(value), json_is_null(json_object_get(rule, "until")));
		if (json_is_number(value))
			left = json_number_value(value);
	}
	json_decref(list);
	return left;
}

static void a_timed_allow_closes_by_itself(void **state)
{
	struct testbed *bed = testbed(state);

	start(bed);
	portfw_ok(bed, "default deny");
	int64_t began = now_ms();
	portfw_ok(bed, "allow tcp 22 for 2s");
	assert_answers(bed, {TCP, 22, OPEN});
	check_turns(bed, TCP, 22, FILTERED, began, 2);
	assert_says(portfw_ok(bed, "status"), "in sync");
}

static void after_a_timed_deny_the_permanent_rule_or_the_default_is_back(void **state)
{
	struct testbed *bed = testbed(state);

	start(bed);
	portfw_ok(bed, "allow udp 50-60 comment \"names\"");
	char *listed = portfw_ok(bed, "list")->out;
	int64_t began = now_ms();
	portfw_ok(bed, "deny udp 53 for 2s");
	portfw_ok(bed, "deny tcp all for 2s");
	assert_answers(bed, {UDP, 53, FILTERED}, {TCP, 22, FILTERED}, {TCP, 9, FILTERED});
	check_turns(bed, UDP, 53, OPEN, began, 2);
	wait_until(knock(bed, TCP, 22, OPEN));
	portfw_ok(bed, "allow tcp 99");
	portfw_ok(bed, "delete tcp 99");
	assert_prints(portfw_ok(bed, "list"), listed);
}

static void times_of_several_sources_end_one_after_the_other(void **state)
{
	struct testbed *bed = testbed(state);

	start(bed);
	testbed_add_address(bed, "10.1.2.3");
	testbed_add_address(bed, "10.1.9.9");
	portfw_ok(bed, "default deny");
	int64_t began = now_ms();
	portfw_ok(bed, "allow udp 53 from 10.1.0.0/16 for 3s");
	portfw_ok(bed, "deny udp 53 from 10.1.2.0/24 for 1s");
	assert_answers_from(bed, "10.1.2.3", {UDP, 53, FILTERED});
	assert_answers_from(bed, "10.1.9.9", {UDP, 53, OPEN});
	bed->source = "10.1.2.3";
	check_turns(bed, UDP, 53, OPEN, began, 1);
	check_turns(bed, UDP, 53, FILTERED, began, 3);
	assert_answers_from(bed, "10.1.9.9", {UDP, 53, FILTERED});
}

static void the_last_command_wins_over_a_time_and_delete_removes_both(void **state)
{
	struct testbed *bed = testbed(state);

	start(bed);
	portfw_ok(bed, "default deny");
	portfw_ok(bed, "allow tcp 22 for 1h");
	portfw_ok(bed, "deny tcp 22");
	assert_answers(bed, {TCP, 22, FILTERED});
	assert_file(bed, "attach eth0\ndefault deny\ndeny tcp 22\n");
	portfw_ok(bed, "allow tcp 22 for 1h");
	assert_answers(bed, {TCP, 22, OPEN});
	portfw_ok(bed, "delete tcp 22");
	assert_file(bed, "attach eth0\ndefault deny\n");
}

static void a_time_can_be_renewed(void **state)
{
	struct testbed *bed = testbed(state);

	start(bed);
	portfw_ok(bed, "default deny");
	int64_t began = now_ms();
	portfw_ok(bed, "allow tcp 22 for 1s");
	portfw_ok(bed, "allow tcp 22 for 1h");
	wait_until(now_ms() > began + 2000);
	assert_answers(bed, {TCP, 22, OPEN});
	assert_true(rule_seconds_left(bed) > 3500);
}

static void the_time_left_is_shown(void **state)
{
	struct testbed *bed = testbed(state);

	start(bed);
	portfw_ok(bed, "deny tcp 23");
	assert_true(rule_seconds_left(bed) < 0);
	portfw_ok(bed, "allow tcp 22 for 30m");
	double left = rule_seconds_left(bed);
	assert_true(left > 1700 && left <= 1801);
	struct run *run = portfw_ok(bed, "list");
	assert_says(run, "allow tcp 22 until 20");
	assert_says(run, "Z");
	run = portfw_ok(bed, "status");
	assert_says(run, "tcp 22");
	assert_says(run, "left");
	assert_says(shell_ok(bed, &bed->guarded, "cat $PORTFW_POLICY"), "allow tcp 22 until 20");
}

static void the_next_command_that_writes_prunes_what_is_over(void **state)
{
	struct testbed *bed = testbed(state);

	start(bed);
	portfw_ok(bed, "default deny");
	portfw_ok(bed, "allow udp 53 for 1s");
	wait_until(knock(bed, UDP, 53, FILTERED));
	wait_until(rule_seconds_left(bed) <= 0);
	/* Reading writes nothing. */
	assert_says(shell_ok(bed, &bed->guarded, "cat $PORTFW_POLICY"), "allow udp 53 until");
	struct run *run = portfw_ok(bed, "status");
	assert_says(run, "in sync");
	assert_says_not(run, "drift");
	assert_silent(portfw_ok(bed, "allow tcp 22"));
	assert_file(bed, "attach eth0\ndefault deny\nallow tcp 22\n");
	assert_prints(portfw_ok(bed, "list --runtime"),
		      "attach eth0\ndefault deny\nallow tcp 22\n");
}

static void a_time_goes_on_after_a_reboot(void **state)
{
	struct testbed *bed = testbed(state);

	start(bed);
	portfw_ok(bed, "default deny");
	int64_t began = now_ms();
	portfw_ok(bed, "allow tcp 22 for 3s");
	portfw_ok(bed, "allow tcp 23 for 1h");
	reboot(bed);
	portfw_ok(bed, "restore");
	assert_answers(bed, {TCP, 22, OPEN}, {TCP, 23, OPEN});
	assert_true(rule_seconds_left(bed) <= 3601);
	/* Across a reboot only the wall clock goes on, of which the file has whole seconds. */
	check_turns(bed, TCP, 22, FILTERED, began - 1000, 3);
	assert_answers(bed, {TCP, 23, OPEN});
}

static void what_ended_during_a_reboot_does_not_come_back(void **state)
{
	struct testbed *bed = testbed(state);

	start(bed);
	portfw_ok(bed, "default deny");
	portfw_ok(bed, "deny tcp 23");
	portfw_ok(bed, "allow tcp 22-23 for 1s");
	reboot(bed);
	wait_until(rule_seconds_left(bed) <= 0);
	portfw_ok(bed, "restore");
	assert_answers(bed, {TCP, 22, FILTERED}, {TCP, 23, FILTERED});
	assert_says(portfw_ok(bed, "status"), "in sync");
}

static void a_time_counts_without_a_nic_too(void **state)
{
	struct testbed *bed = testbed(state);

	start(bed);
	portfw_ok(bed, "default deny");
	portfw_ok(bed, "detach eth0");
	/* The file keeps whole seconds, of which the one that has begun does not count. */
	time_t second = time(NULL);
	wait_until(time(NULL) != second);
	int64_t began = now_ms();
	portfw_ok(bed, "allow tcp 22 for 3s");
	portfw_ok(bed, "attach eth0");
	assert_answers(bed, {TCP, 22, OPEN});
	check_turns(bed, TCP, 22, FILTERED, began, 3);
}

/* The deadline in the kernel is the truth. A command that worked it out again from the file's time
 * and the wall clock would store another one, and a clock that is changed would move it. */
static void later_commands_leave_the_deadline_as_it_was_whatever_the_wall_clock(void **state)
{
	struct testbed *bed = testbed(state);

	start(bed);
	portfw_ok(bed, "allow tcp 22 for 1h");
	uint64_t deadline = tables_deadline(bed);
	assert_true(deadline != 0);
	for (unsigned i = 0; i < 5; i++) {
		portfw_ok(bed, "deny udp %u", 100 + i);
		assert_int_equal(tables_deadline(bed), deadline);
		pause_briefly();
	}
	shell_ok(bed, &bed->guarded, "$PORTFW list | $PORTFW apply -");
	portfw_ok(bed, "restore");
	assert_int_equal(tables_deadline(bed), deadline);
	portfw_ok(bed, "undo");
	assert_int_equal(tables_deadline(bed), deadline);
}

/* --- Wall clocks that are set while the host runs ------------------------------------------ */

/* Commands of every kind, by another wall clock. */
static void run_by_clock(struct testbed *bed, long ahead)
{
	bed->clock = ahead;
	portfw_ok(bed, "status");
	portfw_ok(bed, "allow tcp 7000");
	shell_ok(bed, &bed->guarded, "$PORTFW list | $PORTFW apply -");
	portfw_ok(bed, "undo");
	portfw_ok(bed, "block 192.0.2.1");
	portfw_ok(bed, "--confirm 1h allow tcp 7000");
	portfw_ok(bed, "confirm");
	portfw_ok(bed, "restore");
	bed->clock = 0;
}

static void check_clock_works(struct testbed *bed)
{
	bed->clock = 86400;
	long shifted = strtol(shell_ok(bed, &bed->guarded, "date +%%s")->out, NULL, 10);
	bed->clock = 0;
	long real = strtol(shell_ok(bed, &bed->guarded, "date +%%s")->out, NULL, 10);
	assert_in_range(shifted - real, 86400 - 60, 86400);
}

static void a_clock_that_is_set_forward_ends_nothing(void **state)
{
	struct testbed *bed = testbed(state);

	check_clock_works(bed);
	start(bed);
	testbed_add_address(bed, "10.1.2.3");
	portfw_ok(bed, "default deny");
	portfw_ok(bed, "allow tcp 22 for 30m");
	portfw_ok(bed, "allow udp 53");
	portfw_ok(bed, "block 10.1.2.3 for 30m");
	uint64_t deadline = tables_deadline(bed);
	run_by_clock(bed, 3600);
	run_by_clock(bed, 86400);
	assert_answers(bed, {TCP, 22, OPEN});
	assert_answers_from(bed, "10.1.2.3", {UDP, 53, FILTERED});
	assert_int_equal(tables_deadline(bed), deadline);
	assert_says(portfw_ok(bed, "list"), "allow tcp 22 until");
	assert_in_range(rule_seconds_left(bed), 1700, 1801);
}

static void a_clock_that_is_set_back_lengthens_nothing(void **state)
{
	struct testbed *bed = testbed(state);

	start(bed);
	testbed_add_address(bed, "10.1.2.3");
	portfw_ok(bed, "default deny");
	portfw_ok(bed, "allow udp 53");
	int64_t began = now_ms();
	portfw_ok(bed, "allow tcp 22 for 2s");
	portfw_ok(bed, "block 10.1.2.3 for 2s");
	run_by_clock(bed, -3600);
	assert_answers_from(bed, "10.1.2.3", {UDP, 53, FILTERED});
	check_turns(bed, TCP, 22, FILTERED, began, 2);
	run_by_clock(bed, -3600);
	assert_answers(bed, {TCP, 22, FILTERED});
	bed->source = "10.1.2.3";
	wait_until(knock(bed, UDP, 53, OPEN));
	bed->source = NULL;
	/* A new rule lasts as long as it says. */
	bed->clock = -3600;
	began = now_ms();
	portfw_ok(bed, "allow tcp 23 for 2s");
	bed->clock = 0;
	assert_answers(bed, {TCP, 23, OPEN});
	check_turns(bed, TCP, 23, FILTERED, began, 2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TESTBED_TEST(a_timed_allow_closes_by_itself),
		TESTBED_TEST(after_a_timed_deny_the_permanent_rule_or_the_default_is_back),
		TESTBED_TEST(times_of_several_sources_end_one_after_the_other),
		TESTBED_TEST(the_last_command_wins_over_a_time_and_delete_removes_both),
		TESTBED_TEST(a_time_can_be_renewed),
		TESTBED_TEST(the_time_left_is_shown),
		TESTBED_TEST(the_next_command_that_writes_prunes_what_is_over),
		TESTBED_TEST(a_time_goes_on_after_a_reboot),
		TESTBED_TEST(what_ended_during_a_reboot_does_not_come_back),
		TESTBED_TEST(a_time_counts_without_a_nic_too),
		TESTBED_TEST(a_clock_that_is_set_forward_ends_nothing),
		TESTBED_TEST(a_clock_that_is_set_back_lengthens_nothing),
		TESTBED_TEST(later_commands_leave_the_deadline_as_it_was_whatever_the_wall_clock),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
