/* SPDX-License-Identifier: GPL-2.0-only */
/* The policy as a set: append, normalise, look up, copy. */
#include <netinet/in.h>

#include "policy/deadlines.h"
#include "unit.h"

/* Runs a command that is right, and brings the policy into canonical form. */
static void change(struct policy *policy, enum action action, const char *words)
{
	struct error error = {0}, warning;
	size_t bad_word;

	if (command(policy, action, words, &bad_word, &error, &warning) != 0) {
		print_error("%s: %s\n", words, error.text);
		fail();
	}
	assert_int_equal(policy_normalise(policy, NULL), 0);
}

static void expect_text(const struct policy *policy, const char *expected)
{
	_cleanup_text_ char *text = text_of(policy);

	assert_string_equal(text, expected);
}

static void ranges_split_and_merge_exactly(void **state)
{
	_cleanup_policy_ struct policy policy;

	(void)state;
	policy_init(&policy);
	change(&policy, ACTION_ALLOW, "tcp 20-30");
	change(&policy, ACTION_NONE, "tcp 25");
	expect_text(&policy, "default allow\nallow tcp 20-24,26-30\n");
	change(&policy, ACTION_ALLOW, "tcp 25");
	expect_text(&policy, "default allow\nallow tcp 20-30\n");
	change(&policy, ACTION_DENY, "tcp 20");
	change(&policy, ACTION_DENY, "tcp 30-40");
	expect_text(&policy, "default allow\nallow tcp 21-29\ndeny tcp 20,30-40\n");
	change(&policy, ACTION_NONE, "tcp all");
	expect_text(&policy, "default allow\n");
}

static void neighbours_merge_only_if_their_comments_are_equal(void **state)
{
	_cleanup_policy_ struct policy policy =
		policy_of("allow tcp 1 comment a\nallow tcp 2 comment a\nallow tcp 3 comment b\n"
			  "allow tcp 4\n");

	(void)state;
	expect_text(&policy, "default allow\nallow tcp 4\nallow tcp 1-2 comment \"a\"\n"
			     "allow tcp 3 comment \"b\"\n");
}

static void delete_reaches_only_its_own_scope(void **state)
{
	_cleanup_policy_ struct policy policy;

	(void)state;
	policy_init(&policy);
	change(&policy, ACTION_ALLOW, "any 22");
	change(&policy, ACTION_ALLOW, "tcp 22 on eth0");
	change(&policy, ACTION_NONE, "tcp 22");
	expect_text(&policy, "default allow\nallow tcp 22 on eth0\nallow udp 22\nallow sctp 22\n");
	change(&policy, ACTION_NONE, "tcp 22 on eth1");
	change(&policy, ACTION_NONE, "any 22 on eth0");
	expect_text(&policy, "default allow\nallow udp 22\nallow sctp 22\n");
}

static void what_is_left_of_a_range_at_port_68_reads_as_it_judges(void **state)
{
	_cleanup_policy_ struct policy policy;

	(void)state;
	policy_init(&policy);
	change(&policy, ACTION_DENY, "udp 67-69");
	assert_false(policy.rules[0].exact);
	change(&policy, ACTION_NONE, "udp 67,69");
	expect_text(&policy, "default allow\ndeny udp 68\n");
	assert_true(policy.rules[0].exact);
	change(&policy, ACTION_DENY, "udp 67,69");
	expect_text(&policy, "default allow\ndeny udp 67,68,69\n");
	change(&policy, ACTION_DENY, "udp 68-69");
	expect_text(&policy, "default allow\ndeny udp 67-69\n");
}

static void a_hidden_part_of_a_range_may_merge_again(void **state)
{
	(void)state;
	_cleanup_text_ char *text = canonical("deny udp 60-68\nallow udp 60-67\ndeny udp 60-67\n");

	assert_string_equal(text, "default allow\ndeny udp 60-68\n");
}

/* From sources that no prefix holds. */
static enum action look_up(const struct policy *policy, __u8 proto, __u16 port, const char *nic,
			   const struct rule **rule)
{
	const struct prefix anywhere = {0};

	return policy_lookup(policy, proto, port, nic, &anywhere, TEST_NOW, rule);
}

static struct prefix source_of(const char *word)
{
	struct error error = {0};
	struct prefix prefix = {0};

	assert_int_equal(words_read_prefix(word, &prefix, &error), 0);
	return prefix;
}

static void lookup_prefers_the_rule_of_the_nic(void **state)
{
	_cleanup_policy_ struct policy policy = policy_of("allow tcp 20-30\n"
							  "deny tcp 25 on eth0\n"
							  "deny proto 47\n");
	const struct rule *rule;

	(void)state;
	assert_int_equal(look_up(&policy, IPPROTO_TCP, 25, "eth0", &rule), ACTION_DENY);
	assert_string_equal(rule->nic, "eth0");
	assert_int_equal(rule->line, 2);
	assert_int_equal(look_up(&policy, IPPROTO_TCP, 25, "eth1", &rule), ACTION_ALLOW);
	assert_int_equal(rule->line, 1);
	assert_int_equal(look_up(&policy, IPPROTO_TCP, 24, "eth0", NULL), ACTION_ALLOW);
	assert_int_equal(look_up(&policy, IPPROTO_TCP, 20, "", NULL), ACTION_ALLOW);
	assert_int_equal(look_up(&policy, IPPROTO_TCP, 30, "", NULL), ACTION_ALLOW);
	assert_int_equal(look_up(&policy, IPPROTO_TCP, 31, "", &rule), ACTION_NONE);
	assert_null(rule);
	assert_int_equal(look_up(&policy, IPPROTO_TCP, 19, "", NULL), ACTION_NONE);
	assert_int_equal(look_up(&policy, IPPROTO_UDP, 25, "", NULL), ACTION_NONE);
	assert_int_equal(look_up(&policy, 47, 1234, "eth0", NULL), ACTION_DENY);
}

static void lookup_prefers_the_longest_source_that_has_a_live_state(void **state)
{
	_cleanup_policy_ struct policy policy =
		policy_of("deny tcp 22\n"
			  "allow tcp 22 from 10.0.0.0/8\n"
			  "deny tcp 22 from 10.1.0.0/16 on eth0\n"
			  "deny tcp 22 from 10.1.2.0/24 until 2026-01-01T00:01:00Z\n"
			  "allow tcp 22 from 2001:db8::/32\n");
	static const struct {
		const char *source, *nic;
		__s64 later;
		enum action action;
		unsigned line;
	} cases[] = {
		{"10.9.9.9", "", 0, ACTION_ALLOW, 2},
		{"10.1.9.9", "", 0, ACTION_ALLOW, 2},
		{"10.1.9.9", "eth0", 0, ACTION_DENY, 3},
		{"10.1.2.9", "eth1", 0, ACTION_DENY, 4},
		{"10.1.2.9", "eth1", 59, ACTION_DENY, 4},
		{"10.1.2.9", "eth1", 60, ACTION_ALLOW, 2},
		{"10.1.2.9", "eth0", 60, ACTION_DENY, 3},
		{"11.0.0.0", "", 0, ACTION_DENY, 1},
		{"2001:db8::1", "eth0", 0, ACTION_ALLOW, 5},
		{"2001:db9::1", "eth0", 0, ACTION_DENY, 1},
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		const struct prefix source = source_of(cases[i].source);
		const struct rule *rule;

		assert_int_equal(policy_lookup(&policy, IPPROTO_TCP, 22, cases[i].nic, &source,
					       TEST_NOW + cases[i].later, &rule),
				 cases[i].action);
		assert_int_equal(rule->line, cases[i].line);
	}
	assert_int_equal(look_up(&policy, IPPROTO_TCP, 22, "eth0", NULL), ACTION_DENY);
}

static void a_timed_rule_overlays_and_leaves_the_permanent_one(void **state)
{
	_cleanup_policy_ struct policy policy;

	(void)state;
	policy_init(&policy);
	change(&policy, ACTION_ALLOW, "tcp 20-30");
	change(&policy, ACTION_DENY, "tcp 25-35 for 1m");
	expect_text(&policy, "default allow\nallow tcp 20-30\n"
			     "deny tcp 25-35 until 2026-01-01T00:01:00Z\n");
	change(&policy, ACTION_ALLOW, "tcp 35 for 2m");
	expect_text(&policy, "default allow\nallow tcp 20-30\n"
			     "deny tcp 25-34 until 2026-01-01T00:01:00Z\n"
			     "allow tcp 35 until 2026-01-01T00:02:00Z\n");
	change(&policy, ACTION_DENY, "tcp 26");
	change(&policy, ACTION_NONE, "tcp 30-33");
	expect_text(&policy, "default allow\nallow tcp 20-25,27-29\ndeny tcp 26\n"
			     "deny tcp 25,27-29,34 until 2026-01-01T00:01:00Z\n"
			     "allow tcp 35 until 2026-01-01T00:02:00Z\n");
}

static size_t expire(struct policy *policy, __s64 wall)
{
	return deadlines_expire(policy, &(struct deadline_table){.count = 0},
				&(struct moment){.wall = wall});
}

static void what_has_expired_leaves(void **state)
{
	_cleanup_policy_ struct policy policy;

	(void)state;
	policy_init(&policy);
	change(&policy, ACTION_ALLOW, "tcp 22");
	change(&policy, ACTION_DENY, "tcp 22 for 1m comment a");
	change(&policy, ACTION_DENY, "tcp 23 for 2m comment b");
	assert_int_equal(expire(&policy, TEST_NOW + 59), 0);
	assert_int_equal(expire(&policy, TEST_NOW + 60), 1);
	expect_text(&policy, "default allow\nallow tcp 22\n"
			     "deny tcp 23 until 2026-01-01T00:02:00Z comment \"b\"\n");
	assert_int_equal(expire(&policy, TEST_NOW + 1000), 1);
	expect_text(&policy, "default allow\nallow tcp 22\n");
	assert_true(policy.normal);
}

static void delete_reaches_both_layers_of_its_own_source(void **state)
{
	_cleanup_policy_ struct policy policy;

	(void)state;
	policy_init(&policy);
	change(&policy, ACTION_ALLOW, "tcp 22 from 10.0.0.0/8,10.0.0.0/16");
	change(&policy, ACTION_DENY, "tcp 22 from 10.0.0.0/8,10.0.0.0/16 for 1m");
	change(&policy, ACTION_NONE, "tcp 22");
	change(&policy, ACTION_NONE, "tcp 22 from 10.0.0.0/8");
	expect_text(&policy, "default allow\nallow tcp 22 from 10.0.0.0/16\n"
			     "deny tcp 22 from 10.0.0.0/16 until 2026-01-01T00:01:00Z\n");
}

static void expect_narrower(const struct policy *policy, enum action action, const char *words,
			    const char *expected)
{
	_cleanup_policy_ struct policy rule, narrower;
	struct error error = {0}, warning;
	size_t bad_word;

	policy_init(&rule);
	assert_int_equal(command(&rule, action, words, &bad_word, &error, &warning), 0);
	assert_int_equal(policy_narrower(policy, &rule.rules[0], &narrower), 0);
	assert_true(narrower.normal);
	expect_text(&narrower, expected);
}

static void what_stays_open_beside_a_deny_is_found(void **state)
{
	_cleanup_policy_ struct policy policy =
		policy_of("allow tcp 1-100 from 10.0.0.0/8\n"
			  "deny tcp 22 from 10.1.0.0/16\n"
			  "allow tcp 22 from 10.0.0.0/24 on eth1\n"
			  "allow tcp 22 on eth0\n"
			  "allow tcp 22 from 2001:db8::1 until 2030-01-01T00:00:00Z comment x\n"
			  "allow udp 22 from 10.0.0.0/8\n"
			  "allow tcp 23 from 192.0.2.1\n");

	(void)state;
	expect_narrower(&policy, ACTION_DENY, "tcp 22",
			"default allow\nallow tcp 22 on eth0\nallow tcp 22 from 10.0.0.0/8\n"
			"allow tcp 22 from 10.0.0.0/24 on eth1\n"
			"allow tcp 22 from 2001:db8::1 until 2030-01-01T00:00:00Z comment \"x\"\n");
	expect_narrower(&policy, ACTION_DENY, "tcp 22 on eth0",
			"default allow\nallow tcp 22 from 10.0.0.0/8\n"
			"allow tcp 22 from 2001:db8::1 until 2030-01-01T00:00:00Z comment \"x\"\n");
	expect_narrower(&policy, ACTION_DENY, "tcp 22-23 from 10.0.0.0/8",
			"default allow\nallow tcp 22 from 10.0.0.0/24 on eth1\n");
	expect_narrower(&policy, ACTION_ALLOW, "tcp all from 0.0.0.0/0",
			"default allow\ndeny tcp 22 from 10.1.0.0/16\n");
	expect_narrower(&policy, ACTION_DENY, "tcp 101-200", "default allow\n");
}

static void rules_that_cannot_be_are_not_appended(void **state)
{
	_cleanup_policy_ struct policy policy;
	static const struct rule wrong[] = {
		{.proto = IPPROTO_TCP, .low = 2, .high = 1, .action = ACTION_ALLOW},
		{.proto = IPPROTO_ICMP, .low = 8, .high = 8, .action = ACTION_ALLOW},
		{.proto = IPPROTO_TCP, .low = 1, .high = 1, .action = ACTION_DENY_EXACT},
		{.proto = IPPROTO_TCP, .nic = "0123456789abcdef", .action = ACTION_ALLOW},
		{.proto = IPPROTO_TCP, .action = ACTION_ALLOW, .source = {5, 0, {0}}},
		{.proto = IPPROTO_TCP, .action = ACTION_ALLOW, .source = {0, 1, {0}}},
		{.proto = IPPROTO_TCP, .action = ACTION_ALLOW, .source = {4, 33, {0}}},
		{.proto = IPPROTO_TCP, .action = ACTION_ALLOW, .source = {4, 8, {10, 1}}},
		{.proto = IPPROTO_TCP, .action = ACTION_ALLOW, .source = {4, 32, {10, 0, 0, 0, 1}}},
		{.proto = IPPROTO_TCP, .action = ACTION_ALLOW, .until = -1},
		{.proto = IPPROTO_TCP, .action = ACTION_ALLOW, .until = 253402300800},
		{.proto = IPPROTO_TCP, .action = ACTION_NONE, .until = 1},
	};

	(void)state;
	policy_init(&policy);
	for (size_t i = 0; i < COUNT_OF(wrong); i++)
		assert_int_equal(policy_append(&policy, &wrong[i]), -EINVAL);
	assert_int_equal(policy.rule_count, 0);
	assert_true(policy.normal);
}

static void a_copy_is_equal_and_its_own(void **state)
{
	_cleanup_policy_ struct policy policy =
		policy_of("default deny\nallow tcp 1 comment a\nallow udp 2\n");
	_cleanup_policy_ struct policy copy;

	(void)state;
	assert_int_equal(policy_copy(&policy, &copy), 0);
	assert_true(policy_equal(&policy, &copy));
	assert_ptr_not_equal(policy.rules, copy.rules);
	change(&copy, ACTION_DENY, "udp 3");
	assert_false(policy_equal(&policy, &copy));
	assert_int_equal(policy.rule_count, 2);
}

static void equality_sees_comments_and_the_default_but_no_lines(void **state)
{
	_cleanup_policy_ struct policy a = policy_of("allow tcp 1 comment a\n");
	_cleanup_policy_ struct policy later = policy_of("\nattach eth0\nallow tcp 1 comment a\n");
	_cleanup_policy_ struct policy other = policy_of("allow tcp 1 comment b\n");
	_cleanup_policy_ struct policy deny = policy_of("default deny\nallow tcp 1 comment a\n");

	(void)state;
	assert_true(policy_equal(&a, &later));
	assert_false(policy_equal(&a, &other));
	assert_false(policy_equal(&a, &deny));
}

static void an_error_message_may_quote_itself(void **state)
{
	struct error error;

	(void)state;
	assert_int_equal(error_set(&error, -EIO, "inner %d", 1), -EIO);
	assert_int_equal(error_set(&error, -EINVAL, "outer: %s", error.text), -EINVAL);
	assert_string_equal(error.text, "outer: inner 1");
	assert_int_equal(error_set(NULL, -EIO, "nowhere"), -EIO);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(ranges_split_and_merge_exactly),
		cmocka_unit_test(neighbours_merge_only_if_their_comments_are_equal),
		cmocka_unit_test(delete_reaches_only_its_own_scope),
		cmocka_unit_test(what_is_left_of_a_range_at_port_68_reads_as_it_judges),
		cmocka_unit_test(a_hidden_part_of_a_range_may_merge_again),
		cmocka_unit_test(lookup_prefers_the_rule_of_the_nic),
		cmocka_unit_test(lookup_prefers_the_longest_source_that_has_a_live_state),
		cmocka_unit_test(a_timed_rule_overlays_and_leaves_the_permanent_one),
		cmocka_unit_test(what_has_expired_leaves),
		cmocka_unit_test(delete_reaches_both_layers_of_its_own_source),
		cmocka_unit_test(what_stays_open_beside_a_deny_is_found),
		cmocka_unit_test(rules_that_cannot_be_are_not_appended),
		cmocka_unit_test(a_copy_is_equal_and_its_own),
		cmocka_unit_test(equality_sees_comments_and_the_default_but_no_lines),
		cmocka_unit_test(an_error_message_may_quote_itself),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
