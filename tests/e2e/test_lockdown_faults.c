/* SPDX-License-Identifier: GPL-2.0-only */
/* lockdown and unlock where everything else is broken: the kernel first. */
#include "command.h"
#include "nic.h"
#include "probe.h"
#include "state.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define KEPT "10.1.2.3"

static const char not_saved[] = "isolated, but not saved: a reboot lifts it";
static const char not_lifted[] = "unlocked, but not saved: a reboot brings it back";

static void start(struct testbed *bed)
{
	listen_on(bed, TCP, 22);
	listen_on(bed, TCP, 23);
	testbed_add_address(bed, KEPT);
	portfw_ok(bed, "attach eth0");
	portfw_ok(bed, "deny tcp 23");
}

static void check(struct testbed *bed, bool isolated)
{
	assert_answers_from(bed, KEPT, {TCP, 22, OPEN}, {TCP, 23, isolated ? OPEN : FILTERED});
	assert_answers(bed, {TCP, 22, isolated ? FILTERED : OPEN}, {TCP, 23, FILTERED});
}

/* The file beside the policy, to be freed; NULL: there is none. */
static char *lockdown_file(const struct testbed *bed)
{
	char path[128];

	snprintf(path, sizeof(path), "%.*slockdown",
		 (int)(strrchr(bed->policy, '/') + 1 - bed->policy), bed->policy);
	return access(path, F_OK) == 0 ? file_get(path) : NULL;
}

static void check_file(const struct testbed *bed, bool there)
{
	char *text = lockdown_file(bed);

	assert_int_equal(text && strstr(text, "keep " KEPT "\n"), there);
	free(text);
}

static void a_full_disk_does_not_keep_the_host_from_being_isolated(void **state)
{
	struct testbed *bed = testbed(state);

	use_small_file_system(bed);
	start(bed);
	fill_small_file_system(bed);
	assert_complains(portfw_fails(bed, 5, "lockdown keep " KEPT), not_saved);
	check(bed, true);
	/* What is in the kernel alone is no drift that restore would lift. */
	portfw_fails(bed, 1, "restore");
	check(bed, true);
	empty_small_file_system(bed);
	portfw_ok(bed, "restore");
	check(bed, true);
	check_file(bed, true);
	fill_small_file_system(bed);
	portfw_ok(bed, "unlock");
	check(bed, false);
	check_file(bed, false);
}

static void a_read_only_file_system_does_not_keep_it_from_either(void **state)
{
	struct testbed *bed = testbed(state);

	use_small_file_system(bed);
	start(bed);
	shell_ok(bed, &bed->guarded, "mount -o remount,ro ${PORTFW_POLICY%%/*}");
	assert_complains(portfw_fails(bed, 5, "lockdown keep " KEPT), not_saved);
	check(bed, true);
	shell_ok(bed, &bed->guarded, "mount -o remount,rw ${PORTFW_POLICY%%/*}");
	portfw_ok(bed, "lockdown keep " KEPT);
	check_file(bed, true);
	shell_ok(bed, &bed->guarded, "mount -o remount,ro ${PORTFW_POLICY%%/*}");
	assert_complains(portfw_fails(bed, 5, "unlock"), not_lifted);
	check(bed, false);
	shell_ok(bed, &bed->guarded, "mount -o remount,rw ${PORTFW_POLICY%%/*}");
	portfw_ok(bed, "restore"); /* finishes what unlock began */
	check(bed, false);
	check_file(bed, false);
}

static void it_waits_for_nobody(void **state)
{
	struct testbed *bed = testbed(state);
	pid_t holder;
	int64_t begun;

	start(bed);
	holder = hold_lock(bed);
	begun = now_ms();
	portfw_ok(bed, "lockdown keep " KEPT);
	assert_true(now_ms() - begun < 8000);
	check(bed, true);
	check_file(bed, true);
	begun = now_ms();
	portfw_ok(bed, "unlock");
	assert_true(now_ms() - begun < 2000);
	check(bed, false);
	check_file(bed, false);
	portfw_ok(bed, "--force lockdown");
	assert_answers(bed, {TCP, 22, FILTERED});
	testbed_kill(bed, holder);
}

static void nothing_attached_and_a_lock_that_is_held_ends_isolated(void **state)
{
	struct testbed *bed = testbed(state);
	pid_t holder = hold_lock(bed);

	listen_on(bed, TCP, 22);
	assert_complains(portfw_ok(bed, "lockdown keep 10.9.9.9"), "without the lock");
	assert_answers(bed, {TCP, 22, FILTERED});
	testbed_kill(bed, holder);
}

static void a_run_directory_that_cannot_be_made_is_no_obstacle(void **state)
{
	struct testbed *bed = testbed(state);

	start(bed);
	shell_ok(bed, &bed->guarded, "rm -r $PORTFW_RUN_DIR && : >$PORTFW_RUN_DIR");
	portfw_ok(bed, "lockdown keep " KEPT);
	check(bed, true);
	portfw_ok(bed, "unlock");
	check(bed, false);
}

static void what_is_in_the_place_of_the_file_is_moved_aside(void **state)
{
	static const char *const obstacles[] = {"mkdir lockdown && : >lockdown/precious",
						"mkfifo lockdown", "ln -s /nowhere/file lockdown",
						"echo rubbish >lockdown"};
	struct testbed *bed = testbed(state);

	start(bed);
	for (size_t i = 0; i < sizeof(obstacles) / sizeof(*obstacles); i++) {
		shell_ok(bed, &bed->guarded, "cd ${PORTFW_POLICY%%/*} && %s", obstacles[i]);
		portfw_ok(bed, "lockdown keep " KEPT);
		check(bed, true);
		check_file(bed, true);
		shell_ok(bed, &bed->guarded, "cd ${PORTFW_POLICY%%/*} && rm lockdown && %s",
			 obstacles[i]);
		portfw_ok(bed, "unlock");
		check(bed, false);
		check_file(bed, false);
	}
	shell_ok(bed, &bed->guarded, "ls ${PORTFW_POLICY%%/*}/lockdown.*/precious");
}

static void a_file_of_somebody_else_isolates_at_boot_and_is_replaced(void **state)
{
	struct testbed *bed = testbed(state);

	start(bed);
	portfw_ok(bed, "lockdown keep " KEPT);
	shell_ok(bed, &bed->guarded, "chown 65534 ${PORTFW_POLICY%%/*}/lockdown");
	portfw_ok(bed, "detach --all --runtime");
	assert_complains(portfw_fails(bed, 1, "restore --boot"), "chown");
	check(bed, true);
	portfw_ok(bed, "lockdown keep " KEPT);
	portfw_ok(bed, "restore");
	check(bed, true);
}

static void at_once_they_end_with_one_of_them_in_kernel_and_file(void **state)
{
	struct testbed *bed = testbed(state);
	struct run *runs[6];

	start(bed);
	for (unsigned round = 0; round < 8; round++) {
		for (unsigned i = 0; i < 6; i++)
			runs[i] = i == 5 ? portfw_start(bed, "unlock")
					 : portfw_start(bed, "lockdown keep 10.9.0.%u", i);
		for (unsigned i = 0; i < 6; i++)
			assert_int_equal(run_finish(runs[i])->status, 0);
		assert_says(portfw_ok(bed, "status"), "in sync");
		char *text = lockdown_file(bed);
		json_t *status = json_of(portfw_ok(bed, "status --json"));
		const json_t *lockdown =
			json_object_get(json_object_get(status, "policy"), "lockdown");
		const json_t *keep = json_object_get(lockdown, "keep");

		assert_int_equal(!text, json_is_null(lockdown));
		if (text)
			assert_non_null(strstr(text, json_string_value(json_array_get(keep, 0))));
		json_decref(status);
		free(text);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TESTBED_TEST(a_full_disk_does_not_keep_the_host_from_being_isolated),
		TESTBED_TEST(a_read_only_file_system_does_not_keep_it_from_either),
		TESTBED_TEST(it_waits_for_nobody),
		TESTBED_TEST(nothing_attached_and_a_lock_that_is_held_ends_isolated),
		TESTBED_TEST(a_run_directory_that_cannot_be_made_is_no_obstacle),
		TESTBED_TEST(what_is_in_the_place_of_the_file_is_moved_aside),
		TESTBED_TEST(a_file_of_somebody_else_isolates_at_boot_and_is_replaced),
		TESTBED_TEST(at_once_they_end_with_one_of_them_in_kernel_and_file),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
