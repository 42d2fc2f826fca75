/* SPDX-License-Identifier: GPL-2.0-only */
/* What changes from one policy to another, as a structure, and whether that can cut anybody.
 * PORTFW_TEST_SEED repeats a run. */
#include "changes.h"
#include "policy/difference.h"

static uint64_t seed = 1;

/* --- Changes --------------------------------------------------------------------------------- */

static void expect_span(const struct text_span *span, enum action action, unsigned low,
			unsigned high)
{
	assert_int_equal(span->count, 1);
	assert_int_equal(span->rules[0]->action, action);
	assert_int_equal(span->rules[0]->low, low);
	assert_int_equal(span->rules[0]->high, high);
}

static void a_change_has_what_was_and_what_is(void **state)
{
	_cleanup_policy_ struct policy old = policy_of("allow tcp 20-30\nallow udp 1-9\n");
	_cleanup_policy_ struct policy new =
		policy_of("default deny\nallow tcp 20-29\nallow udp 1-4,6-9\n"
			  "deny udp 5\nallow sctp 7\n");
	_cleanup_policy_diff_ struct policy_diff diff = {.count = 0};

	(void)state;
	assert_int_equal(policy_diff(&old, &new, &diff), 0);
	assert_int_equal(diff.default_before, ACTION_ALLOW);
	assert_int_equal(diff.default_after, ACTION_DENY);
	assert_int_equal(diff.count, 3);
	expect_span(&diff.changes[0].before, ACTION_ALLOW, 30, 30);
	assert_int_equal(diff.changes[0].after.count, 0);
	assert_int_equal(policy_change_to(&diff.changes[0]), ACTION_NONE);
	expect_span(&diff.changes[1].before, ACTION_ALLOW, 5, 5);
	expect_span(&diff.changes[1].after, ACTION_DENY, 5, 5);
	assert_int_equal(policy_change_from(&diff.changes[2]), ACTION_NONE);
	expect_span(&diff.changes[2].after, ACTION_ALLOW, 7, 7);
}

static void a_change_has_no_more_ports_than_a_line(void **state)
{
	char old_text[1024] = "", new_text[1024] = "";
	size_t used = 0;

	(void)state;
	for (unsigned port = 1; port <= 50; port += 2) {
		snprintf(old_text + used, sizeof(old_text) - used, "allow tcp %2u\n", port);
		snprintf(new_text + used, sizeof(new_text) - used, "deny  tcp %2u\n", port);
		used = strlen(old_text);
	}
	_cleanup_policy_ struct policy old = policy_of(old_text);
	_cleanup_policy_ struct policy new = policy_of(new_text);
	_cleanup_policy_diff_ struct policy_diff diff = {.count = 0};

	assert_int_equal(policy_diff(&old, &new, &diff), 0);
	assert_int_equal(diff.count, 2);
	assert_int_equal(diff.changes[0].before.count, TEXT_PORTS_MAX);
	assert_int_equal(diff.changes[1].before.count, 25 - TEXT_PORTS_MAX);
	assert_int_equal(diff.changes[1].after.count, 25 - TEXT_PORTS_MAX);
	assert_int_equal(diff.changes[1].after.rules[0]->low, 2 * TEXT_PORTS_MAX + 1);
}

/* --- What narrows ---------------------------------------------------------------------------- */

static void what_can_cut_narrows(void **state)
{
	static const struct {
		const char *old, *new;
	} cases[] = {
		{"", "default deny\n"},
		{"", "deny tcp 22\n"},
		{"allow tcp 22\n", "deny tcp 22\n"},
		{"default deny\nallow tcp 22\n", "default deny\n"},
		{"default deny\nallow tcp 20-30\n", "default deny\nallow tcp 20-29\n"},
		{"default deny\nallow tcp 22\n", "default deny\nallow tcp 22 from 10.0.0.0/8\n"},
		{"allow tcp 22\n", "allow tcp 22\ndeny tcp 22 from 10.0.0.0/8\n"},
		{"allow tcp 22\n", "allow tcp 22\ndeny tcp 22 on eth0\n"},
		{"allow tcp 22\n", "allow tcp 22\ndeny tcp 22 until 2030-01-01T00:00:00Z\n"},
		{"deny tcp 22\nallow tcp 22 until 2030-01-01T00:00:00Z\n", "deny tcp 22\n"},
		{"deny tcp 22\nallow tcp 22 from 10.0.0.0/8\n", "deny tcp 22\n"},
		/* For longer, and to answers of DHCP servers, too. */
		{"deny tcp 22 until 2030-01-01T00:00:00Z\n",
		 "deny tcp 22 until 2031-01-01T00:00:00Z\n"},
		{"deny udp 60-70\n", "deny udp 60-67,68,69-70\n"},
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		_cleanup_policy_ struct policy old = policy_of(cases[i].old);
		_cleanup_policy_ struct policy new = policy_of(cases[i].new);

		if (!policy_narrows(&old, &new))
			fail_msg("does not narrow:\n%sto\n%s", cases[i].old, cases[i].new);
	}
}

static void what_only_opens_does_not_narrow(void **state)
{
	static const struct {
		const char *old, *new;
	} cases[] = {
		{"", ""},
		{"deny tcp 22\n", "deny tcp 22\n"},
		{"default deny\n", ""},
		{"default deny\nallow tcp 22\n", "allow tcp 22\n"},
		{"deny tcp 22\n", ""},
		{"deny tcp 22\n", "allow tcp 22\n"},
		{"default deny\n", "default deny\nallow tcp 22\n"},
		{"default deny\nallow tcp 22\n", "default deny\nallow tcp 22,80\n"},
		{"default deny\nallow tcp 22\n", "default deny\nallow tcp 22 comment ssh\n"},
		{"default deny\ndeny tcp 22 from 10.0.0.0/8\n", "default deny\n"},
		/* Without any deny nothing drops. */
		{"allow tcp 22\n", ""},
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		_cleanup_policy_ struct policy old = policy_of(cases[i].old);
		_cleanup_policy_ struct policy new = policy_of(cases[i].new);

		if (policy_narrows(&old, &new))
			fail_msg("narrows:\n%sto\n%s", cases[i].old, cases[i].new);
	}
}

static bool passes(const struct policy *policy, unsigned proto, unsigned port, const char *nic,
		   const struct prefix *source)
{
	enum action action =
		policy_lookup(policy, protos[proto], (__u16)port, nic, source, TEST_NOW, NULL);

	return (action == ACTION_NONE ? policy->default_action : action) == ACTION_ALLOW;
}

/* Whether some packet passes under the old policy and drops under the new one. */
static bool drops_more(const struct policy *old, const struct policy *new)
{
	static const char *const nics[] = {"", "eth0", "eth1"};
	static const struct prefix sources[] = {
		{0}, {4, 32, {11}}, {4, 32, {10, 2}}, {4, 32, {10, 1}}};
	bool drops = false;

	for (unsigned tries = 0; tries < 2000 && !drops; tries++) {
		unsigned proto = pick(COUNT_OF(protos));
		bool ports = protos[proto] == IPPROTO_TCP || protos[proto] == IPPROTO_UDP;
		unsigned port = ports ? pick_port() : 0;
		const char *nic = nics[pick(COUNT_OF(nics))];
		const struct prefix *source = &sources[pick(COUNT_OF(sources))];

		drops = passes(old, proto, port, nic, source) &&
			!passes(new, proto, port, nic, source);
	}
	return drops;
}

static void what_drops_more_narrows(void **state)
{
	unsigned dropping = 0, not_narrowing = 0;

	(void)state;
	for (unsigned round = 0; round < 600; round++) {
		random_state = seed + round;
		_cleanup_policy_ struct policy old = pick_policy(pick(8));
		_cleanup_policy_ struct policy new = {0};

		if (pick(4) == 0) {
			new = pick_policy(pick(8));
		} else {
			struct change change = pick_change();

			assert_int_equal(policy_copy(&old, &new), 0);
			policy_change(&new, &change);
			assert_int_equal(policy_normalise(&new, NULL), 0);
		}
		bool narrows = policy_narrows(&old, &new);

		not_narrowing += !narrows;
		if (!drops_more(&old, &new))
			continue;
		dropping++;
		if (!narrows) {
			_cleanup_text_ char *from = text_of(&old);
			_cleanup_text_ char *to = text_of(&new);

			fail_msg("does not narrow:\n%sto\n%s", from, to);
		}
	}
	/* Both happen often enough for the test to mean something. */
	assert_true(dropping > 50);
	assert_true(not_narrowing > 50);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_change_has_what_was_and_what_is),
		cmocka_unit_test(a_change_has_no_more_ports_than_a_line),
		cmocka_unit_test(what_can_cut_narrows),
		cmocka_unit_test(what_only_opens_does_not_narrow),
		cmocka_unit_test(what_drops_more_narrows),
	};
	const char *given = getenv("PORTFW_TEST_SEED");
	int failed;

	if (given)
		seed = strtoull(given, NULL, 10);
	failed = cmocka_run_group_tests(tests, NULL, NULL);
	if (failed)
		print_error("repeat with PORTFW_TEST_SEED=%llu\n", (unsigned long long)seed);
	return failed;
}
