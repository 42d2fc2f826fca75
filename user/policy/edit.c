/* SPDX-License-Identifier: GPL-2.0-only */
#include "edit.h"
#include <string.h>

static int append_all(struct policy *policy, const struct policy *rules)
{
	int code = 0;

	for (size_t i = 0; i < rules->rule_count && code == 0; i++)
		code = policy_append(policy, &rules->rules[i]);
	return code;
}

/* --- Rules that come ---------------------------------------------------------------------------
 */

/* What becomes of a narrower rule: a deny for ever needs no rule there, one that ends overlays it.
 * Where the given one is about one NIC, the rule stays for the others. */
static int overrule(const struct rule *narrower, const struct rule *given, struct policy *policy)
{
	struct rule rule = *narrower;
	bool other_nics = *given->nic && !*narrower->nic;

	if (other_nics && given->action == ACTION_NONE)
		return 0;
	rule.action = other_nics || given->until ? given->action : ACTION_NONE;
	rule.until = given->until;
	rule.comment = NULL;
	memcpy(rule.nic, other_nics ? given->nic : narrower->nic, sizeof(rule.nic));
	return policy_append(policy, &rule);
}

/* The rules narrower than `given` that say otherwise than `action`, into *narrower, which must hold
 * nothing. */
static int find_narrower(const struct policy *policy, const struct rule *given, enum action action,
			 struct policy *narrower)
{
	struct rule rule = *given;

	rule.action = action;
	return policy_narrower(policy, &rule, narrower);
}

/* Adds what overrules them. */
static int overrule_all(const struct policy *policy, const struct rule *given, enum action action,
			struct policy *added)
{
	_cleanup_policy_ struct policy narrower;
	int code;

	policy_init(&narrower);
	code = find_narrower(policy, given, action, &narrower);
	for (size_t i = 0; i < narrower.rule_count && code == 0; i++)
		code = overrule(&narrower.rules[i], given, added);
	return code;
}

int edit_rules(struct policy *policy, const struct policy *rules, bool all_sources)
{
	_cleanup_policy_ struct policy added;
	int code = 0;

	policy_init(&added);
	for (size_t i = 0; all_sources && i < rules->rule_count && code == 0; i++) {
		const struct rule *rule = &rules->rules[i];
		code = overrule_all(policy, rule, ACTION_DENY, &added);
		if (code == 0 && rule->action == ACTION_NONE)
			code = overrule_all(policy, rule, ACTION_ALLOW, &added);
	}
	if (code == 0)
		code = append_all(policy, rules);
	return code ? code : append_all(policy, &added);
}

/* --- Rules that stay beside them ---------------------------------------------------------------
 */

static int add_narrower(const struct policy *policy, const struct rule *given, enum action action,
			struct policy *found)
{
	_cleanup_policy_ struct policy narrower;
	int code;

	policy_init(&narrower);
	code = find_narrower(policy, given, action, &narrower);
	return code ? code : append_all(found, &narrower);
}

static enum action opposite(enum action action)
{
	return action == ACTION_ALLOW ? ACTION_DENY : ACTION_ALLOW;
}

static bool shares_ports(const struct rule *a, const struct rule *b)
{
	return a->proto == b->proto && a->low <= b->high && a->high >= b->low;
}

/* Adds the rule as far as it has the ports of `given`, if it is wider: if the opposite of `given`
 * would be an exception to it. */
static int add_if_wider(const struct rule *rule, const struct rule *given, struct policy *found)
{
	_cleanup_policy_ struct policy one, exceptions;
	struct rule wider = *rule, opposed = *given;
	int code;

	policy_init(&one);
	policy_init(&exceptions);
	opposed.action = opposite(rule->action);
	code = policy_append(&one, &opposed);
	if (code == 0)
		code = policy_normalise(&one, NULL);
	if (code == 0)
		code = policy_narrower(&one, rule, &exceptions);
	if (code || !exceptions.rule_count)
		return code;
	wider.low = exceptions.rules[0].low;
	wider.high = exceptions.rules[0].high;
	return policy_append(found, &wider);
}

static int add_wider(const struct policy *policy, const struct rule *given, struct policy *found)
{
	int code = 0;

	for (size_t i = 0; i < policy->rule_count && code == 0; i++) {
		if (shares_ports(&policy->rules[i], given))
			code = add_if_wider(&policy->rules[i], given, found);
	}
	return code;
}

int edit_exceptions(const struct policy *policy, const struct policy *given, struct policy *found)
{
	int code = 0;

	for (size_t i = 0; i < given->rule_count && code == 0; i++) {
		const struct rule *rule = &given->rules[i];
		if (rule->action != ACTION_NONE) {
			code = add_narrower(policy, rule, rule->action, found);
			continue;
		}
		code = add_narrower(policy, rule, ACTION_ALLOW, found);
		if (code == 0)
			code = add_narrower(policy, rule, ACTION_DENY, found);
		if (code == 0)
			code = add_wider(policy, rule, found);
	}
	return code;
}
