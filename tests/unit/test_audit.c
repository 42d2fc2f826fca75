/* SPDX-License-Identifier: GPL-2.0-only */
/* What an audit makes of a listener, a rule, a policy. */
#include <netinet/in.h>

#include "policy/audit.h"
#include "policy/hazards.h"
#include "unit.h"

/* A socket on all addresses, with one guarded NIC in front of it. */
static struct listener listener_on(__u8 proto, __u16 port)
{
	return (struct listener){
		.proto = proto,
		.low = port,
		.high = port,
		.takes = {true, true},
		.carriers = 1,
		.counted = true,
	};
}

static struct audit_setting setting_of(const struct policy *policy)
{
	return (struct audit_setting){
		.policy = policy, .nics = {"eth0"}, .nic_count = 1, .now = TEST_NOW, .idle = true};
}

static enum audit_verdict judge(const char *text, struct listener listener)
{
	_cleanup_policy_ struct policy policy = policy_of(text);
	struct audit_setting setting = setting_of(&policy);

	assert_int_equal(audit_judge(&setting, &listener), 0);
	listener_free(&listener);
	return listener.verdict;
}

#define assert_verdict(expected, text, listener) \
	assert_string_equal(audit_verdict_name(expected), audit_verdict_name(judge(text, listener)))

/* --- Verdicts ------------------------------------------------------------------------------ */

static void what_a_rule_lets_in_is_open_or_without_packets_idle(void **state)
{
	struct listener listener = listener_on(IPPROTO_TCP, 22);

	(void)state;
	assert_verdict(AUDIT_IDLE, "default deny\nallow tcp 22\n", listener);
	listener.passed = 1;
	assert_verdict(AUDIT_OPEN, "default deny\nallow tcp 22\n", listener);
	assert_verdict(AUDIT_OPEN, "default deny\nallow tcp 22 from 10.0.0.0/8\n", listener);
	assert_verdict(AUDIT_OPEN, "allow tcp 22\n", listener);
	listener.passed = 0;
	listener.counted = false;
	assert_verdict(AUDIT_OPEN, "default deny\nallow tcp 22\n", listener);
}

static void nothing_is_idle_while_counters_are_too_young(void **state)
{
	_cleanup_policy_ struct policy policy = policy_of("allow tcp 22\n");
	struct audit_setting setting = setting_of(&policy);
	struct listener listener = listener_on(IPPROTO_TCP, 22);

	(void)state;
	setting.idle = false;
	assert_int_equal(audit_judge(&setting, &listener), 0);
	assert_int_equal(listener.verdict, AUDIT_OPEN);
	listener_free(&listener);
}

static void whom_only_the_default_lets_in_makes_a_port_exposed(void **state)
{
	const struct listener listener = listener_on(IPPROTO_TCP, 22);

	(void)state;
	assert_verdict(AUDIT_EXPOSED, "default allow\n", listener);
	assert_verdict(AUDIT_EXPOSED, "deny tcp 22 from 10.0.0.0/8\n", listener);
	/* A rule for some does not keep the others out. */
	assert_verdict(AUDIT_EXPOSED, "allow tcp 22 from 10.0.0.0/8\n", listener);
	assert_verdict(AUDIT_EXPOSED, "deny tcp 22 from 0.0.0.0/0\n", listener);
	assert_verdict(AUDIT_EXPOSED, "deny tcp 22 on eth1\n", listener);
}

static void where_the_policy_lets_nobody_in_a_port_is_closed(void **state)
{
	const struct listener listener = listener_on(IPPROTO_TCP, 22);
	struct listener six = listener;

	(void)state;
	six.takes[0] = false;
	assert_verdict(AUDIT_CLOSED, "default deny\n", listener);
	assert_verdict(AUDIT_CLOSED, "deny tcp 22\n", listener);
	assert_verdict(AUDIT_CLOSED, "deny tcp 22 from 0.0.0.0/0,::/0\n", listener);
	assert_verdict(AUDIT_CLOSED, "deny tcp 22 from 0.0.0.0/1,128.0.0.0/1,::/0\n", listener);
	assert_verdict(AUDIT_CLOSED, "deny tcp 22 on eth0\n", listener);
	assert_verdict(AUDIT_CLOSED, "default deny\nallow tcp 22 on eth1\n", listener);
	assert_verdict(AUDIT_CLOSED, "default deny\nallow tcp 22 from 10.0.0.0/8\n", six);
	assert_verdict(AUDIT_CLOSED, "default deny\nallow tcp 22 until 2020-01-01T00:00:00Z\n",
		       listener);
}

static void what_is_bound_to_loopback_is_local_whatever_the_policy(void **state)
{
	struct listener listener = listener_on(IPPROTO_TCP, 22);

	(void)state;
	listener.local = true;
	assert_verdict(AUDIT_LOCAL, "default allow\n", listener);
	assert_verdict(AUDIT_LOCAL, "allow tcp 22\n", listener);
	listener.carriers = 0;
	assert_verdict(AUDIT_LOCAL, "default deny\n", listener);
}

static void behind_no_guarded_nic_everything_is_exposed(void **state)
{
	struct listener listener = listener_on(IPPROTO_TCP, 22);

	(void)state;
	listener.carriers = 0;
	assert_verdict(AUDIT_EXPOSED, "default deny\n", listener);
	assert_verdict(AUDIT_EXPOSED, "allow tcp 22\n", listener);
}

static void raw_sockets_are_judged_by_protocol(void **state)
{
	struct listener vrrp = {.proto = 112, .raw = true, .takes = {true}, .carriers = 1};
	struct listener icmp = {.proto = 1, .raw = true, .takes = {true}, .carriers = 1};

	(void)state;
	assert_verdict(AUDIT_EXPOSED, "default allow\n", vrrp);
	assert_verdict(AUDIT_CLOSED, "default deny\n", vrrp);
	assert_verdict(AUDIT_OPEN, "default deny\nallow proto 112\n", vrrp);
	/* ICMP passes without a rule. */
	assert_verdict(AUDIT_OPEN, "default deny\n", icmp);
	assert_verdict(AUDIT_CLOSED, "deny icmp\n", icmp);
}

/* --- Reach --------------------------------------------------------------------------------- */

static enum reach_extent extent_of(const char *text, __u8 family)
{
	_cleanup_policy_ struct policy policy = policy_of(text);
	struct reach reach = {0};
	enum reach_extent found;

	assert_int_equal(reach_find(&policy, IPPROTO_TCP, 22, "eth0", family, TEST_NOW, &reach), 0);
	found = reach.extent;
	reach_free(&reach);
	return found;
}

static void the_extent_is_that_of_the_addresses_that_are_left(void **state)
{
	(void)state;
	assert_int_equal(extent_of("default allow\n", 4), REACH_ALL);
	assert_int_equal(extent_of("default deny\n", 6), REACH_NOBODY);
	assert_int_equal(extent_of("deny tcp 22 from 10.0.0.0/8\n", 4), REACH_MOST);
	assert_int_equal(extent_of("deny tcp 22 from 10.0.0.0/8\n", 6), REACH_ALL);
	assert_int_equal(extent_of("default deny\nallow tcp 22 from 10.0.0.0/8\n", 4), REACH_SOME);
	assert_int_equal(extent_of("default deny\nallow tcp 22 from ::/0\n", 6), REACH_ALL);
	assert_int_equal(extent_of("default deny\nallow tcp 22 from ::/0\n", 4), REACH_NOBODY);
	/* A prefix of which nothing is left decides for nobody. */
	assert_int_equal(extent_of("default deny\nallow tcp 22 from 10.0.0.0/8\n"
				   "deny tcp 22 from 10.0.0.0/9,10.128.0.0/9\n",
				   4),
			 REACH_NOBODY);
	assert_int_equal(extent_of("default deny\nallow tcp 22 from ::/1,8000::/1\n", 6),
			 REACH_ALL);
	assert_int_equal(extent_of("deny tcp 22 from 0.0.0.0/1\ndeny tcp 22 from 128.0.0.0/2\n", 4),
			 REACH_MOST);
}

static void the_parts_are_where_openness_changes(void **state)
{
	_cleanup_policy_ struct policy policy =
		policy_of("default deny\nallow tcp 22 from 10.0.0.0/8,10.1.0.0/16\n"
			  "deny tcp 22 from 10.9.0.0/16\nallow tcp 22 from 192.0.2.7 on eth1\n");
	struct reach reach = {0};

	(void)state;
	assert_int_equal(reach_find(&policy, IPPROTO_TCP, 22, "eth0", 4, TEST_NOW, &reach), 0);
	assert_int_equal(reach.count, 3);
	assert_false(reach.parts[0].open);
	assert_true(reach.parts[1].open);
	assert_int_equal(reach.parts[1].source.length, 8);
	assert_false(reach.parts[2].open);
	assert_int_equal(reach.parts[2].source.address[1], 9);
	reach_free(&reach);
}

/* --- Rules --------------------------------------------------------------------------------- */

/* How many of the allow rules are stale. */
static size_t stale_rules(const char *text, const struct listener *listeners, size_t count)
{
	_cleanup_policy_ struct policy policy = policy_of(text);
	_cleanup_rule_uses_ struct rule_uses uses = {NULL, 0};
	const struct listener *list[8];
	size_t stale = 0;

	for (size_t i = 0; i < count; i++)
		list[i] = &listeners[i];
	assert_int_equal(audit_rules(&policy, list, count, &uses), 0);
	for (size_t i = 0; i < uses.count; i++)
		stale += uses.list[i].stale;
	return stale;
}

static void a_rule_is_stale_if_nobody_listens_on_any_of_its_ports(void **state)
{
	const struct listener listeners[] = {listener_on(IPPROTO_TCP, 22),
					     listener_on(IPPROTO_TCP, 8005),
					     listener_on(IPPROTO_UDP, 53)};

	(void)state;
	assert_int_equal(stale_rules("allow tcp 22\n", listeners, 3), 0);
	assert_int_equal(stale_rules("allow tcp 8000-8100\n", listeners, 3), 0);
	assert_int_equal(stale_rules("allow tcp 53\n", listeners, 3), 1);
	assert_int_equal(stale_rules("allow udp 60000-61000\n", listeners, 3), 1);
	assert_int_equal(stale_rules("allow tcp all\n", listeners, 3), 0);
	assert_int_equal(stale_rules("allow sctp all\n", listeners, 3), 1);
	assert_int_equal(stale_rules("deny tcp 53\n", listeners, 3), 0);
	/* The kernel speaks ESP and ICMP itself. */
	assert_int_equal(stale_rules("allow proto 50\nallow icmp\n", listeners, 3), 0);
	assert_int_equal(stale_rules("allow proto 89\n", listeners, 3), 1);
}

static void who_listens_on_loopback_or_in_another_family_needs_no_rule(void **state)
{
	struct listener local = listener_on(IPPROTO_TCP, 22), six = local;

	(void)state;
	local.local = true;
	six.takes[0] = false;
	assert_int_equal(stale_rules("allow tcp 22\n", &local, 1), 1);
	assert_int_equal(stale_rules("allow tcp 22 from 10.0.0.0/8\n", &six, 1), 1);
	assert_int_equal(stale_rules("allow tcp 22 from 2001:db8::/32\n", &six, 1), 0);
}

static void the_ports_that_are_used_are_counted_once(void **state)
{
	const struct listener listeners[] = {listener_on(IPPROTO_TCP, 8000),
					     listener_on(IPPROTO_TCP, 8000),
					     listener_on(IPPROTO_TCP, 8003)};
	const struct listener *list[] = {&listeners[0], &listeners[1], &listeners[2]};
	_cleanup_policy_ struct policy policy = policy_of("allow tcp 8000-8003\n");
	_cleanup_rule_uses_ struct rule_uses uses = {NULL, 0};

	(void)state;
	assert_int_equal(audit_rules(&policy, list, 3, &uses), 0);
	assert_int_equal(uses.list[0].listening, 2);
}

/* --- Closing ------------------------------------------------------------------------------- */

struct closing {
	struct listener listeners[8];
	size_t count;
	bool drop_idle, uncounted;
	const char *operator_source; /* of a session on TCP port 22 */
};

static void assert_closed(struct closing *closing, const char *text, const char *expected)
{
	_cleanup_policy_ struct policy policy = policy_of(text);
	struct audit_setting setting = setting_of(&policy);
	const struct listener *list[8];
	struct close_plan plan = {.listeners = list,
				  .count = closing->count,
				  .counted = !closing->uncounted,
				  .drop_idle = closing->drop_idle,
				  .now = TEST_NOW};

	for (size_t i = 0; i < closing->count; i++) {
		list[i] = &closing->listeners[i];
		assert_int_equal(audit_judge(&setting, &closing->listeners[i]), 0);
	}
	if (closing->operator_source) {
		assert_int_equal(
			words_read_prefix(closing->operator_source, &plan.operator_source, NULL),
			0);
		plan.operator_port = 22;
	}
	assert_int_equal(audit_close_unused(&policy, &plan), 0);
	_cleanup_text_ char *made = text_of(&policy);
	assert_string_equal(made, expected);
	for (size_t i = 0; i < closing->count; i++)
		listener_free(&closing->listeners[i]);
}

static struct listener used(__u16 port)
{
	struct listener listener = listener_on(IPPROTO_TCP, port);

	listener.passed = 5;
	return listener;
}

static void what_is_exposed_and_used_gets_a_rule_and_the_rest_closes(void **state)
{
	struct closing closing = {.listeners = {used(22), listener_on(IPPROTO_TCP, 80), used(443)},
				  .count = 3};

	(void)state;
	assert_closed(&closing, "default allow\n", "default deny\nallow tcp 22,443\n");
	closing.listeners[1].has_peers = true;
	assert_closed(&closing, "default allow\n", "default deny\nallow tcp 22,80,443\n");
	/* A rule for the other family only is stale, and no reason to close the port. */
	closing.listeners[0].takes[1] = false;
	assert_closed(&closing, "default allow\nallow tcp 22 from 2001:db8::/32\n",
		      "default deny\nallow tcp 22,80,443\n");
	closing.listeners[2].client = true;
	assert_closed(&closing, "default allow\n", "default deny\nallow tcp 22,80\n");
}

static void rules_stay_as_they_are_but_for_stale_ones(void **state)
{
	struct closing closing = {.listeners = {used(22), listener_on(IPPROTO_TCP, 80)},
				  .count = 2};

	(void)state;
	assert_closed(&closing,
		      "default allow\nallow tcp 22 from 10.0.0.0/8 comment \"x\"\n"
		      "allow tcp 80,8080\ndeny tcp 23\ndeny tcp 22 from 10.9.0.0/16\n"
		      "allow icmp\nallow udp 53 until 2030-01-01T00:00:00Z\n",
		      "default deny\nallow tcp 80\ndeny tcp 23\n"
		      "allow tcp 22 from 10.0.0.0/8 comment \"x\"\n"
		      "deny tcp 22 from 10.9.0.0/16\nallow icmp\n");
}

static void idle_ports_close_only_when_that_is_asked_for(void **state)
{
	struct closing closing = {.listeners = {used(8000), listener_on(IPPROTO_TCP, 8001),
						listener_on(IPPROTO_TCP, 8002), used(8003)},
				  .count = 4};

	(void)state;
	assert_closed(&closing, "default deny\nallow tcp 8000-8005\n",
		      "default deny\nallow tcp 8000-8005\n");
	closing.drop_idle = true;
	assert_closed(&closing, "default deny\nallow tcp 8000-8005\n",
		      "default deny\nallow tcp 8000,8003-8005\n");
	closing.listeners[1].has_peers = true;
	assert_closed(&closing, "default deny\nallow tcp 8000-8005\n",
		      "default deny\nallow tcp 8000-8001,8003-8005\n");
}

static void the_operators_session_stays(void **state)
{
	struct closing closing = {.listeners = {listener_on(IPPROTO_TCP, 22)},
				  .count = 1,
				  .operator_source = "192.0.2.7"};

	(void)state;
	assert_closed(&closing, "default allow\n", "default deny\nallow tcp 22\n");
	assert_closed(&closing, "default allow\nallow tcp 22 from 10.0.0.0/8\n",
		      "default deny\nallow tcp 22 from 10.0.0.0/8\n"
		      "allow tcp 22 from 192.0.2.7\n");
	assert_closed(&closing, "default deny\n", "default deny\n");
	assert_closed(&closing, "default allow\nallow tcp 22 from 192.0.2.0/24\n",
		      "default deny\nallow tcp 22 from 192.0.2.0/24\n");
}

static void without_counters_all_that_listens_is_used(void **state)
{
	struct closing closing = {
		.listeners = {listener_on(IPPROTO_TCP, 22), listener_on(IPPROTO_UDP, 53)},
		.count = 2,
		.uncounted = true};

	(void)state;
	assert_closed(&closing, "default allow\n", "default deny\nallow tcp 22\nallow udp 53\n");
}

static void ports_with_a_bad_name_are_known_with_their_reason(void **state)
{
	static const struct {
		__u8 proto;
		__u16 port;
		const char *word;
	} known[] = {
		{IPPROTO_TCP, 23, "telnet"},	 {IPPROTO_UDP, 69, "tftp"},
		{IPPROTO_UDP, 161, "snmp"},	 {IPPROTO_UDP, 11211, "memcached"},
		{IPPROTO_UDP, 138, "NetBIOS"},	 {IPPROTO_TCP, 445, "smb"},
		{IPPROTO_TCP, 6379, "redis"},	 {IPPROTO_UDP, 1900, "ssdp"},
		{IPPROTO_TCP, 2375, "docker"},	 {IPPROTO_UDP, 389, "cldap"},
		{IPPROTO_TCP, 27017, "mongodb"}, {IPPROTO_TCP, 513, "rlogin"},
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(known); i++) {
		const char *reason = hazard_of(known[i].proto, known[i].port);
		assert_non_null(reason);
		assert_non_null(strstr(reason, known[i].word));
	}
	assert_null(hazard_of(IPPROTO_TCP, 22));
	assert_null(hazard_of(IPPROTO_TCP, 443));
	assert_null(hazard_of(IPPROTO_SCTP, 23));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_a_rule_lets_in_is_open_or_without_packets_idle),
		cmocka_unit_test(nothing_is_idle_while_counters_are_too_young),
		cmocka_unit_test(whom_only_the_default_lets_in_makes_a_port_exposed),
		cmocka_unit_test(where_the_policy_lets_nobody_in_a_port_is_closed),
		cmocka_unit_test(what_is_bound_to_loopback_is_local_whatever_the_policy),
		cmocka_unit_test(behind_no_guarded_nic_everything_is_exposed),
		cmocka_unit_test(raw_sockets_are_judged_by_protocol),
		cmocka_unit_test(the_extent_is_that_of_the_addresses_that_are_left),
		cmocka_unit_test(the_parts_are_where_openness_changes),
		cmocka_unit_test(a_rule_is_stale_if_nobody_listens_on_any_of_its_ports),
		cmocka_unit_test(who_listens_on_loopback_or_in_another_family_needs_no_rule),
		cmocka_unit_test(the_ports_that_are_used_are_counted_once),
		cmocka_unit_test(what_is_exposed_and_used_gets_a_rule_and_the_rest_closes),
		cmocka_unit_test(rules_stay_as_they_are_but_for_stale_ones),
		cmocka_unit_test(idle_ports_close_only_when_that_is_asked_for),
		cmocka_unit_test(the_operators_session_stays),
		cmocka_unit_test(without_counters_all_that_listens_is_used),
		cmocka_unit_test(ports_with_a_bad_name_are_known_with_their_reason),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
