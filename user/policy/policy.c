/* SPDX-License-Identifier: GPL-2.0-only */
#include "policy.h"
#include "scope.h"
#include <errno.h>
#include <stdlib.h>
#include <string.h>

void policy_init(struct policy *policy)
{
	*policy = (struct policy){.default_action = ACTION_ALLOW, .normal = true};
}

void policy_free(struct policy *policy)
{
	for (size_t i = 0; i < policy->rule_count; i++)
		free(policy->rules[i].comment);
	free(policy->rules);
	policy_init(policy);
}

int policy_copy(const struct policy *policy, struct policy *copy)
{
	struct policy made = *policy;

	made.rules = NULL;
	made.rule_count = 0;
	made.rule_capacity = 0;
	if (policy->rule_count) {
		made.rules = calloc(policy->rule_count, sizeof(*made.rules));
		if (!made.rules)
			return -ENOMEM;
		made.rule_capacity = policy->rule_count;
	}
	for (size_t i = 0; i < policy->rule_count; i++) {
		struct rule rule = policy->rules[i];

		if (rule.comment) {
			rule.comment = strdup(rule.comment);
			if (!rule.comment) {
				policy_free(&made);
				return -ENOMEM;
			}
		}
		made.rules[made.rule_count++] = rule;
	}
	*copy = made;
	return 0;
}

static int policy_reserve(struct policy *policy)
{
	size_t capacity = policy->rule_capacity ? 2 * policy->rule_capacity : 16;
	struct rule *rules;

	if (policy->rule_count < policy->rule_capacity)
		return 0;
	rules = reallocarray(policy->rules, capacity, sizeof(*rules));
	if (!rules)
		return -ENOMEM;
	policy->rules = rules;
	policy->rule_capacity = capacity;
	return 0;
}

static bool rule_is_valid(const struct rule *rule)
{
	if (rule->low > rule->high || rule->action > ACTION_DENY)
		return false;
	if (strnlen(rule->nic, sizeof(rule->nic)) == sizeof(rule->nic))
		return false;
	if (!prefix_is_valid(&rule->source) || rule->until < 0 || rule->until > UNTIL_MAX ||
	    (rule->until && rule->action == ACTION_NONE))
		return false;
	return protocol_table(rule->proto) >= 0 || (rule->low == 0 && rule->high == PORT_MAX);
}

int policy_append(struct policy *policy, const struct rule *rule)
{
	struct rule appended = *rule;
	int err;

	if (!rule_is_valid(rule))
		return -EINVAL;
	err = policy_reserve(policy);
	if (err)
		return err;
	if (rule->comment) {
		appended.comment = strdup(rule->comment);
		if (!appended.comment)
			return -ENOMEM;
	}
	appended.exact = interval_is_exact(rule->proto, rule->low, rule->high);
	policy->rules[policy->rule_count++] = appended;
	policy->normal = false;
	return 0;
}

static bool rule_equal(const struct rule *a, const struct rule *b)
{
	return scope_compare(a, b) == 0 && a->low == b->low && a->high == b->high &&
	       a->exact == b->exact && state_equal(a, b);
}

bool policy_equal(const struct policy *a, const struct policy *b)
{
	if (a->default_action != b->default_action || a->rule_count != b->rule_count)
		return false;
	for (size_t i = 0; i < a->rule_count; i++)
		if (!rule_equal(&a->rules[i], &b->rules[i]))
			return false;
	return true;
}
