/* SPDX-License-Identifier: GPL-2.0-only */
/* What `allow`, `deny` and `delete` make of a policy, and what stays beside them. */
#include "policy/edit.h"
#include "unit.h"
#include <netinet/in.h>

static struct policy rules_of(enum action action, const char *words)
{
	struct error error = {0}, warning = {0};
	struct policy rules;
	size_t bad_word;

	policy_init(&rules);
	assert_int_equal(command(&rules, action, words, &bad_word, &error, &warning), 0);
	return rules;
}

static void expect_text(struct policy *policy, const char *expected)
{
	assert_int_equal(policy_normalise(policy, NULL), 0);
	_cleanup_text_ char *text = text_of(policy);
	assert_string_equal(text, expected);
}

/* The policy after the command, without its first line, which says the default. */
static void expect_edited(const char *before, enum action action, const char *words,
			  bool all_sources, const char *expected)
{
	_cleanup_policy_ struct policy policy = policy_of(before);
	_cleanup_policy_ struct policy rules = rules_of(action, words);
	char text[1024];

	assert_int_equal(edit_rules(&policy, &rules, all_sources), 0);
	snprintf(text, sizeof(text), "default allow\n%s", expected);
	expect_text(&policy, text);
}

static void expect_exceptions(const char *policy_text, enum action action, const char *words,
			      const char *expected)
{
	_cleanup_policy_ struct policy policy = policy_of(policy_text);
	_cleanup_policy_ struct policy rules = rules_of(action, words);
	_cleanup_policy_ struct policy found;
	char text[1024];

	policy_init(&found);
	assert_int_equal(edit_exceptions(&policy, &rules, &found), 0);
	snprintf(text, sizeof(text), "default allow\n%s", expected);
	expect_text(&found, text);
}

#define SOURCES                           \
	"allow tcp 22 from 10.0.0.0/8\n"  \
	"deny tcp 22 from 192.0.2.0/24\n" \
	"allow tcp 20-30 from 10.1.0.0/16\n"

static void rules_of_narrower_scope_stay(void **state)
{
	(void)state;
	expect_edited(SOURCES, ACTION_DENY, "tcp 22", false,
		      "deny tcp 22\n"
		      "allow tcp 22 from 10.0.0.0/8\n"
		      "allow tcp 20-30 from 10.1.0.0/16\n"
		      "deny tcp 22 from 192.0.2.0/24\n");
	expect_edited("allow tcp 22\n" SOURCES, ACTION_NONE, "tcp 22", false,
		      "allow tcp 22 from 10.0.0.0/8\n"
		      "allow tcp 20-30 from 10.1.0.0/16\n"
		      "deny tcp 22 from 192.0.2.0/24\n");
}

static void a_deny_for_all_sources_overrules_what_allows(void **state)
{
	(void)state;
	expect_edited(SOURCES, ACTION_DENY, "tcp 22", true,
		      "deny tcp 22\n"
		      "allow tcp 20-21,23-30 from 10.1.0.0/16\n"
		      "deny tcp 22 from 192.0.2.0/24\n");
}

static void a_deny_that_ends_overlays_what_allows(void **state)
{
	(void)state;
	expect_edited("allow tcp 22 from 10.0.0.0/8 comment x\n", ACTION_DENY, "tcp 22 for 1m",
		      true,
		      "deny tcp 22 until 2026-01-01T00:01:00Z\n"
		      "allow tcp 22 from 10.0.0.0/8 comment \"x\"\n"
		      "deny tcp 22 from 10.0.0.0/8 until 2026-01-01T00:01:00Z\n");
}

static void a_deny_on_one_nic_leaves_the_others(void **state)
{
	(void)state;
	expect_edited("allow tcp 22 from 10.0.0.0/8\nallow tcp 22 from 10.1.0.0/16 on eth0\n",
		      ACTION_DENY, "tcp 22 on eth0", true,
		      "deny tcp 22 on eth0\n"
		      "allow tcp 22 from 10.0.0.0/8\n"
		      "deny tcp 22 from 10.0.0.0/8 on eth0\n");
}

static void a_removal_for_all_sources_takes_both_actions(void **state)
{
	(void)state;
	expect_edited("allow tcp 22\n" SOURCES, ACTION_NONE, "tcp 22", true,
		      "allow tcp 20-21,23-30 from 10.1.0.0/16\n");
	/* A rule for all NICs cannot be removed on one of them. */
	expect_edited("allow tcp 22 from 10.0.0.0/8\nallow tcp 22 from 10.0.0.0/8 on eth0\n",
		      ACTION_NONE, "tcp 22 on eth0", true, "allow tcp 22 from 10.0.0.0/8\n");
}

static void what_stays_open_beside_a_deny_is_an_exception(void **state)
{
	(void)state;
	expect_exceptions("deny tcp 22\n" SOURCES, ACTION_DENY, "tcp 22",
			  "allow tcp 22 from 10.0.0.0/8\nallow tcp 22 from 10.1.0.0/16\n");
	expect_exceptions("deny tcp 22\n" SOURCES, ACTION_DENY, "tcp 80", "");
}

static void what_is_denied_beside_an_allow_is_an_exception(void **state)
{
	(void)state;
	expect_exceptions("allow tcp 22\n" SOURCES, ACTION_ALLOW, "tcp 22",
			  "deny tcp 22 from 192.0.2.0/24\n");
}

static void a_removal_has_narrower_and_wider_exceptions(void **state)
{
	(void)state;
	expect_exceptions(SOURCES "allow tcp 22 on eth0\n", ACTION_NONE, "tcp 22",
			  "allow tcp 22 on eth0\n"
			  "allow tcp 22 from 10.0.0.0/8\n"
			  "allow tcp 22 from 10.1.0.0/16\n"
			  "deny tcp 22 from 192.0.2.0/24\n");
	/* Those of wider scope as far as they have the ports. */
	expect_exceptions("allow tcp 1-100\ndeny tcp 20-30 from 10.0.0.0/8\nallow udp 22\n",
			  ACTION_NONE, "tcp 22-25 from 10.1.0.0/16",
			  "allow tcp 22-25\ndeny tcp 22-25 from 10.0.0.0/8\n");
	expect_exceptions("allow tcp 1-100 from 10.0.0.0/8\n", ACTION_NONE, "tcp 22 from 192.0.2.1",
			  "");
}

static void a_port_is_allowed_to_some_by_any_rule_for_the_nic(void **state)
{
	_cleanup_policy_ struct policy policy =
		policy_of("allow tcp 20-30 from 10.0.0.0/8\nallow tcp 80 on eth0\ndeny tcp 443\n");

	(void)state;
	assert_true(policy_allows_some(&policy, IPPROTO_TCP, 22, "eth1"));
	assert_true(policy_allows_some(&policy, IPPROTO_TCP, 30, ""));
	assert_false(policy_allows_some(&policy, IPPROTO_TCP, 31, "eth0"));
	assert_false(policy_allows_some(&policy, IPPROTO_UDP, 22, "eth0"));
	assert_true(policy_allows_some(&policy, IPPROTO_TCP, 80, "eth0"));
	assert_false(policy_allows_some(&policy, IPPROTO_TCP, 80, "eth1"));
	assert_false(policy_allows_some(&policy, IPPROTO_TCP, 80, ""));
	assert_false(policy_allows_some(&policy, IPPROTO_TCP, 443, "eth0"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(rules_of_narrower_scope_stay),
		cmocka_unit_test(a_deny_for_all_sources_overrules_what_allows),
		cmocka_unit_test(a_deny_that_ends_overlays_what_allows),
		cmocka_unit_test(a_deny_on_one_nic_leaves_the_others),
		cmocka_unit_test(a_removal_for_all_sources_takes_both_actions),
		cmocka_unit_test(what_stays_open_beside_a_deny_is_an_exception),
		cmocka_unit_test(what_is_denied_beside_an_allow_is_an_exception),
		cmocka_unit_test(a_removal_has_narrower_and_wider_exceptions),
		cmocka_unit_test(a_port_is_allowed_to_some_by_any_rule_for_the_nic),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
