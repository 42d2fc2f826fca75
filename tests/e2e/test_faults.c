/* SPDX-License-Identifier: GPL-2.0-only */
/* Full disks, memory that runs out, what others left behind: a clear error, and the old policy goes
 * on. */
#include "command.h"
#include "nic.h"
#include "probe.h"
#include "state.h"

#include <linux/bpf.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static void start(struct testbed *bed)
{
	listen_on(bed, TCP, 22);
	listen_on(bed, TCP, 23);
	testbed_add_address(bed, "10.1.2.3");
	portfw_ok(bed, "attach eth0");
	portfw_ok(bed, "default deny");
	portfw_ok(bed, "allow tcp 22");
	portfw_ok(bed, "block 192.0.2.1 192.0.2.2");
}

static void check_verdict(struct testbed *bed)
{
	assert_answers(bed, {TCP, 22, OPEN}, {TCP, 23, FILTERED});
	assert_answers_from(bed, "10.1.2.3", {TCP, 22, OPEN});
}

/* Each of the commands fails with the text, and nothing has changed. */
static void check_fail(struct testbed *bed, const char *const *commands, const char *text)
{
	char *before = testbed_record(bed);

	for (; *commands; commands++) {
		struct run *run = portfw_fails(bed, 1, "%s", *commands);
		assert_complains(run, text);
		assert_prints(run, "");
	}
	bed->no_memory = 0;
	assert_unchanged(bed, before);
	check_verdict(bed);
}
#define CHECK_FAIL(bed, text, ...) check_fail(bed, (const char *const[]){__VA_ARGS__, NULL}, text)

/* --- Disks --------------------------------------------------------------------------------- */

static void a_full_disk_stops_changes_and_undo(void **state)
{
	struct testbed *bed = testbed(state);

	use_small_file_system(bed);
	start(bed);
	fill_small_file_system(bed);
	CHECK_FAIL(bed, "No space left on device", "allow tcp 23", "deny tcp 22 for 1h", "undo",
		   "reset");
	empty_small_file_system(bed);
	portfw_ok(bed, "undo");
	portfw_ok(bed, "block 10.1.2.3");
	assert_answers(bed, {TCP, 22, FILTERED});
	assert_says(portfw_ok(bed, "status"), "in sync");
}

static void a_read_only_file_system_stops_changes_and_undo(void **state)
{
	struct testbed *bed = testbed(state);

	use_small_file_system(bed);
	start(bed);
	shell_ok(bed, &bed->guarded, "mount -o remount,ro /run/small");
	CHECK_FAIL(bed, "Read-only file system", "allow tcp 23", "deny tcp 22 for 1h", "undo",
		   "reset");
	portfw_ok(bed, "--runtime block 10.1.2.3");
	assert_answers_from(bed, "10.1.2.3", {TCP, 22, FILTERED});
	shell_ok(bed, &bed->guarded, "mount -o remount,rw /run/small");
	portfw_ok(bed, "restore");
	check_verdict(bed);
}

/* A trial that could not be confirmed either does not begin, or ends at its deadline. */
static void check_trial(struct testbed *bed, const char *text)
{
	struct run *run = portfw(bed, "--confirm 2s default allow");

	if (run->status == 0) {
		assert_answers(bed, {TCP, 23, OPEN});
		assert_complains(portfw_fails(bed, 1, "confirm"), text);
		assert_true(trial_left(bed) >= 0);
		wait_until(knock(bed, TCP, 23, FILTERED));
	} else {
		run_expect(run, 1, __FILE__, __LINE__);
		assert_complains(run, text);
	}
	check_verdict(bed);
}

static void a_trial_on_a_full_disk_ends_as_it_should(void **state)
{
	struct testbed *bed = testbed(state);

	use_small_file_system(bed);
	start(bed);
	char *file = file_get(bed->policy);
	fill_small_file_system(bed);
	check_trial(bed, "No space left on device");
	assert_file(bed, file);
	empty_small_file_system(bed);
	portfw_ok(bed, "--confirm 1h default allow");
	portfw_ok(bed, "confirm");
	assert_answers(bed, {TCP, 23, OPEN});
	free(file);
}

static void a_trial_on_a_read_only_file_system_ends_as_it_should(void **state)
{
	struct testbed *bed = testbed(state);

	use_small_file_system(bed);
	start(bed);
	char *file = file_get(bed->policy);
	shell_ok(bed, &bed->guarded, "mount -o remount,ro /run/small");
	check_trial(bed, "Read-only file system");
	assert_file(bed, file);
	free(file);
}

static void a_full_run_directory_stops_trials(void **state)
{
	struct testbed *bed = testbed(state);

	start(bed);
	shell_ok(bed, &bed->guarded,
		 "mount -t tmpfs -o size=16k run $PORTFW_RUN_DIR\n"
		 "touch $PORTFW_RUN_DIR/lock\n"
		 "cat /dev/zero >$PORTFW_RUN_DIR/filler 2>/dev/null || :");
	CHECK_FAIL(bed, "No space left on device", "--confirm 1h allow tcp 23",
		   "--confirm 1h undo");
	portfw_ok(bed, "allow tcp 23");
	assert_answers(bed, {TCP, 23, OPEN});
}

/* --- Memory -------------------------------------------------------------------------------- */

static void when_the_kernel_has_no_memory_for_maps_the_old_policy_stays(void **state)
{
	struct testbed *bed = testbed(state);

	start(bed);
	/* So many sources need maps of their own. */
	shell_ok(bed, &bed->guarded,
		 "(echo default allow; seq 0 999 | awk '{printf "
		 "\"allow tcp 23 from 10.%%d.%%d.0/24\\n\", $1 / 256, $1 %% 256}') >/run/many");
	bed->no_memory = 1ull << BPF_MAP_CREATE;
	CHECK_FAIL(bed, "memory", "apply /run/many", "--confirm 1h apply /run/many");
	bed->no_memory = 1ull << BPF_MAP_UPDATE_ELEM | 1ull << BPF_MAP_UPDATE_BATCH;
	CHECK_FAIL(bed, "memory", "block 10.1.2.3", "block 10.1.2.0/24 for 1h");
	bed->no_memory = 1ull << BPF_OBJ_PIN;
	CHECK_FAIL(bed, "memory", "apply /run/many");
	portfw_ok(bed, "apply /run/many");
	assert_answers_from(bed, "10.1.2.3", {TCP, 23, OPEN});
}

static void when_the_kernel_has_no_memory_nothing_is_attached(void **state)
{
	static const unsigned commands[] = {BPF_MAP_CREATE, BPF_PROG_LOAD, BPF_OBJ_PIN,
					    BPF_LINK_CREATE, BPF_BTF_LOAD};
	struct testbed *bed = testbed(state);

	listen_on(bed, TCP, 22);
	file_put(bed->policy, "default deny\n");
	for (size_t i = 0; i < sizeof(commands) / sizeof(commands[0]); i++) {
		bed->no_memory = 1ull << commands[i];
		struct run *run = portfw(bed, "attach eth0");
		bed->no_memory = 0;
		/* libbpf does without BTF. */
		if (commands[i] == BPF_BTF_LOAD && run->status == 0) {
			portfw_ok(bed, "detach --all --runtime");
			continue;
		}
		run_expect(run, 1, __FILE__, __LINE__);
		assert_complains(run, "memory");
		assert_int_equal(nic_program(bed, "eth0"), 0);
		assert_int_equal(access(bed->pin_dir, F_OK), -1);
		assert_answers(bed, {TCP, 22, OPEN});
	}
	portfw_ok(bed, "attach eth0");
	assert_answers(bed, {TCP, 22, FILTERED});
}

/* --- What was left behind ------------------------------------------------------------------ */

static void a_stale_lock_file_is_no_obstacle(void **state)
{
	struct testbed *bed = testbed(state);

	shell_ok(bed, &bed->guarded,
		 "mkdir -p $PORTFW_RUN_DIR; echo 999999 >$PORTFW_RUN_DIR/lock\n"
		 "chmod 444 $PORTFW_RUN_DIR/lock");
	start(bed);
	check_verdict(bed);
	testbed_kill(bed, hold_lock(bed));
	portfw_ok(bed, "allow tcp 23");
	assert_answers(bed, {TCP, 23, OPEN});
}

/* Without each of the pins in turn: the packets are judged as before, and commands work. */
static void a_half_removed_pin_directory_is_mended(void **state)
{
	struct testbed *bed = testbed(state);

	start(bed);
	char *names = strdup(shell_ok(bed, &bed->guarded, "ls $PORTFW_PIN_DIR")->out),
	     *rest = names;
	for (char *name = strsep(&rest, "\n"); name && *name; name = strsep(&rest, "\n")) {
		if (strncmp(name, "policy-", 7) == 0 || strncmp(name, "xdp-", 4) == 0 ||
		    strncmp(name, "egress-", 7) == 0 || strcmp(name, "explain") == 0)
			continue;
		shell_ok(bed, &bed->guarded, "rm $PORTFW_PIN_DIR/%s", name);
		check_verdict(bed);
		portfw_ok(bed, "deny tcp 25");
		check_verdict(bed);
		portfw_ok(bed, "detach --all --runtime");
		assert_int_equal(nic_program(bed, "eth0"), 0);
		portfw_ok(bed, "restore");
		check_verdict(bed);
		assert_says(portfw_ok(bed, "status"), "in sync");
	}
	free(names);
}

static void the_text_of_the_policy_can_be_lost(void **state)
{
	struct testbed *bed = testbed(state);

	start(bed);
	shell_ok(bed, &bed->guarded, "rm $PORTFW_PIN_DIR/policy-*");
	check_verdict(bed);
	assert_complains(portfw_fails(bed, 1, "allow tcp 23"), "portfw restore");
	portfw_ok(bed, "restore");
	portfw_ok(bed, "allow tcp 23");
	assert_answers(bed, {TCP, 22, OPEN}, {TCP, 23, OPEN});
	assert_says(portfw_ok(bed, "status"), "in sync");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TESTBED_TEST(a_full_disk_stops_changes_and_undo),
		TESTBED_TEST(a_read_only_file_system_stops_changes_and_undo),
		TESTBED_TEST(a_trial_on_a_full_disk_ends_as_it_should),
		TESTBED_TEST(a_trial_on_a_read_only_file_system_ends_as_it_should),
		TESTBED_TEST(a_full_run_directory_stops_trials),
		TESTBED_TEST(when_the_kernel_has_no_memory_for_maps_the_old_policy_stays),
		TESTBED_TEST(when_the_kernel_has_no_memory_nothing_is_attached),
		TESTBED_TEST(a_stale_lock_file_is_no_obstacle),
		TESTBED_TEST(a_half_removed_pin_directory_is_mended),
		TESTBED_TEST(the_text_of_the_policy_can_be_lost),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
