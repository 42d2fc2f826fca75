/* SPDX-License-Identifier: GPL-2.0-only */
/* Connections that exist when `default deny` comes: what this host opened goes on. */
#include "command.h"
#include "counter.h"
#include "service.h"
#include "tables.h"
#include "traffic.h"

#define MANY 100 /* connections of each family */

/* From now on the guarded host tracks connections. */
static void track_connections(struct testbed *bed)
{
	need_programs("nft");
	file_put("/run/rules",
		 "table inet t {\n"
		 "chain i { type filter hook input priority 0; ct state new accept; }\n"
		 "chain o { type filter hook output priority 0; ct state new accept; }\n"
		 "}\n");
	if (shell(bed, &bed->guarded, "nft -f /run/rules")->status)
		skip_because("needs a kernel with nf_tables and conntrack");
}

/* Many connections, those that are opened meanwhile, and datagrams. */
static struct traffic *start_many(struct testbed *bed)
{
	return traffic_start(bed, OUTGOING(TCP, PEER4, 5000, .count = MANY),
			     OUTGOING(TCP, PEER6, 5000, .count = MANY),
			     OUTGOING(TCP, PEER4, 5001, .count = 4, .fresh = true),
			     OUTGOING(TCP, PEER6, 5001, .count = 4, .fresh = true),
			     OUTGOING(UDP, PEER4, 5002, .count = 10),
			     OUTGOING(UDP, PEER6, 5002, .count = 10));
}

/* All go on, and none lost a packet. */
static void check_whole(struct testbed *bed, struct traffic *traffic)
{
	assert_goes_on(traffic);
	assert_int_equal(packets_of(bed, "default-deny"), 0);
	assert_true(packets_of(bed, "reply") > 0);
}

static void check_attach(struct testbed *bed)
{
	file_put(bed->policy, "default deny\nallow tcp 22\n");
	struct traffic *traffic = start_many(bed);
	portfw_ok(bed, "attach eth0");
	check_whole(bed, traffic);
	portfw_ok(bed, "detach eth0");
	portfw_ok(bed, "attach eth0");
	check_whole(bed, traffic);
	/* The table is made anew, and the connections are older than the egress program. */
	portfw_ok(bed, "detach --all --runtime");
	portfw_ok(bed, "restore");
	check_whole(bed, traffic);
	traffic_stop(traffic);
}

static void attach_breaks_no_outgoing_connection(void **state)
{
	check_attach(testbed(state));
}

static void attach_breaks_no_outgoing_connection_that_is_tracked(void **state)
{
	struct testbed *bed = testbed(state);

	track_connections(bed);
	check_attach(bed);
}

static void attach_breaks_no_outgoing_connection_in_generic_mode(void **state)
{
	struct testbed *bed = testbed(state);

	file_put(bed->policy, "default deny\n");
	struct traffic *traffic = start_many(bed);
	portfw_ok(bed, "attach eth0 --mode generic");
	check_whole(bed, traffic);
	traffic_stop(traffic);
}

static void default_deny_breaks_no_outgoing_connection(void **state)
{
	struct testbed *bed = testbed(state);

	struct traffic *traffic = start_many(bed);
	portfw_ok(bed, "attach eth0");
	struct traffic *later = traffic_start(bed, OUTGOING(TCP, PEER4, 5003, .count = 10),
					      OUTGOING(UDP, PEER6, 5003, .count = 10));
	portfw_ok(bed, "default deny");
	check_whole(bed, traffic);
	check_whole(bed, later);
	traffic_stop(traffic);
	traffic_stop(later);
}

static void a_trial_of_default_deny_breaks_no_outgoing_connection(void **state)
{
	struct testbed *bed = testbed(state);

	struct traffic *traffic = start_many(bed);
	portfw_ok(bed, "attach eth0");
	portfw_ok(bed, "--confirm 1h default deny");
	check_whole(bed, traffic);
	portfw_ok(bed, "confirm");
	check_whole(bed, traffic);
	traffic_stop(traffic);
}

/* What needed no flow before needs one now. */
static void a_change_that_narrows_seeds_again(void **state)
{
	static const char *const changes[][2] = {
		{"allow tcp 1024-65535", "delete tcp 1024-65535"},
		{"default allow", "default deny"},
		{"default allow", "apply /run/narrow"},
		{"default allow", "undo"},
	};
	struct testbed *bed = testbed(state);

	file_put("/run/narrow", "default deny\nallow tcp 22\n");
	portfw_ok(bed, "attach eth0");
	portfw_ok(bed, "default deny");
	struct traffic *traffic = traffic_start(bed, OUTGOING(TCP, PEER4, 5000, .count = 5),
						OUTGOING(TCP, PEER6, 5000, .count = 5));
	for (size_t i = 0; i < sizeof(changes) / sizeof(changes[0]); i++) {
		portfw_ok(bed, "reset");
		portfw_ok(bed, "default deny");
		portfw_ok(bed, "%s", changes[i][0]);
		tables_forget_flows(bed);
		assert_goes_on(traffic);
		assert_int_equal(tables_flows(bed), 0);
		portfw_ok(bed, "%s", changes[i][1]);
		assert_goes_on(traffic);
		assert_int_equal(tables_flows(bed), 10);
	}
	assert_int_equal(packets_of(bed, "default-deny"), 0);
	traffic_stop(traffic);
}

/* --- What does not go on ------------------------------------------------------------------- */

static void sessions_to_ports_that_are_not_allowed_end_at_attach(void **state)
{
	struct testbed *bed = testbed(state);

	file_put(bed->policy, "default deny\nallow tcp 22\n");
	struct traffic *own = traffic_start(bed, OUTGOING(TCP, PEER4, 5000, .count = 3),
					    OUTGOING(TCP, PEER6, 5000, .count = 3));
	struct traffic *kept = traffic_start(bed, INCOMING(TCP, GUARDED4, 22, .count = 3),
					     INCOMING(TCP, GUARDED6, 22, .count = 3));
	struct traffic *cut = traffic_start(bed, INCOMING(TCP, GUARDED4, 8080, .count = 3),
					    INCOMING(TCP, GUARDED6, 8080, .count = 3));
	portfw_ok(bed, "--force attach eth0");
	assert_cut(cut);
	assert_goes_on(kept);
	assert_goes_on(own);
	/* TCP sends again what was lost: nothing else was broken. */
	portfw_ok(bed, "allow tcp 8080");
	assert_goes_on(cut);
	traffic_stop(cut);
	traffic_stop(kept);
	traffic_stop(own);
}

static void tracked_sessions_end_at_attach_like_others(void **state)
{
	struct testbed *bed = testbed(state);

	track_connections(bed);
	file_put(bed->policy, "default deny\n");
	struct traffic *own = traffic_start(bed, OUTGOING(TCP, PEER4, 5000, .count = 3),
					    OUTGOING(TCP, PEER6, 5000, .count = 3));
	struct traffic *cut = traffic_start(bed, INCOMING(TCP, GUARDED4, 8080, .count = 3),
					    INCOMING(TCP, GUARDED6, 8080, .count = 3));
	portfw_ok(bed, "--force attach eth0");
	assert_cut(cut);
	assert_goes_on(own);
	traffic_stop(cut);
	traffic_stop(own);
}

/* Who opened a connection whose port somebody listens on, conntrack knows. */
static void conntrack_tells_a_connection_from_a_session_on_the_same_port(void **state)
{
	struct testbed *bed = testbed(state);

	track_connections(bed);
	file_put(bed->policy, "default deny\n");
	struct traffic *own =
		traffic_start(bed, OUTGOING(TCP, PEER4, 5000, .source_port = 9000, .count = 1),
			      OUTGOING(TCP, PEER6, 5000, .source_port = 9000, .count = 1));
	listen_on(bed, TCP, 9000);
	portfw_ok(bed, "attach eth0");
	check_whole(bed, own);
	traffic_stop(own);
}

static void a_seeded_connection_does_not_override_a_rule(void **state)
{
	struct testbed *bed = testbed(state);

	file_put(bed->policy, "default deny\ndeny tcp 9000-9009\ndeny udp 9000-9009\n");
	struct traffic *own =
		traffic_start(bed, OUTGOING(TCP, PEER4, 5000, .source_port = 9000, .count = 1),
			      OUTGOING(TCP, PEER6, 5000, .source_port = 9000, .count = 1));
	portfw_ok(bed, "--force attach eth0");
	assert_unanswered(own);
	/* One that is opened under the eyes of the egress program does. */
	struct traffic *later =
		traffic_start(bed, OUTGOING(TCP, PEER4, 5001, .source_port = 9005, .count = 1),
			      OUTGOING(TCP, PEER6, 5001, .source_port = 9005, .count = 1));
	assert_unanswered(own);
	assert_goes_on(later);
	traffic_stop(own);
	traffic_stop(later);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TESTBED_TEST(attach_breaks_no_outgoing_connection),
		TESTBED_TEST(attach_breaks_no_outgoing_connection_that_is_tracked),
		TESTBED_TEST(attach_breaks_no_outgoing_connection_in_generic_mode),
		TESTBED_TEST(default_deny_breaks_no_outgoing_connection),
		TESTBED_TEST(a_trial_of_default_deny_breaks_no_outgoing_connection),
		TESTBED_TEST(a_change_that_narrows_seeds_again),
		TESTBED_TEST(sessions_to_ports_that_are_not_allowed_end_at_attach),
		TESTBED_TEST(tracked_sessions_end_at_attach_like_others),
		TESTBED_TEST(conntrack_tells_a_connection_from_a_session_on_the_same_port),
		TESTBED_TEST(a_seeded_connection_does_not_override_a_rule),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
