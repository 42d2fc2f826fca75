/* SPDX-License-Identifier: GPL-2.0-only */
/* Taking changes back. */
#include "command.h"
#include "probe.h"
#include "state.h"

#include <stdio.h>
#include <stdlib.h>

static void start(struct testbed *bed)
{
	listen_on(bed, TCP, 22);
	listen_on(bed, TCP, 23);
	portfw_ok(bed, "attach eth0");
}

static void undo_takes_the_last_change_back_in_file_and_kernel(void **state)
{
	struct testbed *bed = testbed(state);

	start(bed);
	portfw_ok(bed, "deny tcp 22");
	portfw_ok(bed, "deny tcp 23 comment \"no\"");
	portfw_ok(bed, "undo");
	assert_answers(bed, {TCP, 22, FILTERED}, {TCP, 23, OPEN});
	assert_file(bed, "attach eth0\ndefault allow\ndeny tcp 22\n");
	assert_says(portfw_ok(bed, "status"), "in sync");
}

static void every_kind_of_change_can_be_taken_back(void **state)
{
	static const char *const changes[] = {
		"allow tcp 22",	 "delete tcp 23",	  "default deny",    "reset",
		"deny tcp 1-99", "deny tcp 22 from ::/0", "apply /run/other"};
	static const char policy[] = "attach eth0\ndefault allow\ndeny tcp 23 comment \"a\"\n";
	struct testbed *bed = testbed(state);

	start(bed);
	portfw_ok(bed, "deny tcp 23 comment a");
	file_put("/run/other", "default deny\nallow tcp 7000-8000\n");
	for (size_t i = 0; i < sizeof(changes) / sizeof(changes[0]); i++) {
		portfw_ok(bed, "%s", changes[i]);
		portfw_ok(bed, "undo");
		assert_file(bed, policy);
	}
	assert_answers(bed, {TCP, 22, OPEN}, {TCP, 23, FILTERED});
}

static void ten_policies_are_kept_and_undo_goes_back_through_them(void **state)
{
	enum { CHANGES = 13, KEPT = 10 };
	struct testbed *bed = testbed(state);
	char *files[CHANGES + 1];

	start(bed);
	for (int i = 0; i < CHANGES; i++) {
		files[i] = file_get(bed->policy);
		portfw_ok(bed, "deny udp %d", 100 + 2 * i);
	}
	for (int i = 1; i <= KEPT; i++) {
		portfw_ok(bed, "undo");
		assert_file(bed, files[CHANGES - i]);
	}
	struct run *run = portfw_fails(bed, 1, "undo");
	assert_complains(run, "nothing to undo");
	assert_file(bed, files[CHANGES - KEPT]);
	for (int i = 0; i < CHANGES; i++)
		free(files[i]);
}

static void what_is_kept_but_broken_is_stepped_over(void **state)
{
	static const char *const breaks[] = {"echo rubbish >", "chown 65534 ", "chmod 666 ",
					     "f() { rm $1; mkdir $1; }; f "};
	struct testbed *bed = testbed(state);

	start(bed);
	for (size_t i = 0; i < sizeof(breaks) / sizeof(*breaks); i++) {
		portfw_ok(bed, "reset");
		portfw_ok(bed, "allow tcp 1111");
		portfw_ok(bed, "allow tcp 2222");
		portfw_ok(bed, "allow tcp 3333");
		/* The newest is the policy with both. */
		shell_ok(bed, &bed->guarded, "%s$(ls -v $PORTFW_POLICY.undo-* | tail -n 1)",
			 breaks[i]);
		assert_complains(portfw_ok(bed, "undo"), "stepped over");
		assert_says(portfw_ok(bed, "list"), "allow tcp 1111\n");
	}
}

static void nothing_to_undo_is_a_failure(void **state)
{
	struct testbed *bed = testbed(state);

	assert_complains(portfw_fails(bed, 1, "undo"), "nothing to undo");
	assert_prints(portfw_ok(bed, "list"), "default allow\n");
}

static void what_changed_nothing_is_not_kept(void **state)
{
	struct testbed *bed = testbed(state);

	start(bed);
	portfw_ok(bed, "deny tcp 22");
	portfw_ok(bed, "deny tcp 23");
	portfw_ok(bed, "deny tcp 22-23");
	portfw_ok(bed, "restore");
	portfw_ok(bed, "delete tcp 99");
	portfw_fails(bed, 2, "allow tcp 70000");
	portfw_ok(bed, "-n default deny");
	portfw_ok(bed, "undo");
	assert_file(bed, "attach eth0\ndefault allow\ndeny tcp 22\n");
}

static void a_dry_run_prints_what_undo_would_change(void **state)
{
	struct testbed *bed = testbed(state);

	start(bed);
	portfw_ok(bed, "deny tcp 22");
	portfw_ok(bed, "allow tcp 22-23");
	char *before = testbed_record(bed);
	assert_prints(portfw_ok(bed, "-n undo"), "- allow tcp 23\n~ allow tcp 22 -> deny tcp 22\n");
	assert_unchanged(bed, before);
}

static void undo_can_be_a_trial(void **state)
{
	struct testbed *bed = testbed(state);

	start(bed);
	portfw_ok(bed, "deny tcp 22");
	portfw_ok(bed, "undo --confirm 2s");
	assert_answers(bed, {TCP, 22, OPEN});
	wait_until(knock(bed, TCP, 22, FILTERED));
	assert_file(bed, "attach eth0\ndefault allow\ndeny tcp 22\n");
	portfw_ok(bed, "undo --confirm 1h");
	portfw_ok(bed, "confirm");
	assert_answers(bed, {TCP, 22, OPEN});
	assert_file(bed, "attach eth0\ndefault allow\n");
}

static void a_trial_counts_once_it_is_confirmed(void **state)
{
	struct testbed *bed = testbed(state);

	start(bed);
	portfw_ok(bed, "deny tcp 22");
	portfw_ok(bed, "--confirm 1h default deny");
	portfw_ok(bed, "rollback");
	portfw_ok(bed, "undo");
	assert_file(bed, "attach eth0\ndefault allow\n");
	portfw_ok(bed, "deny tcp 22");
	portfw_ok(bed, "--confirm 1h deny tcp 23");
	portfw_ok(bed, "--confirm 1h default deny");
	portfw_ok(bed, "confirm");
	portfw_ok(bed, "undo");
	assert_file(bed, "attach eth0\ndefault allow\ndeny tcp 22\n");
	assert_answers(bed, {TCP, 22, FILTERED}, {TCP, 23, OPEN});
}

static void undo_works_without_a_nic_and_after_a_reboot(void **state)
{
	struct testbed *bed = testbed(state);

	portfw_ok(bed, "deny tcp 22");
	portfw_ok(bed, "deny tcp 23");
	portfw_ok(bed, "undo");
	assert_file(bed, "default allow\ndeny tcp 22\n");
	portfw_ok(bed, "attach eth0");
	portfw_ok(bed, "deny tcp 23");
	reboot(bed);
	portfw_ok(bed, "restore");
	portfw_ok(bed, "undo");
	listen_on(bed, TCP, 23);
	assert_answers(bed, {TCP, 22, FILTERED}, {TCP, 23, OPEN});
}

static void undo_does_not_bring_back_what_has_expired(void **state)
{
	struct testbed *bed = testbed(state);

	start(bed);
	portfw_ok(bed, "default deny");
	portfw_ok(bed, "allow tcp 22 for 1s");
	portfw_ok(bed, "allow tcp 23");
	wait_until(knock(bed, TCP, 22, FILTERED));
	portfw_ok(bed, "undo");
	assert_answers(bed, {TCP, 22, FILTERED}, {TCP, 23, FILTERED});
	assert_file(bed, "attach eth0\ndefault deny\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TESTBED_TEST(undo_takes_the_last_change_back_in_file_and_kernel),
		TESTBED_TEST(every_kind_of_change_can_be_taken_back),
		TESTBED_TEST(ten_policies_are_kept_and_undo_goes_back_through_them),
		TESTBED_TEST(what_is_kept_but_broken_is_stepped_over),
		TESTBED_TEST(nothing_to_undo_is_a_failure),
		TESTBED_TEST(what_changed_nothing_is_not_kept),
		TESTBED_TEST(a_dry_run_prints_what_undo_would_change),
		TESTBED_TEST(undo_can_be_a_trial),
		TESTBED_TEST(a_trial_counts_once_it_is_confirmed),
		TESTBED_TEST(undo_works_without_a_nic_and_after_a_reboot),
		TESTBED_TEST(undo_does_not_bring_back_what_has_expired),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
