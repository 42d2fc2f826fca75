/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What holds for every policy, tried on random ones against a model that knows nothing of
 * intervals: one byte for each protocol, scope, layer and port. PORTFW_TEST_SEED repeats a run.
 */
#include "changes.h"
#include "judge.h"

static uint64_t seed = 1;

/* --- The model ------------------------------------------------------------------------------- */

#define MODEL_EXACT 4u
#define MODEL_COMMENT(state) ((state) >> 3 & 3)
#define MODEL_TIME(state) ((state) >> 5)

enum { PERMANENT, TIMED, LAYERS };

/* The action, MODEL_EXACT, the comment from bit 3, the time from bit 5. */
static uint8_t model[COUNT_OF(protos)][COUNT_OF(scopes)][LAYERS][PORTS];

static bool model_dhcp(unsigned proto, unsigned port)
{
	return protos[proto] == IPPROTO_UDP && (port == 68 || port == 546);
}

static void model_change(const struct change *change)
{
	uint8_t(*layers)[PORTS] = model[change->proto][change->scope];
	size_t count = change->high - change->low + 1;
	uint8_t value = 0;

	if (change->action != ACTION_NONE)
		value = (uint8_t)(change->action | change->comment << 3 | change->time << 5);
	if (value && change->low == change->high && model_dhcp(change->proto, change->low))
		value |= MODEL_EXACT;
	memset(&layers[TIMED][change->low], change->time ? value : 0, count);
	if (!change->time)
		memset(&layers[PERMANENT][change->low], value, count);
}

/* The end of the interval that begins at `port`. */
static unsigned model_interval(const uint8_t *states, unsigned port)
{
	unsigned end = port;

	while (end + 1 < PORTS && !(states[port] & MODEL_EXACT) && states[end + 1] == states[port])
		end++;
	return end;
}

/* A DHCP port that stands alone is exact. */
static void model_settle(void)
{
	static const unsigned dhcp[] = {68, 546};

	for (unsigned row = 0; row < COUNT_OF(scopes) * LAYERS; row++)
		for (unsigned i = 0; i < COUNT_OF(dhcp); i++) {
			uint8_t *states = model[1][row / LAYERS][row % LAYERS];
			unsigned port = dhcp[i];

			if (states[port] && states[port - 1] != states[port] &&
			    states[port + 1] != states[port])
				states[port] |= MODEL_EXACT;
		}
}

static void expect_rule(const struct rule *rule, unsigned proto, unsigned scope, unsigned value,
			unsigned low, unsigned high)
{
	const char *comment = comments[MODEL_COMMENT(value)];

	assert_int_equal(rule->proto, protos[proto]);
	assert_string_equal(rule->nic, scopes[scope].nic);
	assert_memory_equal(&rule->source, &scopes[scope].source, sizeof(rule->source));
	assert_int_equal(rule->until, times[MODEL_TIME(value)]);
	assert_int_equal(rule->low, low);
	assert_int_equal(rule->high, high);
	assert_int_equal(rule->action, value & 3);
	assert_int_equal(rule->exact, (value & MODEL_EXACT) != 0);
	if (comment)
		assert_string_equal(rule->comment, comment);
	else
		assert_null(rule->comment);
}

/* Every interval of the model, in order, is a rule of the policy. */
static void expect_model(const struct policy *policy)
{
	size_t count = 0;

	for (unsigned row = 0; row < COUNT_OF(protos) * COUNT_OF(scopes) * LAYERS; row++) {
		unsigned proto = row / LAYERS / COUNT_OF(scopes);
		unsigned scope = row / LAYERS % COUNT_OF(scopes);
		const uint8_t *states = model[proto][scope][row % LAYERS];
		unsigned high;

		for (unsigned low = 0; low < PORTS; low = high + 1) {
			high = model_interval(states, low);
			if (!states[low])
				continue;
			assert_true(count < policy->rule_count);
			expect_rule(&policy->rules[count++], proto, scope, states[low], low, high);
		}
	}
	assert_int_equal(count, policy->rule_count);
}

/* On this NIC, from a source that the scopes up to `last_scope` hold. */
static enum action model_action(unsigned proto, const char *nic, unsigned last_scope, unsigned port,
				__s64 now)
{
	for (unsigned scope = last_scope + 1; scope--;) {
		unsigned timed = model[proto][scope][TIMED][port];
		unsigned value = model[proto][scope][PERMANENT][port];

		if (*scopes[scope].nic && strcmp(scopes[scope].nic, nic) != 0)
			continue;
		if (timed && now < times[MODEL_TIME(timed)])
			value = timed;
		if ((value & 3) == ACTION_DENY && value & MODEL_EXACT)
			return ACTION_DENY_EXACT;
		if (value)
			return (enum action)(value & 3);
	}
	return ACTION_NONE;
}

/* --- The properties -------------------------------------------------------------------------- */

static void at_every_port_the_last_change_wins(void **state)
{
	(void)state;
	for (unsigned round = 0; round < 30; round++) {
		_cleanup_policy_ struct policy policy;

		random_state = seed + round;
		memset(model, 0, sizeof(model));
		policy_init(&policy);
		for (unsigned changes = 1 + pick(40); changes; changes--) {
			struct change change = pick_change();

			policy_change(&policy, &change);
			model_change(&change);
		}
		model_settle();
		assert_int_equal(policy_normalise(&policy, NULL), 0);
		expect_model(&policy);
	}
}

static void changes_one_by_one_split_and_merge_exactly(void **state)
{
	_cleanup_policy_ struct policy policy;

	(void)state;
	random_state = seed;
	memset(model, 0, sizeof(model));
	policy_init(&policy);
	for (unsigned round = 0; round < 40; round++) {
		struct change change = pick_change();

		policy_change(&policy, &change);
		model_change(&change);
		model_settle();
		assert_int_equal(policy_normalise(&policy, NULL), 0);
		expect_model(&policy);
	}
}

static void the_text_of_a_policy_reads_back_as_the_policy(void **state)
{
	(void)state;
	for (unsigned round = 0; round < 1000; round++) {
		random_state = seed + round;
		_cleanup_policy_ struct policy policy = pick_policy(1 + pick(60));
		_cleanup_text_ char *text = text_of(&policy);
		_cleanup_policy_ struct policy again = policy_of(text);
		_cleanup_text_ char *text_again = text_of(&again);

		assert_string_equal(text_again, text);
		assert_true(policy_equal(&policy, &again));
	}
}

static void normalising_again_changes_nothing(void **state)
{
	(void)state;
	for (unsigned round = 0; round < 500; round++) {
		random_state = seed + round;
		_cleanup_policy_ struct policy policy = pick_policy(1 + pick(60));
		_cleanup_policy_ struct policy again;

		assert_int_equal(policy_copy(&policy, &again), 0);
		again.normal = false;
		assert_int_equal(policy_normalise(&again, NULL), 0);
		assert_true(policy_equal(&policy, &again));
	}
}

static void allow_then_delete_is_the_identity(void **state)
{
	(void)state;
	for (unsigned round = 0; round < 1000; round++) {
		random_state = seed + round;
		_cleanup_policy_ struct policy policy = pick_policy(pick(40));
		_cleanup_policy_ struct policy before;
		struct change change = pick_change(), delete = change;

		change.action = pick(2) ? ACTION_ALLOW : ACTION_DENY;
		delete.action = ACTION_NONE;
		delete.time = 0;
		policy_change(&policy, &delete);
		assert_int_equal(policy_normalise(&policy, NULL), 0);
		assert_int_equal(policy_copy(&policy, &before), 0);

		policy_change(&policy, &change);
		assert_int_equal(policy_normalise(&policy, NULL), 0);
		assert_false(policy_equal(&policy, &before));
		policy_change(&policy, &delete);
		assert_int_equal(policy_normalise(&policy, NULL), 0);
		assert_true(policy_equal(&policy, &before));
	}
}

static bool changes_meet(const struct change *a, const struct change *b)
{
	return a->proto == b->proto && a->scope == b->scope && a->low <= b->high &&
	       b->low <= a->high;
}

static void the_order_of_changes_that_do_not_meet_is_no_matter(void **state)
{
	enum { CHANGES = 20 };
	struct change changes[CHANGES];

	(void)state;
	for (unsigned round = 0; round < 200; round++) {
		_cleanup_policy_ struct policy first, second;
		unsigned count = 0;

		random_state = seed + round;
		while (count < CHANGES) {
			bool meets = false;

			changes[count] = pick_change();
			changes[count].action = pick(2) ? ACTION_ALLOW : ACTION_DENY;
			for (unsigned i = 0; i < count; i++)
				meets |= changes_meet(&changes[i], &changes[count]);
			if (!meets || !pick(50))
				count += !meets;
			if (!pick(200))
				break;
		}
		policy_init(&first);
		policy_init(&second);
		for (unsigned i = 0; i < count; i++)
			policy_change(&first, &changes[i]);
		for (; count; count--) {
			unsigned chosen = pick(count);

			policy_change(&second, &changes[chosen]);
			assert_int_equal(policy_normalise(&second, NULL), 0);
			changes[chosen] = changes[count - 1];
		}
		assert_int_equal(policy_normalise(&first, NULL), 0);
		assert_true(policy_equal(&first, &second));
	}
}

static void expect_tables(const struct policy *policy, const struct compiled *compiled,
			  unsigned index, const char *nic, unsigned last_scope, __s64 now)
{
	static const struct prefix addresses[] = {
		[2] = {4, 32, {11}}, [4] = {4, 32, {10, 2}}, [5] = {4, 32, {10, 1, 255, 255}}};
	const struct prefix *address = &addresses[last_scope];

	for (unsigned proto = 0; proto < COUNT_OF(protos); proto++) {
		unsigned ports = protocol_table(protos[proto]) >= 0 ? PORTS : 1;

		for (unsigned port = 0; port < ports; port++) {
			enum action expected = model_action(proto, nic, last_scope, port, now);
			enum action action =
				judge(compiled, protos[proto], port, index, address, now);

			if (action != expected)
				fail_msg("%u %u on \"%s\": %d, not %d", protos[proto], port, nic,
					 action, expected);
			if (expected == ACTION_DENY_EXACT)
				expected = ACTION_DENY;
			if (pick(10) == 0)
				assert_int_equal(policy_lookup(policy, protos[proto], (__u16)port,
							       nic, address, now, NULL),
						 expected);
			if (port > 1100 && port < 65000)
				port += pick(500);
		}
	}
}

static void tables_and_lookup_agree_with_the_model(void **state)
{
	static const char nics[MAX_NICS][IFNAMSIZ] = {[3] = "eth0", [31] = "eth1", [4] = "eth4"};
	static const unsigned last_scopes[] = {2, 4, 5};
	static struct slot slot;

	(void)state;
	for (unsigned round = 0; round < 20; round++) {
		_cleanup_policy_ struct policy policy;
		_cleanup_compiled_ struct compiled compiled = {.slot = &slot};
		struct error error;

		random_state = seed + round;
		memset(model, 0, sizeof(model));
		policy_init(&policy);
		for (unsigned changes = 1 + pick(60); changes; changes--) {
			struct change change = pick_change();

			policy_change(&policy, &change);
			model_change(&change);
		}
		model_settle();
		assert_int_equal(policy_normalise(&policy, NULL), 0);
		memset(&slot, 0x5a, sizeof(slot));
		assert_int_equal(compile_policy(&policy, nics, &compiled, &error), 0);
		for (unsigned i = 0; i < COUNT_OF(last_scopes); i++) {
			__s64 now = TEST_NOW + (__s64)pick(3) * 60 - pick(2);

			expect_tables(&policy, &compiled, 0, "", last_scopes[i], now);
			expect_tables(&policy, &compiled, 4, "eth4", last_scopes[i], now);
			expect_tables(&policy, &compiled, 3, "eth0", last_scopes[i], now);
			expect_tables(&policy, &compiled, 31, "eth1", last_scopes[i], now);
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(at_every_port_the_last_change_wins),
		cmocka_unit_test(changes_one_by_one_split_and_merge_exactly),
		cmocka_unit_test(the_text_of_a_policy_reads_back_as_the_policy),
		cmocka_unit_test(normalising_again_changes_nothing),
		cmocka_unit_test(allow_then_delete_is_the_identity),
		cmocka_unit_test(the_order_of_changes_that_do_not_meet_is_no_matter),
		cmocka_unit_test(tables_and_lookup_agree_with_the_model),
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
