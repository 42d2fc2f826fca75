/* SPDX-License-Identifier: GPL-2.0-only */
/* Rules for some sources only, by connections from several addresses of the peer. */
#include "command.h"
#include "probe.h"

#include <stdio.h>
#include <stdlib.h>

/* Addresses that share fewer and fewer of their first bits with the first. */
static const char *const addresses[][2] = {
	{"10.1.2.3", "fd01:102::3:3"}, {"10.1.2.4", "fd01:102::3:4"}, {"10.1.9.9", "fd01:102:9::9"},
	{"10.9.9.9", "fd01:909::9"},   {"192.0.2.9", "2001:db8::9"},
};
enum { ADDRESS_COUNT = sizeof(addresses) / sizeof(addresses[0]) };

static void start(struct testbed *bed)
{
	listen_on(bed, TCP, 22);
	listen_on(bed, TCP, 80);
	listen_on(bed, UDP, 53);
	for (size_t i = 0; i < ADDRESS_COUNT; i++) {
		testbed_add_address(bed, addresses[i][0]);
		testbed_add_address(bed, addresses[i][1]);
	}
	portfw_ok(bed, "attach eth0");
}

/* Knocks at TCP port 22 from each of the addresses. */
static void check_answers(struct testbed *bed, const enum answer expected[ADDRESS_COUNT], int line)
{
	struct knocker knockers[2 * ADDRESS_COUNT];

	for (size_t i = 0; i < 2 * ADDRESS_COUNT; i++)
		knockers[i] = (struct knocker){addresses[i / 2][i % 2], expected[i / 2]};
	knockers_check(bed, TCP, 22, knockers, 2 * ADDRESS_COUNT, __FILE__, line);
}
#define CHECK_ANSWERS(bed, ...) \
	check_answers(bed, (const enum answer[ADDRESS_COUNT]){__VA_ARGS__}, __LINE__)

static void a_rule_for_sources_opens_the_port_to_them_alone(void **state)
{
	struct testbed *bed = testbed(state);

	start(bed);
	portfw_ok(bed, "default deny");
	portfw_ok(bed, "allow tcp 22 from 10.1.2.3,10.9.0.0/16,fd01:102::3:3,fd01:909::/32");
	CHECK_ANSWERS(bed, OPEN, FILTERED, FILTERED, OPEN, FILTERED);
	assert_answers_from(bed, "10.1.2.3", {TCP, 80, FILTERED}, {UDP, 53, FILTERED});
	assert_answers(bed, {TCP, 22, FILTERED});
}

static void the_most_specific_source_wins_whatever_the_order(void **state)
{
	static const char *const rules[] = {
		"allow tcp 22 from 10.1.0.0/16", "allow tcp 22 from fd01:102::/32",
		"deny tcp 22 from 10.1.2.0/24",	 "deny tcp 22 from fd01:102::/64",
		"deny tcp 22 from 10.0.0.0/8",	 "deny tcp 22 from fd01::/16",
		"allow tcp 22 from 10.1.2.3",	 "allow tcp 22 from fd01:102::3:3",
	};
	enum { COUNT = sizeof(rules) / sizeof(rules[0]) };
	struct testbed *bed = testbed(state);

	start(bed);
	for (size_t i = 0; i < COUNT; i++)
		portfw_ok(bed, "%s", rules[i]);
	CHECK_ANSWERS(bed, OPEN, FILTERED, OPEN, FILTERED, OPEN);
	char *listed = portfw_ok(bed, "list")->out;
	portfw_ok(bed, "delete tcp 22 --all-sources");
	for (size_t i = COUNT; i-- > 0;)
		portfw_ok(bed, "%s", rules[i]);
	assert_prints(portfw_ok(bed, "list"), listed);
	CHECK_ANSWERS(bed, OPEN, FILTERED, OPEN, FILTERED, OPEN);
}

static void a_prefix_of_a_whole_family_leaves_the_other_alone(void **state)
{
	struct testbed *bed = testbed(state);

	start(bed);
	portfw_ok(bed, "deny tcp 22 from 0.0.0.0/0");
	assert_answers_each(bed, TCP, 22, {"10.1.2.3", FILTERED}, {"fd01:102::3:3", OPEN});
	portfw_ok(bed, "deny tcp 80 from ::/0");
	assert_answers_each(bed, TCP, 80, {"10.1.2.3", OPEN}, {"fd01:102::3:3", FILTERED});
	portfw_ok(bed, "allow tcp 22"); /* wider than any prefix */
	assert_answers_from(bed, "10.1.2.3", {TCP, 22, FILTERED});
}

static void a_deny_says_what_narrower_rules_leave_open_and_all_sources_closes_it(void **state)
{
	struct testbed *bed = testbed(state);

	start(bed);
	portfw_ok(bed, "allow tcp 22,80 from 10.1.2.0/24,fd01:102::/64");
	struct run *run = portfw_ok(bed, "deny tcp 22");
	assert_says(run, "still open: tcp 22 from 10.1.2.0/24");
	assert_says(run, "tcp 22 from fd01:102::/64");
	assert_says(run, "--all-sources");
	CHECK_ANSWERS(bed, OPEN, OPEN, FILTERED, FILTERED, FILTERED);
	run = portfw_ok(bed, "deny tcp 22 --all-sources");
	assert_says_not(run, "still open");
	CHECK_ANSWERS(bed, FILTERED, FILTERED, FILTERED, FILTERED, FILTERED);
	assert_answers_from(bed, "10.1.2.3", {TCP, 80, OPEN});
	assert_prints(portfw_ok(bed, "list"), "attach eth0\n"
					      "default allow\n"
					      "deny tcp 22\n"
					      "allow tcp 80 from 10.1.2.0/24\n"
					      "allow tcp 80 from fd01:102::/64\n");
}

static void all_sources_of_a_prefix_closes_what_is_inside_it(void **state)
{
	struct testbed *bed = testbed(state);

	start(bed);
	portfw_ok(bed, "allow tcp 22 from 10.1.2.3,192.0.2.9");
	portfw_ok(bed, "deny tcp 22 from 10.0.0.0/8 --all-sources");
	assert_answers_each(bed, TCP, 22, {"10.1.2.3", FILTERED}, {"192.0.2.9", OPEN});
	assert_prints(portfw_ok(bed, "list"), "attach eth0\n"
					      "default allow\n"
					      "deny tcp 22 from 10.0.0.0/8\n"
					      "allow tcp 22 from 192.0.2.9\n");
}

static void delete_from_removes_that_rule_and_the_wider_one_holds(void **state)
{
	struct testbed *bed = testbed(state);

	start(bed);
	portfw_ok(bed, "default deny");
	portfw_ok(bed, "allow tcp 22 from 10.0.0.0/8");
	portfw_ok(bed, "deny tcp 22 from 10.1.2.0/24");
	assert_answers_from(bed, "10.1.2.3", {TCP, 22, FILTERED});
	assert_says(portfw_ok(bed, "delete tcp 22 from 10.1.0.0/16"), "nothing to delete");
	assert_answers_from(bed, "10.1.2.3", {TCP, 22, FILTERED});
	portfw_ok(bed, "delete tcp 22 from 10.1.2.0/24");
	assert_answers_each(bed, TCP, 22, {"10.1.2.3", OPEN}, {"192.0.2.9", FILTERED});
	portfw_ok(bed, "delete tcp 22 from 10.0.0.0/8");
	assert_answers_from(bed, "10.1.2.3", {TCP, 22, FILTERED});
	assert_prints(portfw_ok(bed, "list"), "attach eth0\ndefault deny\n");
}

static void a_longer_prefix_beats_a_nic_and_a_nic_beats_none(void **state)
{
	struct testbed *bed = testbed(state);

	start(bed);
	portfw_ok(bed, "deny tcp 22 from 10.1.0.0/16 on eth0");
	portfw_ok(bed, "allow tcp 22 from 10.1.0.0/16");
	assert_answers_from(bed, "10.1.2.3", {TCP, 22, FILTERED});
	portfw_ok(bed, "allow tcp 22 from 10.1.2.0/24");
	assert_answers_each(bed, TCP, 22, {"10.1.2.3", OPEN}, {"10.1.9.9", FILTERED});
	portfw_ok(bed, "deny tcp 22 from 10.1.2.3 on eth7"); /* another NIC's */
	assert_answers_from(bed, "10.1.2.3", {TCP, 22, OPEN});
}

static void rules_for_sources_hold_for_udp_and_protocols_without_ports(void **state)
{
	struct testbed *bed = testbed(state);

	start(bed);
	portfw_ok(bed, "deny udp 53 from 10.1.2.0/24,fd01:102::3:3");
	assert_answers_each(bed, UDP, 53, {"10.1.2.3", FILTERED}, {"fd01:102::3:3", FILTERED},
			    {"fd01:102::3:4", OPEN}, {"10.9.9.9", OPEN});
	if (shell(bed, &bed->peer, "command -v ping")->status)
		skip_because("needs ping");
	portfw_ok(bed, "deny icmp from 10.1.2.3");
	shell_ok(bed, &bed->peer, "! ping -c1 -W1 -I 10.1.2.3 10.77.0.1");
	shell_ok(bed, &bed->peer, "ping -c1 -W8 -I 10.1.2.4 10.77.0.1");
}

static void denying_a_source_cuts_its_sessions_and_no_others(void **state)
{
	struct testbed *bed = testbed(state);

	start(bed);
	bed->source = "10.1.2.3";
	struct session cut = session_open(bed, AF_INET, 22);
	bed->source = "10.1.2.4";
	struct session kept = session_open(bed, AF_INET, 22);
	bed->source = NULL;
	assert_true(session_carries(&cut, true));
	portfw_ok(bed, "deny tcp 22 from 10.1.2.3");
	assert_false(session_carries(&cut, false));
	assert_true(session_carries(&kept, true));
	session_close(&cut);
	session_close(&kept);
}

static void what_list_prints_apply_takes_with_sources_and_times(void **state)
{
	struct testbed *bed = testbed(state);

	start(bed);
	portfw_ok(bed, "default deny");
	portfw_ok(bed, "allow tcp 22 from 10.1.2.0/24,fd01:102::/64 comment \"a b\"");
	portfw_ok(bed, "allow tcp 22 from 10.1.2.3 for 1h");
	portfw_ok(bed, "deny tcp 22 from 10.1.2.3 on eth0");
	portfw_ok(bed, "allow udp 53 from 0.0.0.0/0 for 7d");
	portfw_ok(bed, "deny icmp6 from 2001:db8::9");
	char *before = testbed_record(bed);
	shell_ok(bed, &bed->guarded, "$PORTFW list | $PORTFW apply -");
	shell_ok(bed, &bed->guarded, "$PORTFW list | $PORTFW diff -");
	shell_ok(bed, &bed->guarded, "$PORTFW list --runtime | $PORTFW diff -");
	assert_unchanged(bed, before);
	json_t *list = json_of(portfw_ok(bed, "list --json"));
	json_t *rule = json_array_get(json_object_get(list, "rules"), 0);
	assert_string_equal(json_string_value(json_object_get(rule, "from")), "10.1.2.0/24");
	json_decref(list);
}

/* --- Many -------------------------------------------------------------------------------- */

/* Every second /24 of 10.0.0.0/8 up to `count`, and as many /64 of IPv6. */
static void write_many(const char *path, unsigned count)
{
	FILE *file = fopen(path, "w");

	assert_non_null(file);
	fprintf(file, "default deny\n");
	for (unsigned i = 0; i < count; i++) {
		fprintf(file, "allow tcp 22 from 10.%u.%u.0/24\n", i >> 7, i * 2 & 255);
		fprintf(file, "allow tcp 22 from fd01:%x:0:%x::/64\n", i >> 8, i & 255);
	}
	fclose(file);
}

static void thousands_of_sources_are_told_apart(void **state)
{
	struct testbed *bed = testbed(state);

	start(bed);
	testbed_add_address(bed, "10.1.3.3");
	testbed_add_address(bed, "fd01:3:0:77::1");
	testbed_add_address(bed, "fd01:77:0:3::1");
	write_many("/run/many", 5000);
	portfw_ok(bed, "apply /run/many");
	assert_answers_from(bed, "10.1.2.3", {TCP, 22, OPEN}, {TCP, 80, FILTERED});
	assert_answers_each(bed, TCP, 22, {"10.1.3.3", FILTERED}, {"192.0.2.9", FILTERED});
	assert_answers_from(bed, "fd01:3:0:77::1", {TCP, 22, OPEN}, {TCP, 80, FILTERED});
	assert_answers_from(bed, "fd01:77:0:3::1", {TCP, 22, FILTERED});
	assert_says(portfw_ok(bed, "status"), "in sync");
	portfw_ok(bed, "delete tcp 22 from 10.1.2.0/24");
	assert_answers_each(bed, TCP, 22, {"10.1.2.3", FILTERED}, {"10.9.9.9", FILTERED});
	portfw_ok(bed, "reset");
	assert_answers_from(bed, "10.1.3.3", {TCP, 22, OPEN});
}

/* The file is refused with this text, and the old policy stays. */
static void check_past_limit(struct testbed *bed, const char *path, const char *text)
{
	portfw_ok(bed, "deny tcp 22");
	char *before = testbed_record(bed);
	assert_complains(portfw_fails(bed, 2, "apply %s", path), text);
	assert_complains(portfw_fails(bed, 2, "check %s", path), text);
	assert_unchanged(bed, before);
	assert_answers(bed, {TCP, 22, FILTERED}, {TCP, 80, OPEN});
}

static void more_than_100000_sources_are_refused_and_nothing_changes(void **state)
{
	struct testbed *bed = testbed(state);

	start(bed);
	shell_ok(bed, &bed->guarded,
		 "seq 0 100000 | awk '{printf \"allow tcp 22 from 10.%%d.%%d.%%d\\n\", "
		 "$1 / 65536, $1 / 256 %% 256, $1 %% 256}' >/run/many");
	check_past_limit(bed, "/run/many", "100000");
}

static void more_than_250_behaviours_are_refused_and_nothing_changes(void **state)
{
	struct testbed *bed = testbed(state);

	start(bed);
	shell_ok(bed, &bed->guarded,
		 "seq 1 251 | sed 's|.*|allow tcp 10& from 10.0.&.0/24|' >/run/many");
	check_past_limit(bed, "/run/many", "250");
	shell_ok(bed, &bed->guarded, "sed -i '$d' /run/many; $PORTFW apply /run/many");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TESTBED_TEST(a_rule_for_sources_opens_the_port_to_them_alone),
		TESTBED_TEST(the_most_specific_source_wins_whatever_the_order),
		TESTBED_TEST(a_prefix_of_a_whole_family_leaves_the_other_alone),
		TESTBED_TEST(a_deny_says_what_narrower_rules_leave_open_and_all_sources_closes_it),
		TESTBED_TEST(all_sources_of_a_prefix_closes_what_is_inside_it),
		TESTBED_TEST(delete_from_removes_that_rule_and_the_wider_one_holds),
		TESTBED_TEST(a_longer_prefix_beats_a_nic_and_a_nic_beats_none),
		TESTBED_TEST(rules_for_sources_hold_for_udp_and_protocols_without_ports),
		TESTBED_TEST(denying_a_source_cuts_its_sessions_and_no_others),
		TESTBED_TEST(what_list_prints_apply_takes_with_sources_and_times),
		TESTBED_TEST(thousands_of_sources_are_told_apart),
		TESTBED_TEST(more_than_100000_sources_are_refused_and_nothing_changes),
		TESTBED_TEST(more_than_250_behaviours_are_refused_and_nothing_changes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
