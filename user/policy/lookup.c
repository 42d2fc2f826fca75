/* SPDX-License-Identifier: GPL-2.0-only */
/* Questions to a normal policy: what holds for a packet, and what is left beside a rule. */
#include "policy.h"
#include "scope.h"
#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* The key's `low` is the port that is looked for in its scope and layer. */
static int port_compare(const void *key, const void *element)
{
	const struct rule *wanted = key, *rule = element;
	int order = layer_compare(wanted, rule);

	return order ? order : (wanted->low > rule->high) - (wanted->low < rule->low);
}

static const struct rule *find_rule(const struct policy *policy, const struct rule *wanted)
{
	return bsearch(wanted, policy->rules, policy->rule_count, sizeof(*policy->rules),
		       port_compare);
}

/* What holds in one scope: the timed state while it lasts, else the permanent one. */
static const struct rule *find_state(const struct policy *policy, struct rule *wanted, __s64 now)
{
	const struct rule *found;

	wanted->until = 1; /* any time: the timed layer */
	found = find_rule(policy, wanted);
	if (found && found->until > now)
		return found;
	wanted->until = 0;
	return find_rule(policy, wanted);
}

/* What holds for one source prefix: a rule of the NIC's own before one for all. */
static const struct rule *find_on_nic(const struct policy *policy, struct rule *wanted,
				      const char *nic, __s64 now)
{
	const struct rule *found = NULL;

	if (*nic) {
		strncpy(wanted->nic, nic, sizeof(wanted->nic) - 1);
		found = find_state(policy, wanted, now);
		memset(wanted->nic, 0, sizeof(wanted->nic));
	}
	return found ? found : find_state(policy, wanted, now);
}

enum action policy_lookup(const struct policy *policy, __u8 proto, __u16 port, const char *nic,
			  const struct prefix *source, __s64 now, const struct rule **rule)
{
	struct rule wanted = {.proto = proto, .low = port};
	const struct rule *found = NULL;

	if (policy->rule_count && source->family)
		for (int length = source->length; length >= 0 && !found; length--) {
			wanted.source = prefix_shortened(source, (unsigned)length);
			found = find_on_nic(policy, &wanted, nic, now);
		}
	wanted.source = (struct prefix){0};
	if (policy->rule_count && !found)
		found = find_on_nic(policy, &wanted, nic, now);
	if (rule)
		*rule = found;
	return found ? found->action : ACTION_NONE;
}

bool policy_allows_some(const struct policy *policy, __u8 proto, __u16 port, const char *nic)
{
	for (size_t i = 0; i < policy->rule_count; i++) {
		const struct rule *rule = &policy->rules[i];

		if (rule->proto == proto && rule->action == ACTION_ALLOW && rule->low <= port &&
		    rule->high >= port && (!*rule->nic || strcmp(rule->nic, nic) == 0))
			return true;
	}
	return false;
}

/* Whether `inner` decides some packets that `outer` would decide without it. */
static bool scope_is_narrower(const struct rule *inner, const struct rule *outer)
{
	if (inner->proto != outer->proto || !prefix_holds(&outer->source, &inner->source))
		return false;
	if (prefix_compare(&outer->source, &inner->source) == 0)
		return !*outer->nic && *inner->nic;
	return !*outer->nic || !*inner->nic || strcmp(outer->nic, inner->nic) == 0;
}

static bool actions_oppose(enum action a, enum action b)
{
	return (a == ACTION_ALLOW && b == ACTION_DENY) || (a == ACTION_DENY && b == ACTION_ALLOW);
}

int policy_narrower(const struct policy *policy, const struct rule *rule, struct policy *narrower)
{
	struct policy made;
	int err = 0;

	policy_init(&made);
	for (size_t i = 0; i < policy->rule_count && !err; i++) {
		struct rule inner = policy->rules[i];

		if (!scope_is_narrower(&inner, rule) ||
		    !actions_oppose(inner.action, rule->action) || inner.low > rule->high ||
		    inner.high < rule->low)
			continue;
		if (inner.low < rule->low)
			inner.low = rule->low;
		if (inner.high > rule->high)
			inner.high = rule->high;
		err = policy_append(&made, &inner);
	}
	if (!err)
		err = policy_normalise(&made, NULL);
	if (err) {
		policy_free(&made);
		return err;
	}
	*narrower = made;
	return 0;
}
