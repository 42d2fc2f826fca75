/* SPDX-License-Identifier: GPL-2.0-only */
/* What rules open and close, by real connections. */
#include "command.h"
#include "probe.h"

static void listen_everywhere(struct testbed *bed)
{
	listen_on(bed, TCP, 22);
	listen_on(bed, TCP, 80);
	listen_on(bed, UDP, 22);
	listen_on(bed, UDP, 53);
}

/* The main job, on the link in use. */
static void check_verdicts(struct testbed *bed, const char *nic, const char *mode)
{
	listen_everywhere(bed);
	portfw_ok(bed, "attach %s --mode %s", nic, mode);
	assert_answers(bed, {TCP, 22, OPEN}, {TCP, 80, OPEN}, {UDP, 53, OPEN}, {TCP, 81, REFUSED});
	portfw_ok(bed, "default deny");
	assert_answers(bed, {TCP, 22, FILTERED}, {TCP, 80, FILTERED}, {UDP, 53, FILTERED});
	portfw_ok(bed, "allow tcp 22");
	portfw_ok(bed, "allow udp 53");
	assert_answers(bed, {TCP, 22, OPEN}, {UDP, 53, OPEN}, {TCP, 80, FILTERED},
		       {UDP, 22, FILTERED}, {TCP, 21, FILTERED}, {TCP, 23, FILTERED},
		       {TCP, 53, FILTERED}, {UDP, 52, FILTERED}, {TCP, 65535, FILTERED},
		       {UDP, 65535, FILTERED});
	portfw_ok(bed, "delete tcp 22");
	portfw_ok(bed, "delete udp 53");
	assert_answers(bed, {TCP, 22, FILTERED}, {UDP, 53, FILTERED}, {TCP, 80, FILTERED});
	portfw_ok(bed, "detach %s", nic);
	assert_answers(bed, {TCP, 22, OPEN}, {UDP, 53, OPEN}, {TCP, 81, REFUSED});
}

static void default_deny_lets_only_allowed_ports_in_over_veth_in_native_mode(void **state)
{
	check_verdicts(testbed(state), "eth0", "native");
}

static void default_deny_lets_only_allowed_ports_in_over_veth_in_generic_mode(void **state)
{
	check_verdicts(testbed(state), "eth0", "generic");
}

static void default_deny_lets_only_allowed_ports_in_over_tun_in_generic_mode(void **state)
{
	struct testbed *bed = testbed(state);

	testbed_add_tun(bed, 1, "tun0");
	bed->link = 1;
	check_verdicts(bed, "tun0", "generic");
}

static void default_deny_lets_only_allowed_ports_in_over_tun_in_auto_mode(void **state)
{
	struct testbed *bed = testbed(state);

	testbed_add_tun(bed, 1, "tun0");
	bed->link = 1;
	check_verdicts(bed, "tun0", "auto");
}

/* Every port from 7998 to 8102 has a listener; those from 8000 to 8100 must be silent. */
static void check_range(struct testbed *bed, const char *nic, const char *mode)
{
	enum { FIRST = 7998, COUNT = 105 };
	struct probe before[COUNT], after[COUNT];
	unsigned closed = 0;

	for (unsigned i = 0; i < COUNT; i++) {
		unsigned port = FIRST + i;
		bool denied = port >= 8000 && port <= 8100;
		listen_on(bed, TCP, port);
		before[i] = (struct probe){TCP, port, OPEN};
		after[i] = (struct probe){TCP, port, denied ? FILTERED : OPEN};
		closed += denied;
	}
	assert_int_equal(closed, 101);
	portfw_ok(bed, "attach %s --mode %s", nic, mode);
	probes_check(bed, before, COUNT, __FILE__, __LINE__);
	portfw_ok(bed, "deny tcp 8000-8100");
	probes_check(bed, after, COUNT, __FILE__, __LINE__);
	portfw_ok(bed, "delete tcp 8000-8100");
	probes_check(bed, before, COUNT, __FILE__, __LINE__);
}

static void denying_a_range_closes_exactly_its_ports_over_veth_in_native_mode(void **state)
{
	check_range(testbed(state), "eth0", "native");
}

static void denying_a_range_closes_exactly_its_ports_over_veth_in_generic_mode(void **state)
{
	check_range(testbed(state), "eth0", "generic");
}

static void denying_a_range_closes_exactly_its_ports_over_tun(void **state)
{
	struct testbed *bed = testbed(state);

	testbed_add_tun(bed, 1, "tun0");
	bed->link = 1;
	check_range(bed, "tun0", "generic");
}

static void both_spellings_of_a_target_mean_the_same(void **state)
{
	struct testbed *bed = testbed(state);

	listen_everywhere(bed);
	portfw_ok(bed, "attach eth0");
	portfw_ok(bed, "default deny");
	portfw_ok(bed, "allow 22/tcp");
	assert_says(portfw_ok(bed, "allow tcp 22"), "already allowed tcp 22");
	portfw_ok(bed, "allow tcp,udp 53");
	assert_answers(bed, {TCP, 22, OPEN}, {UDP, 53, OPEN}, {TCP, 80, FILTERED});
	assert_prints(portfw_ok(bed, "list"),
		      "attach eth0\ndefault deny\nallow tcp 22,53\nallow udp 53\n");
}

static void the_last_command_for_a_port_wins(void **state)
{
	struct testbed *bed = testbed(state);

	listen_everywhere(bed);
	portfw_ok(bed, "attach eth0");
	portfw_ok(bed, "deny tcp 1-1000");
	portfw_ok(bed, "allow tcp 22");
	assert_answers(bed, {TCP, 22, OPEN}, {TCP, 80, FILTERED}, {UDP, 22, OPEN});
	portfw_ok(bed, "deny tcp 20-30");
	assert_answers(bed, {TCP, 22, FILTERED}, {TCP, 80, FILTERED});
	portfw_ok(bed, "delete tcp all");
	assert_answers(bed, {TCP, 22, OPEN}, {TCP, 80, OPEN});
}

static void denying_a_port_cuts_a_session_that_is_open(void **state)
{
	struct testbed *bed = testbed(state);

	listen_everywhere(bed);
	portfw_ok(bed, "attach eth0");
	struct session session = session_open(bed, AF_INET, 22);
	assert_true(session_carries(&session, true));
	portfw_ok(bed, "deny tcp 22");
	assert_false(session_carries(&session, false));
	portfw_ok(bed, "delete tcp 22");
	assert_true(session_carries(&session, true));
	session_close(&session);
}

static void a_rule_on_a_nic_holds_there_alone(void **state)
{
	struct testbed *bed = testbed(state);

	testbed_add_veth(bed, 1, "eth1");
	listen_everywhere(bed);
	portfw_ok(bed, "attach eth0 eth1");
	portfw_ok(bed, "default deny");
	portfw_ok(bed, "allow tcp 22 on eth1");
	assert_answers(bed, {TCP, 22, FILTERED}, {TCP, 80, FILTERED});
	bed->link = 1;
	assert_answers(bed, {TCP, 22, OPEN}, {TCP, 80, FILTERED});
}

static void a_rule_on_a_nic_beats_one_for_all_nics(void **state)
{
	struct testbed *bed = testbed(state);

	testbed_add_veth(bed, 1, "eth1");
	listen_everywhere(bed);
	portfw_ok(bed, "attach eth0 eth1");
	portfw_ok(bed, "allow tcp 80 on eth0");
	portfw_ok(bed, "deny tcp 80");
	portfw_ok(bed, "deny udp 53 on eth0");
	assert_answers(bed, {TCP, 80, OPEN}, {UDP, 53, FILTERED}, {TCP, 22, OPEN});
	bed->link = 1;
	assert_answers(bed, {TCP, 80, FILTERED}, {UDP, 53, OPEN}, {TCP, 22, OPEN});
}

static void a_rule_for_a_nic_that_is_not_attached_holds_once_it_is(void **state)
{
	struct testbed *bed = testbed(state);

	testbed_add_veth(bed, 1, "eth1");
	listen_everywhere(bed);
	bed->link = 1;
	portfw_ok(bed, "attach eth0");
	assert_says(portfw_ok(bed, "deny tcp 80 on eth1"), "eth1 is not attached");
	assert_answers(bed, {TCP, 80, OPEN});
	portfw_ok(bed, "attach eth1");
	assert_answers(bed, {TCP, 80, FILTERED}, {TCP, 22, OPEN});
	portfw_ok(bed, "detach eth1");
	assert_answers(bed, {TCP, 80, OPEN});
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TESTBED_TEST(default_deny_lets_only_allowed_ports_in_over_veth_in_native_mode),
		TESTBED_TEST(default_deny_lets_only_allowed_ports_in_over_veth_in_generic_mode),
		TESTBED_TEST(default_deny_lets_only_allowed_ports_in_over_tun_in_generic_mode),
		TESTBED_TEST(default_deny_lets_only_allowed_ports_in_over_tun_in_auto_mode),
		TESTBED_TEST(denying_a_range_closes_exactly_its_ports_over_veth_in_native_mode),
		TESTBED_TEST(denying_a_range_closes_exactly_its_ports_over_veth_in_generic_mode),
		TESTBED_TEST(denying_a_range_closes_exactly_its_ports_over_tun),
		TESTBED_TEST(both_spellings_of_a_target_mean_the_same),
		TESTBED_TEST(the_last_command_for_a_port_wins),
		TESTBED_TEST(denying_a_port_cuts_a_session_that_is_open),
		TESTBED_TEST(a_rule_on_a_nic_holds_there_alone),
		TESTBED_TEST(a_rule_on_a_nic_beats_one_for_all_nics),
		TESTBED_TEST(a_rule_for_a_nic_that_is_not_attached_holds_once_it_is),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
