/* SPDX-License-Identifier: GPL-2.0-only */
/* The flow table under floods from outside, and when it is full. */
#include "command.h"
#include "counter.h"
#include "flood.h"
#include "state.h"
#include "tables.h"
#include "traffic.h"

#include <stdlib.h>

/* Packets of each flood. PORTFW_TEST_FLOOD sets another number. */
static unsigned flood_size(void)
{
	const char *wanted = getenv("PORTFW_TEST_FLOOD");

	return wanted ? (unsigned)strtoul(wanted, NULL, 10) : 200000;
}

static const char *const kind_names[] = {
	[FLOOD_SYN] = "SYN",
	[FLOOD_SYN_ACK] = "SYN|ACK",
	[FLOOD_ACK] = "ACK",
	[FLOOD_UDP] = "UDP",
};

/* Sends until so many have arrived at the guarded host, where they count for this reason. */
static void flood_whole(struct testbed *bed, enum flood kind, const char *destination,
			unsigned count, const char *reason)
{
	long long wanted = packets_of(bed, reason) + count, missing;

	while ((missing = wanted - packets_of(bed, reason)) > 0)
		flood(bed, kind, destination, (unsigned)missing);
}

/* Of each kind, over each family, while the connections go on. */
static void check_floods(struct testbed *bed, struct traffic *traffic, unsigned count,
			 const char *reason)
{
	static const char *const destinations[] = {GUARDED4, GUARDED6};
	size_t before = tables_flows(bed);

	for (enum flood kind = 0; kind < FLOOD_KINDS; kind++) {
		for (size_t i = 0; i < 2; i++) {
			flood_whole(bed, kind, destinations[i], count / 2, reason);
			assert_goes_on(traffic);
			if (tables_flows(bed) != before)
				fail_msg("%s packets to %s changed the number of flows: %zu, %zu",
					 kind_names[kind], destinations[i], before,
					 tables_flows(bed));
		}
	}
}

static double flows_number(struct testbed *bed, const char *key)
{
	return status_number(bed, (const char *const[]){"flows", key, NULL});
}

static struct traffic *start_fifty(struct testbed *bed)
{
	return traffic_start(bed, OUTGOING(TCP, PEER4, 5000, .count = 25),
			     OUTGOING(TCP, PEER6, 5000, .count = 25));
}

static void floods_leave_every_flow_as_it_is(void **state)
{
	struct testbed *bed = testbed(state);

	portfw_ok(bed, "attach eth0");
	portfw_ok(bed, "default deny");
	struct traffic *traffic = start_fifty(bed);
	assert_int_equal(tables_flows(bed), 50);
	check_floods(bed, traffic, flood_size(), "default-deny");
	traffic_stop(traffic);
}

static void floods_leave_a_full_table_as_it_is(void **state)
{
	struct testbed *bed = testbed(state);

	portfw_ok(bed, "attach eth0 --max-flows 64");
	portfw_ok(bed, "default deny");
	struct traffic *short_lived =
		traffic_start(bed, OUTGOING(TCP, PEER4, 5001, .count = 4, .fresh = true));
	wait_until(flows_number(bed, "replaced") > 0);
	traffic_stop(short_lived);
	struct traffic *traffic = traffic_start(bed, OUTGOING(TCP, PEER4, 5000, .count = 4),
						OUTGOING(TCP, PEER6, 5000, .count = 4));
	check_floods(bed, traffic, flood_size() / 10, "default-deny");
	traffic_stop(traffic);
}

/* The host answers then, by SYN|ACK, RST and ICMP errors: none of that is a flow. */
static void answers_to_floods_are_no_flows(void **state)
{
	struct testbed *bed = testbed(state);

	listen_on(bed, TCP, 80);
	shell_ok(bed, &bed->guarded,
		 "ip route add default via " PEER4 "; ip route add default via " PEER6);
	portfw_ok(bed, "attach eth0");
	struct traffic *traffic = start_fifty(bed);
	check_floods(bed, traffic, flood_size() / 10, "default-allow");
	portfw_ok(bed, "default deny");
	portfw_ok(bed, "allow tcp 1-65535");
	portfw_ok(bed, "allow udp 1-65535");
	check_floods(bed, traffic, flood_size() / 10, "allow");
	traffic_stop(traffic);
}

/* --- A full table -------------------------------------------------------------------------- */

static void a_full_table_has_room_for_connections_one_after_another(void **state)
{
	struct testbed *bed = testbed(state);

	portfw_ok(bed, "attach eth0 --max-flows 64");
	portfw_ok(bed, "default deny");
	assert_int_equal((int)flows_number(bed, "max"), 64);
	struct traffic *traffic =
		traffic_start(bed, OUTGOING(TCP, PEER4, 5000, .count = 4, .fresh = true),
			      OUTGOING(TCP, PEER6, 5000, .count = 4, .fresh = true));
	wait_until(flows_number(bed, "learnt") >= 250);
	wait_until(flows_number(bed, "learnt") >= 500);
	assert_goes_on(traffic);
	assert_true(flows_number(bed, "replaced") > 0);
	assert_int_equal((int)flows_number(bed, "failed"), 0);
	assert_true(tables_flows(bed) <= 64);
	traffic_stop(traffic);
}

/* More connections than the table holds, all of them at work: those that came last work. */
static void live_flows_without_room_never_break_the_newest(void **state)
{
	struct testbed *bed = testbed(state);
	struct traffic *old[2];

	portfw_ok(bed, "attach eth0 --max-flows 1024");
	for (unsigned i = 0; i < 2; i++)
		old[i] = traffic_start(bed, OUTGOING(TCP, PEER4, 5000 + i, .count = 350),
				       OUTGOING(TCP, PEER6, 5000 + i, .count = 350));
	portfw_ok(bed, "default deny");
	for (unsigned i = 0; i < 5; i++) {
		struct traffic *newest = traffic_start(bed, OUTGOING(TCP, PEER4, 5010, .count = 4),
						       OUTGOING(TCP, PEER6, 5010, .count = 4));
		assert_goes_on(newest);
		traffic_stop(newest);
	}
	assert_true(flows_number(bed, "replaced") > 0);
	assert_true(tables_flows(bed) <= 1024);
	for (unsigned i = 0; i < 2; i++)
		traffic_stop(old[i]);
}

static void a_table_that_is_nearly_full_is_warned_of(void **state)
{
	struct testbed *bed = testbed(state);

	portfw_ok(bed, "attach eth0 --max-flows 64");
	struct traffic *few = traffic_start(bed, OUTGOING(TCP, PEER4, 5000, .count = 10));
	assert_says_not(portfw_ok(bed, "status"), "warning");
	assert_true(flows_number(bed, "fill_percent") < 20);
	struct traffic *many =
		traffic_start(bed, OUTGOING(TCP, PEER6, 5001, .count = 2, .fresh = true));
	wait_until(flows_number(bed, "fill_percent") > 80);
	assert_says(portfw_ok(bed, "status"), "warning: the flow table is nearly full");
	traffic_stop(few);
	traffic_stop(many);
}

static void a_wrong_size_is_refused(void **state)
{
	static const char *const wrong[] = {"0",  "15",	 "99999999", "abc", "\"\"",
					    "-1", "64x", "16777217", "1e3", "4294967312"};
	struct testbed *bed = testbed(state);

	char *before = testbed_record(bed);
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
		assert_complains(portfw_fails(bed, 2, "attach eth0 --max-flows %s", wrong[i]),
				 "--max-flows");
	assert_unchanged(bed, before);
	portfw_ok(bed, "attach eth0 --max-flows 16");
	assert_int_equal((int)flows_number(bed, "max"), 16);
}

static void the_size_stays_until_all_is_detached(void **state)
{
	struct testbed *bed = testbed(state);

	testbed_add_veth(bed, 1, "eth1");
	portfw_ok(bed, "attach eth0 --max-flows 100");
	char *before = testbed_record(bed);
	struct run *run = portfw_fails(bed, 1, "attach eth1 --max-flows 200");
	assert_complains(run, "100");
	assert_complains(run, "detach");
	assert_unchanged(bed, before);
	portfw_ok(bed, "attach eth1 --max-flows 100");
	portfw_ok(bed, "detach --all");
	portfw_ok(bed, "attach eth1 --max-flows 200");
	assert_int_equal((int)flows_number(bed, "max"), 200);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TESTBED_TEST(floods_leave_every_flow_as_it_is),
		TESTBED_TEST(floods_leave_a_full_table_as_it_is),
		TESTBED_TEST(answers_to_floods_are_no_flows),
		TESTBED_TEST(a_full_table_has_room_for_connections_one_after_another),
		TESTBED_TEST(live_flows_without_room_never_break_the_newest),
		TESTBED_TEST(a_table_that_is_nearly_full_is_warned_of),
		TESTBED_TEST(a_wrong_size_is_refused),
		TESTBED_TEST(the_size_stays_until_all_is_detached),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
