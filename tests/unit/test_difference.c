/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The difference of random policies, applied to the old one, makes the new one. PORTFW_TEST_SEED
 * repeats a run.
 */
#include "changes.h"
#include "policy/diff.h"

enum { PERMANENT, TIMED, LAYERS };

static uint64_t seed = 1;

/* The policy in two, by layer. */
struct layers {
	struct policy layer[LAYERS];
};

static void layers_append(struct layers *layers, const struct policy *policy, bool removes)
{
	for (size_t i = 0; i < policy->rule_count; i++) {
		struct rule rule = policy->rules[i];
		struct policy *layer = &layers->layer[rule.until ? TIMED : PERMANENT];

		if (removes) {
			rule.action = ACTION_NONE;
			rule.until = 0;
		}
		assert_int_equal(policy_append(layer, &rule), 0);
	}
}

/* Deletes or puts what a line says, in its layer. */
static void layers_change(struct layers *layers, char sign, const char *text)
{
	_cleanup_policy_ struct policy change = policy_of(text);

	if (strncmp(text, "default ", strlen("default ")) != 0)
		layers_append(layers, &change, sign == '-');
	else if (sign == '+')
		layers->layer[PERMANENT].default_action = change.default_action;
}

/* The whole policy again. */
static struct policy layers_join(struct layers *layers)
{
	struct policy *timed = &layers->layer[TIMED], joined = layers->layer[PERMANENT];

	assert_int_equal(policy_normalise(&joined, NULL), 0);
	assert_int_equal(policy_normalise(timed, NULL), 0);
	for (size_t i = 0; i < timed->rule_count; i++)
		assert_int_equal(policy_append(&joined, &timed->rules[i]), 0);
	assert_int_equal(policy_normalise(&joined, NULL), 0);
	policy_free(timed);
	return joined;
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
	for (unsigned round = 0; round < 1500; round++) {
		random_state = seed + round;
		_cleanup_policy_ struct policy old = pick_policy(pick(30));
		_cleanup_policy_ struct policy new = pick_relative(&old);
		_cleanup_diff_ struct diff diff = {0};
		struct layers layers;

		assert_int_equal(diff_policies(&old, &new, &diff), 0);
		assert_int_equal(diff.count == 0, policy_equal(&old, &new));
		policy_init(&layers.layer[PERMANENT]);
		policy_init(&layers.layer[TIMED]);
		layers.layer[PERMANENT].default_action = old.default_action;
		layers_append(&layers, &old, false);
		for (size_t i = 0; i < diff.count; i++)
			if (diff.lines[i].sign == '-')
				layers_change(&layers, '-', diff.lines[i].text);
		for (size_t i = 0; i < diff.count; i++)
			if (diff.lines[i].sign != '-')
				layers_change(&layers, diff.lines[i].sign,
					      diff.lines[i].becomes ? diff.lines[i].becomes
								    : diff.lines[i].text);
		policy_free(&old);
		old = layers_join(&layers);

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
		assert_int_equal(diff_policies(&old, &new, &diff), 0);
		assert_true(diff.count <= 4);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
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
