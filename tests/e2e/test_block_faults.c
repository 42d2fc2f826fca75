/* SPDX-License-Identifier: GPL-2.0-only */
/* block and unblock where everything else is broken: the kernel first. */
#include "command.h"
#include "nic.h"
#include "probe.h"
#include "state.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define HOSTILE "10.1.2.3"
#define FORMER "10.1.2.4"

static const char not_saved[] = "blocked, but not saved: a reboot lifts it";
static const char not_lifted[] = "unblocked, but not saved: a reboot brings it back";

static void start(struct testbed *bed)
{
	listen_on(bed, TCP, 22);
	testbed_add_address(bed, HOSTILE);
	testbed_add_address(bed, FORMER);
	portfw_ok(bed, "attach eth0");
	portfw_ok(bed, "block " FORMER);
}

/* Of both addresses, and of one that never was on the list. */
static void check(struct testbed *bed, enum answer hostile, enum answer former)
{
	assert_answers_each(bed, TCP, 22, {HOSTILE, hostile}, {FORMER, former},
			    {"10.77.0.2", OPEN});
}

/* What keeps the list from being saved, and how it is put right. */
struct obstacle {
	const char *make, *clear;
};

static void check_obstacle(struct testbed *bed, const struct obstacle *obstacle)
{
	shell_ok(bed, &bed->guarded, "cd ${PORTFW_POLICY%%/*} && %s", obstacle->make);
	assert_complains(portfw_fails(bed, 5, "block " HOSTILE), not_saved);
	assert_complains(portfw_fails(bed, 5, "unblock " FORMER), not_lifted);
	check(bed, FILTERED, OPEN);
	/* What was done stays done. */
	portfw(bed, "restore");
	check(bed, FILTERED, OPEN);
	shell_ok(bed, &bed->guarded, "cd ${PORTFW_POLICY%%/*} && %s", obstacle->clear);
	portfw_ok(bed, "restore");
	check(bed, FILTERED, OPEN);
	assert_prints(shell_ok(bed, &bed->guarded, "cat ${PORTFW_POLICY%%/*}/blocks"),
		      "block " HOSTILE "\n");
	portfw_ok(bed, "unblock " HOSTILE);
	portfw_ok(bed, "block " FORMER);
	check(bed, OPEN, FILTERED);
}

static void nothing_in_the_place_of_the_file_keeps_an_address_from_being_blocked(void **state)
{
	static const struct obstacle obstacles[] = {
		{"mv blocks kept && mkdir blocks", "rmdir blocks; mv kept blocks"},
		{"mv blocks kept && mkfifo blocks", "rm blocks; mv kept blocks"},
		{"mv blocks kept && ln -s /nowhere/list blocks", "rm blocks; mv kept blocks"},
		{"chown 65534 blocks", "chown 0 blocks"},
		{"chmod 666 blocks", "chmod 600 blocks"},
		{"cp blocks kept; echo rubbish >>blocks", "mv kept blocks"},
	};
	struct testbed *bed = testbed(state);

	start(bed);
	for (size_t i = 0; i < sizeof(obstacles) / sizeof(*obstacles); i++)
		check_obstacle(bed, &obstacles[i]);
}

static void a_full_disk_does_not_keep_an_address_from_being_blocked(void **state)
{
	struct testbed *bed = testbed(state);

	use_small_file_system(bed);
	start(bed);
	fill_small_file_system(bed);
	assert_complains(portfw_fails(bed, 5, "block " HOSTILE " for 1h"), not_saved);
	assert_complains(portfw_fails(bed, 5, "unblock " FORMER), not_lifted);
	check(bed, FILTERED, OPEN);
	portfw_ok(bed, "--runtime unblock " HOSTILE);
	portfw_ok(bed, "--runtime block " HOSTILE);
	check(bed, FILTERED, OPEN);
	empty_small_file_system(bed);
	portfw_ok(bed, "block 192.0.2.9"); /* saves theirs too */
	assert_says(portfw_ok(bed, "status"), "in sync");
	reboot(bed);
	portfw_ok(bed, "restore");
	check(bed, FILTERED, OPEN);
}

static void a_read_only_file_system_neither(void **state)
{
	struct testbed *bed = testbed(state);

	use_small_file_system(bed);
	start(bed);
	shell_ok(bed, &bed->guarded, "mount -o remount,ro /run/small");
	assert_complains(portfw_fails(bed, 5, "block " HOSTILE), not_saved);
	assert_complains(portfw_fails(bed, 5, "unblock " FORMER), not_lifted);
	check(bed, FILTERED, OPEN);
	shell_ok(bed, &bed->guarded, "mount -o remount,rw /run/small");
	portfw_ok(bed, "restore");
	check(bed, FILTERED, OPEN);
	assert_says(portfw_ok(bed, "status"), "in sync");
}

static void a_lock_that_is_held_neither(void **state)
{
	struct testbed *bed = testbed(state);
	struct run *run;
	pid_t holder;

	start(bed);
	holder = hold_lock(bed);
	run = portfw_start(bed, "block " HOSTILE);
	bed->source = HOSTILE;
	wait_until(knock(bed, TCP, 22, FILTERED)); /* while it still waits to save */
	bed->source = NULL;
	run_expect(run_finish(run), 5, __FILE__, __LINE__);
	assert_complains(run, not_saved);
	testbed_kill(bed, holder);
	portfw_ok(bed, "unblock " FORMER);
	check(bed, FILTERED, OPEN);
	assert_says(portfw_ok(bed, "status"), "in sync");
}

static void a_run_directory_that_cannot_be_made_neither(void **state)
{
	struct testbed *bed = testbed(state);

	start(bed);
	shell_ok(bed, &bed->guarded, "rm -r $PORTFW_RUN_DIR && : >$PORTFW_RUN_DIR");
	assert_complains(portfw_fails(bed, 5, "block " HOSTILE), not_saved);
	assert_complains(portfw_fails(bed, 5, "unblock " FORMER), not_lifted);
	check(bed, FILTERED, OPEN);
}

static void where_nothing_is_attached_what_cannot_be_saved_is_not_done(void **state)
{
	struct testbed *bed = testbed(state);

	start(bed);
	portfw_ok(bed, "detach --all --runtime");
	shell_ok(bed, &bed->guarded, "cd ${PORTFW_POLICY%%/*} && rm blocks && mkdir blocks");
	portfw_fails(bed, 2, "block " HOSTILE);
}

static void at_once_they_end_with_one_of_them_in_kernel_and_file(void **state)
{
	struct testbed *bed = testbed(state);
	struct run *runs[8];

	start(bed);
	for (unsigned round = 0; round < 10; round++) {
		for (unsigned i = 0; i < 8; i++)
			runs[i] = portfw_start(bed, "%s 10.9.9.%u 10.9.0.%u",
					       i % 2 ? "unblock" : "block", i / 4, round);
		for (unsigned i = 0; i < 8; i++)
			assert_int_equal(run_finish(runs[i])->status, 0);
		assert_says(portfw_ok(bed, "status"), "in sync");
	}
}

static void a_block_upgrades_what_an_older_version_attached(void **state)
{
	struct testbed *bed = testbed(state);

	start(bed);
	bed->program = TESTBED_NEWER;
	portfw_ok(bed, "block " HOSTILE);
	check(bed, FILTERED, FILTERED);
	assert_says(portfw_ok(bed, "status"), "in sync");
	bed->program = NULL;
	assert_complains(portfw_fails(bed, 1, "unblock " HOSTILE), "newer portfw");
	assert_complains(portfw_ok(bed, "block 192.0.2.9"), "is replaced");
	check(bed, FILTERED, FILTERED);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TESTBED_TEST(nothing_in_the_place_of_the_file_keeps_an_address_from_being_blocked),
		TESTBED_TEST(a_full_disk_does_not_keep_an_address_from_being_blocked),
		TESTBED_TEST(a_read_only_file_system_neither),
		TESTBED_TEST(a_lock_that_is_held_neither),
		TESTBED_TEST(a_run_directory_that_cannot_be_made_neither),
		TESTBED_TEST(where_nothing_is_attached_what_cannot_be_saved_is_not_done),
		TESTBED_TEST(at_once_they_end_with_one_of_them_in_kernel_and_file),
		TESTBED_TEST(a_block_upgrades_what_an_older_version_attached),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
