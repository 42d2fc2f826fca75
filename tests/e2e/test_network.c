/* SPDX-License-Identifier: GPL-2.0-only */
/* What must go on working, and packets of unusual sizes. */
#include "command.h"
#include "counter.h"
#include "probe.h"

static void without_portfw_the_hosts_reach_each_other(void **state)
{
	struct testbed *bed = testbed(state);

	listen_on(bed, TCP, 22);
	listen_on(bed, UDP, 53);
	testbed_add_veth(bed, 1, "eth1");
	testbed_add_tun(bed, 2, "tun0");
	for (bed->link = 0; bed->link <= 2; bed->link++) {
		assert_answers(bed, {TCP, 22, OPEN}, {TCP, 23, REFUSED}, {UDP, 53, OPEN},
			       {UDP, 54, REFUSED});
		assert_reaches_peer(bed, AF_INET, 7000);
		assert_reaches_peer(bed, AF_INET6, 7000);
	}
}

/* Empties both neighbour caches. False: something still on its way between the hosts, such as the
 * end of a connection, has filled one again. */
static bool neighbours_forgotten(struct testbed *bed)
{
	const struct host *hosts[] = {&bed->guarded, &bed->peer};
	bool forgotten = true;

	for (size_t i = 0; i < 2; i++)
		shell_ok(bed, hosts[i], "ip -4 neigh flush all; ip -6 neigh flush all");
	for (size_t i = 0; i < 2; i++)
		forgotten &= shell(bed, hosts[i], "ip neigh show | grep lladdr")->status != 0;
	return forgotten;
}

static void check_neighbours(struct testbed *bed, const char *mode)
{
	listen_on(bed, TCP, 22);
	portfw_ok(bed, "attach eth0 --mode %s", mode);
	portfw_ok(bed, "default deny");
	portfw_ok(bed, "allow tcp 22");
	wait_until(neighbours_forgotten(bed));
	assert_answers(bed, {TCP, 22, OPEN});
	wait_until(neighbours_forgotten(bed));
	assert_reaches_peer(bed, AF_INET, 7000);
	wait_until(neighbours_forgotten(bed));
	assert_reaches_peer(bed, AF_INET6, 7000);
	assert_true(packets_of(bed, "non-ip") > 0);
	assert_true(packets_of(bed, "icmp") > 0);
}

static void neighbours_are_found_under_default_deny_in_native_mode(void **state)
{
	check_neighbours(testbed(state), "native");
}

static void neighbours_are_found_under_default_deny_in_generic_mode(void **state)
{
	check_neighbours(testbed(state), "generic");
}

static void ping_works_under_default_deny_in_both_directions(void **state)
{
	struct testbed *bed = testbed(state);

	if (shell(bed, &bed->peer, "command -v ping")->status)
		skip_because("needs ping");
	portfw_ok(bed, "attach eth0");
	portfw_ok(bed, "default deny");
	shell_ok(bed, &bed->peer, "ping -c1 -W8 10.77.0.1; ping -c1 -W8 fd77:0::1");
	shell_ok(bed, &bed->guarded, "ping -c1 -W8 10.77.0.2; ping -c1 -W8 fd77:0::2");
	portfw_ok(bed, "deny icmp");
	shell_ok(bed, &bed->peer, "! ping -c1 -W1 10.77.0.1; ping -c1 -W8 fd77:0::1");
}

static void check_datagrams(struct testbed *bed, const char *mode)
{
	listen_on(bed, UDP, 4000);
	listen_on(bed, UDP, 4001);
	portfw_ok(bed, "attach eth0 --mode %s", mode);
	portfw_ok(bed, "default deny");
	portfw_ok(bed, "allow udp 4000");
	bed->datagram = 8000;
	assert_answers(bed, {UDP, 4000, OPEN}, {UDP, 4001, FILTERED});
	portfw_ok(bed, "default allow");
	portfw_ok(bed, "deny udp 4000");
	portfw_ok(bed, "allow udp 4001");
	assert_answers(bed, {UDP, 4000, FILTERED}, {UDP, 4001, OPEN});
	assert_int_equal(packets_of(bed, "malformed"), 0);
}

static void use_large_frames(struct testbed *bed)
{
	shell_ok(bed, &bed->guarded, "ip link set eth0 mtu 9000");
	shell_ok(bed, &bed->peer, "ip link set eth0 mtu 9000");
}

static void a_large_datagram_in_one_frame_is_judged_by_its_port_in_native_mode(void **state)
{
	struct testbed *bed = testbed(state);

	use_large_frames(bed);
	check_datagrams(bed, "native");
	assert_int_equal(packets_of(bed, "fragment"), 0);
}

static void a_large_datagram_in_one_frame_is_judged_by_its_port_in_generic_mode(void **state)
{
	struct testbed *bed = testbed(state);

	use_large_frames(bed);
	check_datagrams(bed, "generic");
	assert_int_equal(packets_of(bed, "fragment"), 0);
}

static void a_large_datagram_in_fragments_is_judged_by_its_port(void **state)
{
	struct testbed *bed = testbed(state);

	check_datagrams(bed, "native");
	assert_true(packets_of(bed, "fragment") > 0);
}

static void the_mtu_can_grow_while_portfw_is_attached(void **state)
{
	struct testbed *bed = testbed(state);

	portfw_ok(bed, "attach eth0 --mode native");
	use_large_frames(bed);
	listen_on(bed, UDP, 4000);
	bed->datagram = 8000;
	assert_answers(bed, {UDP, 4000, OPEN});
}

static void a_session_moves_much_data_through_the_program(void **state)
{
	struct testbed *bed = testbed(state);

	portfw_ok(bed, "attach eth0 --mode native");
	portfw_ok(bed, "default deny");
	portfw_ok(bed, "allow tcp 22");
	listen_on(bed, TCP, 22);
	for (size_t i = 0; i < 2; i++) {
		struct session session = session_open(bed, i ? AF_INET6 : AF_INET, 22);
		assert_int_equal(session_transfer(&session, 20 << 20), 20 << 20);
		session_close(&session);
	}
	assert_int_equal(packets_of(bed, "malformed"), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TESTBED_TEST(without_portfw_the_hosts_reach_each_other),
		TESTBED_TEST(neighbours_are_found_under_default_deny_in_native_mode),
		TESTBED_TEST(neighbours_are_found_under_default_deny_in_generic_mode),
		TESTBED_TEST(ping_works_under_default_deny_in_both_directions),
		TESTBED_TEST(a_large_datagram_in_one_frame_is_judged_by_its_port_in_native_mode),
		TESTBED_TEST(a_large_datagram_in_one_frame_is_judged_by_its_port_in_generic_mode),
		TESTBED_TEST(a_large_datagram_in_fragments_is_judged_by_its_port),
		TESTBED_TEST(the_mtu_can_grow_while_portfw_is_attached),
		TESTBED_TEST(a_session_moves_much_data_through_the_program),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
