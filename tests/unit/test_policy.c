/* SPDX-License-Identifier: GPL-2.0-only */
/* The policy as a set: append, normalise, look up, attach, copy. */
#include <netinet/in.h>

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

static void lookup_prefers_the_rule_of_the_nic(void **state)
{
	_cleanup_policy_ struct policy policy = policy_of("allow tcp 20-30\n"
							  "deny tcp 25 on eth0\n"
							  "deny proto 47\n");
	const struct rule *rule;

	(void)state;
	assert_int_equal(policy_lookup(&policy, IPPROTO_TCP, 25, "eth0", &rule), ACTION_DENY);
	assert_string_equal(rule->nic, "eth0");
	assert_int_equal(rule->line, 2);
	assert_int_equal(policy_lookup(&policy, IPPROTO_TCP, 25, "eth1", &rule), ACTION_ALLOW);
	assert_int_equal(rule->line, 1);
	assert_int_equal(policy_lookup(&policy, IPPROTO_TCP, 24, "eth0", NULL), ACTION_ALLOW);
	assert_int_equal(policy_lookup(&policy, IPPROTO_TCP, 20, "", NULL), ACTION_ALLOW);
	assert_int_equal(policy_lookup(&policy, IPPROTO_TCP, 30, "", NULL), ACTION_ALLOW);
	assert_int_equal(policy_lookup(&policy, IPPROTO_TCP, 31, "", &rule), ACTION_NONE);
	assert_null(rule);
	assert_int_equal(policy_lookup(&policy, IPPROTO_TCP, 19, "", NULL), ACTION_NONE);
	assert_int_equal(policy_lookup(&policy, IPPROTO_UDP, 25, "", NULL), ACTION_NONE);
	assert_int_equal(policy_lookup(&policy, 47, 1234, "eth0", NULL), ACTION_DENY);
}

static void rules_that_cannot_be_are_not_appended(void **state)
{
	_cleanup_policy_ struct policy policy;
	static const struct rule wrong[] = {
		{.proto = IPPROTO_TCP, .low = 2, .high = 1, .action = ACTION_ALLOW},
		{.proto = IPPROTO_ICMP, .low = 8, .high = 8, .action = ACTION_ALLOW},
		{.proto = IPPROTO_TCP, .low = 1, .high = 1, .action = ACTION_DENY_EXACT},
		{.proto = IPPROTO_TCP, .nic = "0123456789abcdef", .action = ACTION_ALLOW},
	};

	(void)state;
	policy_init(&policy);
	for (size_t i = 0; i < COUNT_OF(wrong); i++)
		assert_int_equal(policy_append(&policy, &wrong[i]), -EINVAL);
	assert_int_equal(policy.rule_count, 0);
	assert_true(policy.normal);
}

static void attachments_stay_sorted_and_unique(void **state)
{
	_cleanup_policy_ struct policy policy;
	char name[IFNAMSIZ];

	(void)state;
	policy_init(&policy);
	assert_int_equal(policy_attach(&policy, "eth1", ATTACH_AUTO), 0);
	assert_int_equal(policy_attach(&policy, "eth0", ATTACH_NATIVE), 0);
	assert_int_equal(policy_attach(&policy, "eth1", ATTACH_GENERIC), 0);
	assert_int_equal(policy.attachment_count, 2);
	assert_string_equal(policy.attachments[0].nic, "eth0");
	assert_int_equal(policy_attachment(&policy, "eth1")->mode, ATTACH_GENERIC);
	assert_null(policy_attachment(&policy, "eth2"));
	assert_true(policy_detach(&policy, "eth0"));
	assert_false(policy_detach(&policy, "eth0"));
	assert_string_equal(policy.attachments[0].nic, "eth1");
	for (int i = 1; i < MAX_NICS; i++) {
		snprintf(name, sizeof(name), "n%d", i);
		assert_int_equal(policy_attach(&policy, name, ATTACH_AUTO), 0);
	}
	assert_int_equal(policy_attach(&policy, "one-more", ATTACH_AUTO), -ENOSPC);
	assert_int_equal(policy_attach(&policy, "n1", ATTACH_NATIVE), 0);
}

static void a_copy_is_equal_and_its_own(void **state)
{
	_cleanup_policy_ struct policy policy =
		policy_of("default deny\nattach eth0\nallow tcp 1 comment a\nallow udp 2\n");
	_cleanup_policy_ struct policy copy;

	(void)state;
	assert_int_equal(policy_copy(&policy, &copy), 0);
	assert_true(policy_equal(&policy, &copy));
	assert_int_equal(copy.attachment_count, 1);
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
		cmocka_unit_test(rules_that_cannot_be_are_not_appended),
		cmocka_unit_test(attachments_stay_sorted_and_unique),
		cmocka_unit_test(a_copy_is_equal_and_its_own),
		cmocka_unit_test(equality_sees_comments_and_the_default_but_no_lines),
		cmocka_unit_test(an_error_message_may_quote_itself),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
