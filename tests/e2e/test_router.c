/* SPDX-License-Identifier: GPL-2.0-only */
/* Machines behind the guarded host: masqueraded, published by DNAT, and routed as they are. */
#include "command.h"
#include "counter.h"
#include "flood.h"
#include "service.h"
#include "tables.h"
#include "traffic.h"

#include <stdio.h>
#include <stdlib.h>

#define GUEST4 "10.88.0.2"
#define GUEST6 "fd88:0::2"

/* What Docker does for containers: what leaves through `outer` has its address; its port 8080 leads
 * to port 80 of the first guest. */
static void make_nat(struct testbed *bed, const char *outer)
{
	char rules[1024];

	need_programs("nft");
	snprintf(rules, sizeof(rules),
		 "table inet nat {\n"
		 "chain out { type nat hook postrouting priority 100; oifname %s masquerade; }\n"
		 "chain in { type nat hook prerouting priority -100\n"
		 "iifname %s meta l4proto {tcp, udp} th dport 8080 dnat ip to " GUEST4 ":80\n"
		 "iifname %s meta l4proto {tcp, udp} th dport 8080 dnat ip6 to [fd88::2]:80\n"
		 "}\n}\n",
		 outer, outer, outer);
	file_put("/run/rules", rules);
	if (shell(bed, &bed->guarded, "nft -f /run/rules")->status)
		skip_because("needs a kernel with nf_tables and NAT");
}

/* The peer knows the way to the guests, for what is routed without NAT. */
static void route_to_guests(struct testbed *bed)
{
	shell_ok(bed, &bed->peer,
		 "ip route add 10.88.0.0/16 via " GUARDED4 "; ip route add fd88::/16 via fd77::1");
}

/* What a guest opens, or opens to a guest. */
#define OF_GUEST(kind, guest, remote, number, ...)                                      \
	{                                                                               \
		.type = (kind), .from = (guest), .to = &bed->peer, .address = (remote), \
		.port = (number), __VA_ARGS__                                           \
	}
#define TO_GUEST(kind, guest, local, number, ...)                                      \
	{                                                                              \
		.type = (kind), .from = &bed->peer, .to = (guest), .address = (local), \
		.port = (number), __VA_ARGS__                                          \
	}

/* --- Masqueraded --------------------------------------------------------------------------- */

static struct traffic *start_guests(struct testbed *bed, unsigned port)
{
	const struct host *first = &bed->guests[0], *second = &bed->guests[1];

	return traffic_start(bed, OF_GUEST(TCP, first, PEER4, port, .count = 5),
			     OF_GUEST(TCP, first, PEER6, port, .count = 5),
			     OF_GUEST(UDP, first, PEER4, port, .count = 3),
			     OF_GUEST(UDP, first, PEER6, port, .count = 3),
			     OF_GUEST(TCP, second, PEER4, port + 1, .count = 5),
			     OF_GUEST(TCP, second, PEER6, port + 1, .count = 5),
			     OF_GUEST(UDP, second, PEER4, port + 1, .count = 3),
			     OF_GUEST(UDP, second, PEER6, port + 1, .count = 3));
}

static void ping_from(struct testbed *bed, const struct host *host)
{
	if (shell(bed, host, "command -v ping")->status == 0)
		shell_ok(bed, host, "ping -c1 -W8 " PEER4 "; ping -c1 -W8 " PEER6);
}

static void masqueraded_guests_work_under_default_deny(void **state)
{
	struct testbed *bed = testbed(state);

	testbed_add_guest(bed);
	testbed_add_guest(bed);
	make_nat(bed, "eth0");
	portfw_ok(bed, "attach eth0");
	portfw_ok(bed, "--force default deny");
	struct traffic *traffic = start_guests(bed, 5000);
	ping_from(bed, &bed->guests[0]);
	ping_from(bed, &bed->guests[1]);
	ping_from(bed, &bed->guarded);
	assert_int_equal(packets_of(bed, "default-deny"), 0);
	assert_true(packets_of(bed, "reply") > 0);
	traffic_stop(traffic);
}

static void masqueraded_connections_of_guests_go_on_at_attach(void **state)
{
	struct testbed *bed = testbed(state);

	testbed_add_guest(bed);
	testbed_add_guest(bed);
	make_nat(bed, "eth0");
	file_put(bed->policy, "default deny\n");
	struct traffic *traffic = start_guests(bed, 5000);
	portfw_ok(bed, "--force attach eth0");
	assert_goes_on(traffic);
	assert_int_equal(packets_of(bed, "default-deny"), 0);
	struct traffic *later = start_guests(bed, 5010);
	portfw_ok(bed, "detach --all --runtime");
	portfw_ok(bed, "--force restore");
	assert_goes_on(traffic);
	assert_goes_on(later);
	assert_int_equal(packets_of(bed, "default-deny"), 0);
	traffic_stop(traffic);
	traffic_stop(later);
}

/* --- Published ----------------------------------------------------------------------------- */

static struct traffic *start_published(struct testbed *bed)
{
	return traffic_start(
		bed, TO_GUEST(TCP, &bed->guests[0], GUARDED4, 8080, .listen_port = 80, .count = 3),
		TO_GUEST(TCP, &bed->guests[0], GUARDED6, 8080, .listen_port = 80, .count = 3));
}

static void a_published_port_is_closed_and_opened_by_rules(void **state)
{
	struct testbed *bed = testbed(state);

	testbed_add_guest(bed);
	make_nat(bed, "eth0");
	portfw_ok(bed, "attach eth0");
	assert_answers(bed, {TCP, 8080, REFUSED});
	portfw_ok(bed, "--force default deny");
	assert_answers(bed, {TCP, 8080, FILTERED});
	portfw_ok(bed, "allow tcp 8080");
	assert_answers(bed, {TCP, 8080, REFUSED});
	struct traffic *traffic = start_published(bed);
	assert_answers(bed, {TCP, 8080, OPEN});
	portfw_ok(bed, "deny tcp 8080");
	assert_cut(traffic);
	assert_answers(bed, {TCP, 8080, FILTERED});
	portfw_ok(bed, "allow tcp 8080");
	assert_goes_on(traffic);
	portfw_ok(bed, "delete tcp 8080");
	assert_cut(traffic);
	portfw_ok(bed, "default allow");
	assert_goes_on(traffic);
	portfw_ok(bed, "deny tcp 8080");
	assert_cut(traffic);
	/* The port of the guest is not what the packets have. */
	portfw_ok(bed, "delete tcp 8080");
	portfw_ok(bed, "deny tcp 80");
	assert_goes_on(traffic);
	traffic_stop(traffic);
}

static void sessions_to_a_published_port_end_at_attach(void **state)
{
	struct testbed *bed = testbed(state);

	testbed_add_guest(bed);
	make_nat(bed, "eth0");
	file_put(bed->policy, "default deny\n");
	struct traffic *traffic = start_published(bed);
	portfw_ok(bed, "--force attach eth0");
	assert_cut(traffic);
	assert_int_equal(tables_flows(bed), 0);
	traffic_stop(traffic);
}

/* --- Routed as they are -------------------------------------------------------------------- */

/* Packets that arrived at a guest so far. */
static unsigned long received_by(struct testbed *bed, const struct host *guest)
{
	struct run *run = shell_ok(bed, guest, "awk '/eth0:/ { print $3 }' /proc/net/dev");

	return strtoul(run->out, NULL, 10);
}

/* What outsiders send through the router makes no flow; what this host sends does. */
static void check_no_flow(struct testbed *bed)
{
	const struct host *guest = &bed->guests[0];
	size_t before = tables_flows(bed);

	struct traffic *traffic = traffic_start(bed, TO_GUEST(TCP, guest, GUEST4, 80, .count = 5),
						TO_GUEST(TCP, guest, GUEST6, 80, .count = 5),
						TO_GUEST(UDP, guest, GUEST4, 80, .count = 5),
						TO_GUEST(UDP, guest, GUEST6, 80, .count = 5));
	if (shell(bed, &bed->peer, "command -v ping")->status == 0)
		shell_ok(bed, &bed->peer, "ping -c1 -W8 " GUEST4 "; ping -c1 -W8 " GUEST6);
	unsigned long received = received_by(bed, guest);
	for (enum flood kind = 0; kind < FLOOD_KINDS; kind++) {
		flood(bed, kind, GUEST4, 1000);
		flood(bed, kind, GUEST6, 1000);
	}
	wait_until(received_by(bed, guest) >= received + FLOOD_KINDS * 1000);
	assert_goes_on(traffic);
	assert_int_equal(tables_flows(bed), before);
	traffic_stop(traffic);
	assert_int_equal(tables_flows(bed), before);
	struct traffic *own = traffic_start(bed, OUTGOING(TCP, PEER4, 5000, .count = 1),
					    OUTGOING(UDP, PEER6, 5000, .count = 1));
	assert_int_equal(tables_flows(bed), before + 2);
	traffic_stop(own);
}

static void forwarded_packets_of_outsiders_make_no_flow(void **state)
{
	struct testbed *bed = testbed(state);

	testbed_add_guest(bed);
	route_to_guests(bed);
	portfw_ok(bed, "attach eth0 in0");
	check_no_flow(bed);
}

static void forwarded_packets_of_outsiders_make_no_flow_over_a_bridge(void **state)
{
	struct testbed *bed = testbed(state);

	testbed_add_guest(bed);
	route_to_guests(bed);
	shell_ok(bed, &bed->guarded,
		 "ip link add br0 type bridge\n"
		 "ip addr flush dev eth0; ip link set eth0 master br0; ip link set br0 up\n"
		 "ip addr add " GUARDED4 "/24 dev br0; ip addr add fd77::1/64 dev br0 nodad\n");
	portfw_ok(bed, "attach eth0 in0");
	check_no_flow(bed);
}

/* A machine that is routed without NAT opens flows too, through the one NIC that is attached. */
static void routed_guests_work_under_default_deny(void **state)
{
	struct testbed *bed = testbed(state);

	testbed_add_guest(bed);
	testbed_add_guest(bed);
	route_to_guests(bed);
	portfw_ok(bed, "attach eth0");
	portfw_ok(bed, "--force default deny");
	struct traffic *traffic = start_guests(bed, 5000);
	ping_from(bed, &bed->guests[0]);
	assert_int_equal(packets_of(bed, "default-deny"), 0);
	traffic_stop(traffic);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TESTBED_TEST(masqueraded_guests_work_under_default_deny),
		TESTBED_TEST(masqueraded_connections_of_guests_go_on_at_attach),
		TESTBED_TEST(a_published_port_is_closed_and_opened_by_rules),
		TESTBED_TEST(sessions_to_a_published_port_end_at_attach),
		TESTBED_TEST(forwarded_packets_of_outsiders_make_no_flow),
		TESTBED_TEST(forwarded_packets_of_outsiders_make_no_flow_over_a_bridge),
		TESTBED_TEST(routed_guests_work_under_default_deny),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
