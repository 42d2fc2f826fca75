/* SPDX-License-Identifier: GPL-2.0-only */
/* Attaching to NICs and detaching from them. */
#include "command.h"
#include "nic.h"
#include "probe.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static void attach_says_which_mode_it_got(void **state)
{
	struct testbed *bed = testbed(state);

	assert_says(portfw_ok(bed, "attach eth0"), "attached eth0 (native)");
	assert_true(nic_is_native(bed, "eth0"));
	portfw_ok(bed, "detach eth0");
	assert_false(nic_program(bed, "eth0"));
	assert_says(portfw_ok(bed, "attach eth0 --mode generic"), "attached eth0 (generic)");
	assert_true(nic_is_generic(bed, "eth0"));
}

static void attach_falls_back_to_generic_and_says_why(void **state)
{
	struct testbed *bed = testbed(state);

	shell_ok(bed, &bed->guarded, "ip link add br0 type bridge");
	struct run *run = portfw_ok(bed, "attach br0");
	assert_says(run, "attached br0 (generic; not native: ");
	assert_true(nic_is_generic(bed, "br0"));
}

static void attaching_twice_changes_nothing(void **state)
{
	struct testbed *bed = testbed(state);

	portfw_ok(bed, "attach eth0");
	unsigned program = nic_program(bed, "eth0");
	assert_says(portfw_ok(bed, "attach eth0"), "eth0 is already attached (native)");
	assert_int_equal(nic_program(bed, "eth0"), program);
}

static void another_mode_for_an_attached_nic_is_refused_with_the_way_to_do_it(void **state)
{
	struct testbed *bed = testbed(state);

	portfw_ok(bed, "attach eth0");
	struct run *run = portfw_fails(bed, 1, "attach eth0 --mode generic");
	assert_complains(run, "portfw detach --runtime eth0");
}

static void several_nics_attach_with_one_command(void **state)
{
	struct testbed *bed = testbed(state);

	testbed_add_veth(bed, 1, "eth1");
	listen_on(bed, TCP, 80);
	portfw_ok(bed, "attach eth0 eth1");
	portfw_ok(bed, "deny tcp 80");
	assert_answers(bed, {TCP, 80, FILTERED});
	bed->link = 1;
	assert_answers(bed, {TCP, 80, FILTERED});
	portfw_ok(bed, "detach eth0");
	assert_answers(bed, {TCP, 80, FILTERED});
	bed->link = 0;
	assert_answers(bed, {TCP, 80, OPEN});
}

static void an_unknown_nic_is_named_and_nothing_changes(void **state)
{
	struct testbed *bed = testbed(state);
	char *before = testbed_record(bed);

	assert_complains(portfw_fails(bed, 1, "attach nosuch"), "nosuch: no such NIC");
	assert_complains(portfw_fails(bed, 1, "attach eth0 nosuch"), "nosuch: no such NIC");
	assert_complains(portfw_fails(bed, 1, "attach lo"), "lo is the loopback interface");
	assert_int_equal(nic_program(bed, "eth0"), 0);
	shell_ok(bed, &bed->guarded, "rm -rf $PORTFW_RUN_DIR");
	assert_unchanged(bed, before);
}

static void if_one_of_several_nics_cannot_be_attached_none_is(void **state)
{
	struct testbed *bed = testbed(state);

	shell_ok(bed, &bed->guarded, "ip link add zbr0 type bridge");
	assert_complains(portfw_fails(bed, 1, "attach eth0 zbr0 --mode native"), "zbr0");
	assert_int_equal(nic_program(bed, "eth0"), 0);
	assert_int_equal(access(bed->pin_dir, F_OK), -1);
	assert_int_equal(access(bed->policy, F_OK), -1);
}

static void a_failed_attach_leaves_the_attached_nics_and_their_policy_alone(void **state)
{
	struct testbed *bed = testbed(state);

	listen_on(bed, TCP, 80);
	shell_ok(bed, &bed->guarded, "ip link add zbr0 type bridge");
	portfw_ok(bed, "attach eth0");
	portfw_ok(bed, "deny tcp 80");
	unsigned program = nic_program(bed, "eth0");
	portfw_fails(bed, 1, "attach zbr0 --mode native");
	assert_int_equal(nic_program(bed, "eth0"), program);
	assert_answers(bed, {TCP, 80, FILTERED});
	assert_prints(portfw_ok(bed, "list"), "attach eth0\ndefault allow\ndeny tcp 80\n");
	assert_says(portfw_ok(bed, "status"), "in sync");
}

static void a_foreign_program_is_named_and_left_running(void **state)
{
	struct testbed *bed = testbed(state);
	unsigned id = nic_attach_foreign(bed, "eth0", "foreign_pass");
	char text[64];

	struct run *run = portfw_fails(bed, 1, "attach eth0");
	snprintf(text, sizeof(text), "id %u", id);
	assert_complains(run, text);
	assert_complains(run, "foreign_pass");
	assert_int_equal(nic_program(bed, "eth0"), id);
	portfw_fails(bed, 1, "attach eth0 --mode generic");
	assert_int_equal(nic_program(bed, "eth0"), id);
	assert_int_equal(access(bed->pin_dir, F_OK), -1);
}

static void a_foreign_program_on_one_nic_keeps_the_others_from_being_attached(void **state)
{
	struct testbed *bed = testbed(state);

	testbed_add_veth(bed, 1, "eth1");
	unsigned id = nic_attach_foreign(bed, "eth1", "foreign_pass");
	assert_complains(portfw_fails(bed, 1, "attach eth0 eth1"), "foreign_pass");
	assert_int_equal(nic_program(bed, "eth0"), 0);
	assert_int_equal(nic_program(bed, "eth1"), id);
}

static void the_program_cannot_be_replaced_by_accident(void **state)
{
	struct testbed *bed = testbed(state);

	listen_on(bed, TCP, 80);
	portfw_ok(bed, "attach eth0");
	portfw_ok(bed, "deny tcp 80");
	shell_ok(bed, &bed->guarded, "! ip link set dev eth0 xdp off");
	assert_answers(bed, {TCP, 80, FILTERED});
}

static void a_nic_that_vanished_is_said_to_be_gone_and_detach_cleans_its_pin(void **state)
{
	struct testbed *bed = testbed(state);

	testbed_add_veth(bed, 1, "eth1");
	portfw_ok(bed, "attach eth0 eth1");
	assert_int_equal(pin_count(bed, "xdp-"), 2);
	shell_ok(bed, &bed->guarded, "ip link del eth1");
	assert_says(portfw_ok(bed, "status"), "eth1: gone");
	assert_says(portfw_ok(bed, "detach eth1"), "detached eth1, which was gone");
	assert_int_equal(pin_count(bed, "xdp-"), 1);
	struct run *run = portfw_ok(bed, "status");
	assert_says(run, "eth0: attached");
	assert_says_not(run, "eth1");
}

static void the_last_nic_that_vanished_leaves_nothing_once_detached(void **state)
{
	struct testbed *bed = testbed(state);

	portfw_ok(bed, "attach eth0");
	shell_ok(bed, &bed->guarded, "ip link del eth0");
	portfw_ok(bed, "detach eth0");
	assert_int_equal(access(bed->pin_dir, F_OK), -1);
}

static void a_nic_that_came_back_can_be_attached_again(void **state)
{
	struct testbed *bed = testbed(state);

	listen_on(bed, TCP, 80);
	portfw_ok(bed, "attach eth0");
	portfw_ok(bed, "deny tcp 80");
	shell_ok(bed, &bed->guarded, "ip link del eth0");
	testbed_add_veth(bed, 0, "eth0");
	assert_answers(bed, {TCP, 80, OPEN});
	portfw_ok(bed, "attach eth0");
	assert_answers(bed, {TCP, 80, FILTERED});
	assert_int_equal(pin_count(bed, "xdp-"), 1);
}

static void detach_all_leaves_nothing_in_the_kernel(void **state)
{
	struct testbed *bed = testbed(state);

	testbed_add_veth(bed, 1, "eth1");
	portfw_ok(bed, "attach eth0 eth1");
	portfw_ok(bed, "default deny");
	shell_ok(bed, &bed->guarded, "ip link del eth1");
	portfw_ok(bed, "detach --all");
	assert_int_equal(access(bed->pin_dir, F_OK), -1);
	assert_int_equal(nic_program(bed, "eth0"), 0);
	assert_prints(portfw_ok(bed, "list"), "default deny\n");
	assert_says(portfw_ok(bed, "detach --all"), "no NIC is attached");
}

static void detach_all_clears_damaged_pins(void **state)
{
	struct testbed *bed = testbed(state);

	portfw_ok(bed, "attach eth0");
	shell_ok(bed, &bed->guarded,
		 "cd $PORTFW_PIN_DIR && rm slots clock policy-* && mv blocks control");
	portfw_ok(bed, "detach --all --runtime");
	assert_int_equal(access(bed->pin_dir, F_OK), -1);
	assert_int_equal(nic_program(bed, "eth0"), 0);
	portfw_ok(bed, "restore");
	assert_true(nic_program(bed, "eth0"));
}

static void detaching_what_is_not_attached_says_so(void **state)
{
	struct testbed *bed = testbed(state);

	assert_says(portfw_ok(bed, "detach eth0"), "eth0 is not attached");
}

static void pins_are_for_their_owner_only(void **state)
{
	struct testbed *bed = testbed(state);

	portfw_ok(bed, "attach eth0");
	assert_prints(shell_ok(bed, &bed->guarded, "stat -c %%a $PORTFW_PIN_DIR"), "700\n");
	assert_prints(shell_ok(bed, &bed->guarded, "stat -c %%a $PORTFW_PIN_DIR/* | sort -u"),
		      "600\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TESTBED_TEST(attach_says_which_mode_it_got),
		TESTBED_TEST(attach_falls_back_to_generic_and_says_why),
		TESTBED_TEST(attaching_twice_changes_nothing),
		TESTBED_TEST(another_mode_for_an_attached_nic_is_refused_with_the_way_to_do_it),
		TESTBED_TEST(several_nics_attach_with_one_command),
		TESTBED_TEST(an_unknown_nic_is_named_and_nothing_changes),
		TESTBED_TEST(if_one_of_several_nics_cannot_be_attached_none_is),
		TESTBED_TEST(a_failed_attach_leaves_the_attached_nics_and_their_policy_alone),
		TESTBED_TEST(a_foreign_program_is_named_and_left_running),
		TESTBED_TEST(a_foreign_program_on_one_nic_keeps_the_others_from_being_attached),
		TESTBED_TEST(the_program_cannot_be_replaced_by_accident),
		TESTBED_TEST(a_nic_that_vanished_is_said_to_be_gone_and_detach_cleans_its_pin),
		TESTBED_TEST(the_last_nic_that_vanished_leaves_nothing_once_detached),
		TESTBED_TEST(a_nic_that_came_back_can_be_attached_again),
		TESTBED_TEST(detach_all_leaves_nothing_in_the_kernel),
		TESTBED_TEST(detach_all_clears_damaged_pins),
		TESTBED_TEST(detaching_what_is_not_attached_says_so),
		TESTBED_TEST(pins_are_for_their_owner_only),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
