/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What holds for every policy, tried on random ones against a model that knows nothing of
 * intervals: one byte for each protocol, NIC scope and port. PORTFW_TEST_SEED repeats a run.
 */
#include <netinet/in.h>

#include "policy/compile.h"
#include "policy/diff.h"
#include "slot_read.h"
#include "unit.h"

#define PORTS 65536

static const __u8 protos[] = {IPPROTO_TCP, IPPROTO_UDP, IPPROTO_ICMP, 47}; /* in text order */
static const char *const nic_names[] = {"", "eth0", "eth1"};
static const char *const comments[] = {NULL, "a", "say \"b\" \\"};

/* --- Random numbers and commands ------------------------------------------------------------- */

static uint64_t seed = 1, random_state;

static unsigned pick(unsigned count)
{
	/* splitmix64 */
	uint64_t value = random_state += 0x9e3779b97f4a7c15u;

	value = (value ^ value >> 30) * 0xbf58476d1ce4e5b9u;
	value = (value ^ value >> 27) * 0x94d049bb133111ebu;
	return (unsigned)((value ^ value >> 31) % count);
}

struct change {
	unsigned proto, nic, comment; /* indices */
	unsigned low, high;
	enum action action;
};

/* Close together, near the ends and the DHCP ports, so that changes meet. */
static unsigned pick_port(void)
{
	static const unsigned around[] = {0, 64, 68, 544, 65528, 1000};
	unsigned base = around[pick(COUNT_OF(around))];

	return pick(20) ? base + pick(8) : pick(PORTS);
}

static struct change pick_change(void)
{
	struct change change = {
		.proto = pick(COUNT_OF(protos)),
		.nic = pick(COUNT_OF(nic_names)),
		.comment = pick(3) ? 0 : pick(COUNT_OF(comments)),
		.action = (enum action)(ACTION_NONE + pick(3)),
		.low = pick_port(),
	};
	unsigned other = pick(3) ? change.low : pick_port();

	change.high = other > change.low ? other : change.low;
	change.low = other < change.low ? other : change.low;
	if (protos[change.proto] != IPPROTO_TCP && protos[change.proto] != IPPROTO_UDP) {
		change.low = 0;
		change.high = PORTS - 1;
	}
	return change;
}

static void policy_change(struct policy *policy, const struct change *change)
{
	struct rule rule = {
		.proto = protos[change->proto],
		.low = (__u16)change->low,
		.high = (__u16)change->high,
		.action = change->action,
		.comment = (char *)comments[change->comment],
	};

	memcpy(rule.nic, nic_names[change->nic], strlen(nic_names[change->nic]));
	assert_int_equal(policy_append(policy, &rule), 0);
}

static struct policy pick_policy(unsigned changes)
{
	struct policy policy;

	policy_init(&policy);
	policy.default_action = pick(2) ? ACTION_ALLOW : ACTION_DENY;
	while (changes--) {
		struct change change = pick_change();

		policy_change(&policy, &change);
	}
	assert_int_equal(policy_normalise(&policy, NULL), 0);
	return policy;
}

/* --- The model ------------------------------------------------------------------------------- */

#define MODEL_EXACT 4u
#define MODEL_COMMENT(state) ((state) >> 3)

/* The action, MODEL_EXACT, and the comment from bit 3. */
static uint8_t model[COUNT_OF(protos)][COUNT_OF(nic_names)][PORTS];

static bool model_dhcp(unsigned proto, unsigned port)
{
	return protos[proto] == IPPROTO_UDP && (port == 68 || port == 546);
}

static void model_change(const struct change *change)
{
	uint8_t value = 0;

	if (change->action != ACTION_NONE)
		value = (uint8_t)(change->action | change->comment << 3);
	if (value && change->low == change->high && model_dhcp(change->proto, change->low))
		value |= MODEL_EXACT;
	memset(&model[change->proto][change->nic][change->low], value,
	       change->high - change->low + 1);
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

	for (unsigned nic = 0; nic < COUNT_OF(nic_names); nic++)
		for (unsigned i = 0; i < COUNT_OF(dhcp); i++) {
			uint8_t *states = model[1][nic];
			unsigned port = dhcp[i];

			if (states[port] && states[port - 1] != states[port] &&
			    states[port + 1] != states[port])
				states[port] |= MODEL_EXACT;
		}
}

static void expect_rule(const struct rule *rule, unsigned proto, unsigned nic, unsigned low,
			unsigned high)
{
	unsigned value = model[proto][nic][low];
	const char *comment = comments[MODEL_COMMENT(value)];

	assert_int_equal(rule->proto, protos[proto]);
	assert_string_equal(rule->nic, nic_names[nic]);
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

	for (unsigned proto = 0; proto < COUNT_OF(protos); proto++)
		for (unsigned nic = 0; nic < COUNT_OF(nic_names); nic++) {
			const uint8_t *states = model[proto][nic];
			unsigned high;

			for (unsigned low = 0; low < PORTS; low = high + 1) {
				high = model_interval(states, low);
				if (!states[low])
					continue;
				assert_true(count < policy->rule_count);
				expect_rule(&policy->rules[count++], proto, nic, low, high);
			}
		}
	assert_int_equal(count, policy->rule_count);
}

static enum action model_action(unsigned proto, unsigned nic, unsigned port)
{
	unsigned value = model[proto][nic][port];

	if (!value)
		value = model[proto][0][port];
	if ((value & 3) == ACTION_DENY && value & MODEL_EXACT)
		return ACTION_DENY_EXACT;
	return (enum action)(value & 3);
}

/* --- The properties -------------------------------------------------------------------------- */

static void at_every_port_the_last_change_wins(void **state)
{
	(void)state;
	for (unsigned round = 0; round < 100; round++) {
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
	for (unsigned round = 0; round < 150; round++) {
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
		struct change change = pick_change();
		enum action action = pick(2) ? ACTION_ALLOW : ACTION_DENY;

		change.action = ACTION_NONE;
		policy_change(&policy, &change);
		assert_int_equal(policy_normalise(&policy, NULL), 0);
		assert_int_equal(policy_copy(&policy, &before), 0);

		change.action = action;
		policy_change(&policy, &change);
		assert_int_equal(policy_normalise(&policy, NULL), 0);
		assert_false(policy_equal(&policy, &before));
		change.action = ACTION_NONE;
		policy_change(&policy, &change);
		assert_int_equal(policy_normalise(&policy, NULL), 0);
		assert_true(policy_equal(&policy, &before));
	}
}

static bool changes_meet(const struct change *a, const struct change *b)
{
	return a->proto == b->proto && a->nic == b->nic && a->low <= b->high && b->low <= a->high;
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

static void expect_slot(const struct policy *policy, const struct slot *slot, unsigned index,
			unsigned nic)
{
	for (unsigned proto = 0; proto < COUNT_OF(protos); proto++) {
		bool ports = proto <= PORT_TABLE_UDP; /* protos begins as enum port_table does */

		for (unsigned port = 0; port < (ports ? PORTS : 1); port++) {
			enum action expected = model_action(proto, nic, port);
			enum action action =
				ports ? slot_port_action(slot, (enum port_table)proto, port, index)
				      : slot_protocol_action(slot, protos[proto], index);

			if (action != expected)
				fail_msg("%u %u on \"%s\": %d, not %d", protos[proto], port,
					 nic_names[nic], action, expected);
			if (port > 1100 && port < 65500)
				continue;
			if (expected == ACTION_DENY_EXACT)
				expected = ACTION_DENY;
			assert_int_equal(policy_lookup(policy, protos[proto], (__u16)port,
						       nic_names[nic], NULL),
					 expected);
		}
	}
}

static void tables_and_lookup_agree_with_the_model_at_every_port(void **state)
{
	static const char nics[MAX_NICS][IFNAMSIZ] = {[3] = "eth0", [31] = "eth1", [4] = "eth4"};
	static struct slot slot;

	(void)state;
	for (unsigned round = 0; round < 30; round++) {
		_cleanup_policy_ struct policy policy;
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
		assert_int_equal(policy_compile(&policy, nics, &slot, &error), 0);
		expect_slot(&policy, &slot, 0, 0);
		expect_slot(&policy, &slot, 4, 0);
		expect_slot(&policy, &slot, 3, 1);
		expect_slot(&policy, &slot, 31, 2);
	}
}

/* Overlays what a line of a difference says. */
static void apply_line(struct policy *policy, const struct diff_line *line)
{
	_cleanup_policy_ struct policy change = policy_of(line->text);

	if (strncmp(line->text, "default ", strlen("default ")) == 0) {
		if (line->sign == '+')
			policy->default_action = change.default_action;
		return;
	}
	for (size_t i = 0; i < change.rule_count; i++) {
		struct rule rule = change.rules[i];

		if (line->sign == '-')
			rule.action = ACTION_NONE;
		assert_int_equal(policy_append(policy, &rule), 0);
	}
}

/* The policy after a few changes, or another one altogether. */
static struct policy pick_relative(const struct policy *policy)
{
	struct policy relative;

	if (pick(3) == 0)
		return pick_policy(pick(30));
	assert_int_equal(policy_copy(policy, &relative), 0);
	for (unsigned changes = pick(4); changes; changes--) {
		struct change change = pick_change();

		policy_change(&relative, &change);
	}
	assert_int_equal(policy_normalise(&relative, NULL), 0);
	return relative;
}

static void the_difference_applied_to_the_old_makes_the_new(void **state)
{
	(void)state;
	for (unsigned round = 0; round < 2000; round++) {
		random_state = seed + round;
		_cleanup_policy_ struct policy old = pick_policy(pick(30));
		_cleanup_policy_ struct policy new = pick_relative(&old);
		_cleanup_diff_ struct diff diff = {0};

		assert_int_equal(diff_policies(&old, &new, true, &diff), 0);
		assert_int_equal(diff.count == 0, policy_equal(&old, &new));
		for (size_t i = 0; i < diff.count; i++)
			if (diff.lines[i].sign == '-')
				apply_line(&old, &diff.lines[i]);
		for (size_t i = 0; i < diff.count; i++)
			if (diff.lines[i].sign == '+')
				apply_line(&old, &diff.lines[i]);
		assert_int_equal(policy_normalise(&old, NULL), 0);

		_cleanup_text_ char *made = text_of(&old);
		_cleanup_text_ char *wanted = text_of(&new);

		assert_string_equal(made, wanted);
		assert_true(policy_equal(&old, &new));
	}
}

static void a_small_change_is_a_small_difference(void **state)
{
	(void)state;
	for (unsigned round = 0; round < 500; round++) {
		random_state = seed + round;
		_cleanup_policy_ struct policy old = pick_policy(30);
		_cleanup_policy_ struct policy new = {0};
		_cleanup_diff_ struct diff diff = {0};
		struct change change = pick_change();

		change.proto = pick(2);
		change.high = change.low = pick_port();
		assert_int_equal(policy_copy(&old, &new), 0);
		policy_change(&new, &change);
		assert_int_equal(policy_normalise(&new, NULL), 0);
		assert_int_equal(diff_policies(&old, &new, true, &diff), 0);
		assert_true(diff.count <= 2);
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
		cmocka_unit_test(tables_and_lookup_agree_with_the_model_at_every_port),
		cmocka_unit_test(the_difference_applied_to_the_old_makes_the_new),
		cmocka_unit_test(a_small_change_is_a_small_difference),
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
