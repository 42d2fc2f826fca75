/* SPDX-License-Identifier: GPL-2.0-only */
/* What outlives a command, a detach and a reboot. */
#include "command.h"
#include "nic.h"
#include "probe.h"
#include "state.h"

#include <stdlib.h>
#include <unistd.h>

static const char policy[] = "attach eth0\n"
			     "default deny\n"
			     "allow tcp 22,80-90\n"
			     "allow udp 53 comment \"names\"\n"
			     "deny udp 54\n";

static void listen_everywhere(struct testbed *bed)
{
	listen_on(bed, TCP, 22);
	listen_on(bed, TCP, 85);
	listen_on(bed, TCP, 91);
	listen_on(bed, UDP, 53);
	listen_on(bed, UDP, 54);
}

static void check_enforced(struct testbed *bed)
{
	assert_answers(bed, {TCP, 22, OPEN}, {TCP, 85, OPEN}, {TCP, 90, REFUSED},
		       {TCP, 91, FILTERED}, {UDP, 53, OPEN}, {UDP, 54, FILTERED});
	struct run *run = portfw_ok(bed, "status");
	assert_says(run, "in sync");
	assert_says_not(run, "drift");
}

static void check_unfiltered(struct testbed *bed)
{
	assert_answers(bed, {TCP, 22, OPEN}, {TCP, 91, OPEN}, {UDP, 54, OPEN}, {TCP, 92, REFUSED});
}

static void start(struct testbed *bed)
{
	listen_everywhere(bed);
	file_put("/run/wanted", policy);
	portfw_ok(bed, "apply /run/wanted");
	check_enforced(bed);
}

static void the_policy_survives_the_end_of_the_command(void **state)
{
	struct testbed *bed = testbed(state);

	start(bed);
	assert_nothing_runs(bed);
	check_enforced(bed);
}

static void detach_runtime_then_restore_brings_the_same_verdicts(void **state)
{
	struct testbed *bed = testbed(state);

	start(bed);
	portfw_ok(bed, "detach --runtime eth0");
	check_unfiltered(bed);
	assert_prints(portfw_ok(bed, "list"), policy);
	portfw_ok(bed, "restore");
	check_enforced(bed);
}

static void restore_after_a_reboot_brings_the_same_verdicts(void **state)
{
	struct testbed *bed = testbed(state);

	start(bed);
	reboot(bed);
	check_unfiltered(bed);
	assert_says(portfw_ok(bed, "status"), "drift");
	assert_says(portfw_ok(bed, "restore"), "attached eth0 (native)");
	check_enforced(bed);
	assert_prints(portfw_ok(bed, "list"), policy);
}

static void restore_keeps_the_mode_of_the_file(void **state)
{
	struct testbed *bed = testbed(state);

	portfw_ok(bed, "attach eth0 --mode generic");
	assert_prints(portfw_ok(bed, "list"), "attach eth0 generic\ndefault allow\n");
	reboot(bed);
	portfw_ok(bed, "restore");
	assert_true(nic_is_generic(bed, "eth0"));
}

static void restore_twice_is_as_good_as_once(void **state)
{
	struct testbed *bed = testbed(state);

	start(bed);
	unsigned program = nic_program(bed, "eth0");
	assert_says(portfw_ok(bed, "restore"), "already as ");
	assert_int_equal(nic_program(bed, "eth0"), program);
	check_enforced(bed);
}

static void restore_without_a_file_says_so(void **state)
{
	struct testbed *bed = testbed(state);

	assert_says(portfw_ok(bed, "restore"), "nothing to restore");
	assert_int_equal(access(bed->pin_dir, F_OK), -1);
}

static void without_a_file_what_belongs_to_incidents_is_restored(void **state)
{
	struct testbed *bed = testbed(state);

	start(bed);
	testbed_add_address(bed, "10.1.2.3");
	shell_ok(bed, &bed->guarded,
		 "rm $PORTFW_POLICY; echo 'block 10.1.2.3' >${PORTFW_POLICY%%/*}/blocks");
	assert_says(portfw_ok(bed, "restore"), "nothing to restore");
	assert_answers_from(bed, "10.1.2.3", {TCP, 22, FILTERED});
	assert_answers(bed, {TCP, 22, OPEN}, {TCP, 91, FILTERED});
}

static void restore_attaches_all_nics_or_none(void **state)
{
	struct testbed *bed = testbed(state);

	file_put(bed->policy, "attach eth0\nattach eth7\ndefault deny\n");
	assert_complains(portfw_fails(bed, 1, "restore"), "eth7: no such NIC");
	assert_int_equal(nic_program(bed, "eth0"), 0);
	assert_int_equal(access(bed->pin_dir, F_OK), -1);
}

static void restore_at_boot_attaches_what_it_can_and_reports_the_rest(void **state)
{
	struct testbed *bed = testbed(state);

	listen_everywhere(bed);
	file_put(bed->policy, "attach eth0\nattach eth7\ndefault deny\nallow tcp 22\n");
	assert_complains(portfw_fails(bed, 1, "restore --boot"), "eth7: no such NIC");
	assert_answers(bed, {TCP, 22, OPEN}, {TCP, 85, FILTERED});
}

static void what_restore_at_boot_leaves_out_is_no_change(void **state)
{
	struct testbed *bed = testbed(state);
	const struct run *run;

	file_put(bed->policy, "attach eth0\nattach eth7\ndefault deny\nallow tcp 22\n");
	run = portfw_fails(bed, 1, "--json restore --boot");
	assert_says(run, "\"line\": \"attach eth0\"");
	assert_says_not(run, "eth7");
}

static void restore_at_boot_that_attaches_no_nic_is_no_change(void **state)
{
	struct testbed *bed = testbed(state);
	const struct run *run;

	file_put(bed->policy, "attach eth7\nallow tcp 22\n");
	run = portfw_fails(bed, 1, "--json restore --boot");
	assert_says(run, "\"changed\": false");
	assert_says_not(portfw_fails(bed, 1, "restore --boot"), "restored");
}

static void a_damaged_lockdown_file_isolates_at_boot(void **state)
{
	struct testbed *bed = testbed(state);

	listen_on(bed, TCP, 22);
	file_put(bed->policy, "attach eth0\nallow tcp 22\n");
	shell_ok(bed, &bed->guarded,
		 "printf 'keep 10.9.9.9\\njunk\\n' >${PORTFW_POLICY%%/*}/lockdown");
	assert_complains(portfw_fails(bed, 1, "restore --boot"), "lockdown:2:1: error");
	assert_says(portfw_ok(bed, "status"), "LOCKDOWN: only to and from 10.9.9.9");
	assert_answers(bed, {TCP, 22, FILTERED});
}

static void restore_brings_an_edited_file_into_force(void **state)
{
	struct testbed *bed = testbed(state);

	start(bed);
	shell_ok(bed, &bed->guarded, "sed -i 's/22,80-90/22,91/' $PORTFW_POLICY");
	assert_says(portfw_ok(bed, "status"), "drift");
	assert_answers(bed, {TCP, 91, FILTERED}, {TCP, 85, OPEN});
	portfw_ok(bed, "restore");
	assert_answers(bed, {TCP, 91, OPEN}, {TCP, 85, FILTERED});
	assert_says(portfw_ok(bed, "status"), "in sync");
}

static void a_runtime_change_is_drift_until_restore(void **state)
{
	struct testbed *bed = testbed(state);

	start(bed);
	portfw_ok(bed, "--runtime deny tcp 22");
	assert_answers(bed, {TCP, 22, FILTERED});
	assert_prints(portfw_ok(bed, "list"), policy);
	assert_says(portfw_ok(bed, "status"), "drift");
	portfw_ok(bed, "restore");
	check_enforced(bed);
}

static void pins_that_were_removed_are_drift_that_restore_mends(void **state)
{
	struct testbed *bed = testbed(state);

	start(bed);
	shell_ok(bed, &bed->guarded, "rm $PORTFW_PIN_DIR/xdp-*");
	wait_until(!nic_program(bed, "eth0"));
	assert_says(portfw_ok(bed, "status"), "eth0: no longer attached");
	portfw_ok(bed, "restore");
	check_enforced(bed);
}

static void what_list_prints_apply_takes_without_a_change(void **state)
{
	struct testbed *bed = testbed(state);

	start(bed);
	char *before = testbed_record(bed);
	shell_ok(bed, &bed->guarded, "$PORTFW list | $PORTFW apply -");
	shell_ok(bed, &bed->guarded, "$PORTFW list | $PORTFW diff -");
	assert_unchanged(bed, before);
	check_enforced(bed);
}

static void reset_opens_everything_and_keeps_a_copy(void **state)
{
	struct testbed *bed = testbed(state);

	start(bed);
	portfw_ok(bed, "reset");
	check_unfiltered(bed);
	assert_true(nic_program(bed, "eth0"));
	assert_prints(portfw_ok(bed, "list"), "attach eth0\ndefault allow\n");
	assert_prints(shell_ok(bed, &bed->guarded, "cat $PORTFW_POLICY.2*"), policy);
	shell_ok(bed, &bed->guarded, "$PORTFW apply $PORTFW_POLICY.2*");
	check_enforced(bed);
}

static void apply_never_detaches(void **state)
{
	struct testbed *bed = testbed(state);

	start(bed);
	unsigned program = nic_program(bed, "eth0");
	file_put("/run/wanted", "default deny\nallow tcp 91\n");
	portfw_ok(bed, "apply /run/wanted");
	assert_int_equal(nic_program(bed, "eth0"), program);
	assert_prints(portfw_ok(bed, "list"), "attach eth0\ndefault deny\nallow tcp 91\n");
	assert_answers(bed, {TCP, 22, FILTERED}, {TCP, 91, OPEN});
}

static void a_policy_file_with_errors_stops_changes_until_it_is_replaced(void **state)
{
	struct testbed *bed = testbed(state);

	start(bed);
	file_put(bed->policy, "default deny\nallow tcp 22x\n");
	struct run *run = portfw_fails(bed, 2, "allow tcp 91");
	assert_complains(run, "policy:2:11: error: ");
	portfw_fails(bed, 2, "restore");
	portfw_fails(bed, 2, "list");
	assert_says(portfw_ok(bed, "status"), "drift");
	assert_answers(bed, {TCP, 22, OPEN}, {TCP, 91, FILTERED});
	portfw_ok(bed, "apply /run/wanted");
	check_enforced(bed);
	assert_prints(portfw_ok(bed, "list"), policy);
}

static void reset_replaces_a_policy_file_with_errors(void **state)
{
	struct testbed *bed = testbed(state);

	start(bed);
	file_put(bed->policy, "nonsense\n");
	portfw_ok(bed, "reset");
	check_unfiltered(bed);
	assert_prints(portfw_ok(bed, "list"), "attach eth0\ndefault allow\n");
	assert_prints(shell_ok(bed, &bed->guarded, "cat $PORTFW_POLICY.2*"), "nonsense\n");
}

static void another_policy_file_can_be_named(void **state)
{
	struct testbed *bed = testbed(state);

	listen_everywhere(bed);
	portfw_ok(bed, "--policy /run/named attach eth0");
	portfw_ok(bed, "deny tcp 22 --policy=/run/named");
	assert_answers(bed, {TCP, 22, FILTERED}, {TCP, 91, OPEN});
	assert_int_equal(access(bed->policy, F_OK), -1);
	assert_prints(shell_ok(bed, &bed->guarded, "cat /run/named"),
		      "attach eth0\ndefault allow\ndeny tcp 22\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TESTBED_TEST(the_policy_survives_the_end_of_the_command),
		TESTBED_TEST(detach_runtime_then_restore_brings_the_same_verdicts),
		TESTBED_TEST(restore_after_a_reboot_brings_the_same_verdicts),
		TESTBED_TEST(restore_keeps_the_mode_of_the_file),
		TESTBED_TEST(restore_twice_is_as_good_as_once),
		TESTBED_TEST(restore_without_a_file_says_so),
		TESTBED_TEST(without_a_file_what_belongs_to_incidents_is_restored),
		TESTBED_TEST(restore_attaches_all_nics_or_none),
		TESTBED_TEST(restore_at_boot_attaches_what_it_can_and_reports_the_rest),
		TESTBED_TEST(what_restore_at_boot_leaves_out_is_no_change),
		TESTBED_TEST(restore_at_boot_that_attaches_no_nic_is_no_change),
		TESTBED_TEST(a_damaged_lockdown_file_isolates_at_boot),
		TESTBED_TEST(restore_brings_an_edited_file_into_force),
		TESTBED_TEST(a_runtime_change_is_drift_until_restore),
		TESTBED_TEST(pins_that_were_removed_are_drift_that_restore_mends),
		TESTBED_TEST(what_list_prints_apply_takes_without_a_change),
		TESTBED_TEST(reset_opens_everything_and_keeps_a_copy),
		TESTBED_TEST(apply_never_detaches),
		TESTBED_TEST(a_policy_file_with_errors_stops_changes_until_it_is_replaced),
		TESTBED_TEST(reset_replaces_a_policy_file_with_errors),
		TESTBED_TEST(another_policy_file_can_be_named),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
