/* SPDX-License-Identifier: GPL-2.0-only */
/* The policy that leaves open what is used alone. */
#include "audit.h"
#include "scope.h"
#include <netinet/in.h>
#include <string.h>

bool audit_keeps(const struct close_plan *plan, const struct listener *listener)
{
	if (listener->verdict != AUDIT_EXPOSED || listener->client)
		return false;
	/* Where no packets are counted, nothing says that it is not used. */
	return !plan->counted || !listener->counted || listener->passed || listener->has_peers;
}

static int allow(struct policy *policy, __u8 proto, __u16 low, __u16 high,
		 const struct prefix *source)
{
	struct rule rule = {.proto = proto, .low = low, .high = high, .action = ACTION_ALLOW};

	if (protocol_table(proto) < 0) {
		rule.low = 0;
		rule.high = PORT_MAX;
	}
	if (source)
		rule.source = *source;
	return policy_append(policy, &rule);
}

static int allow_used(struct policy *policy, const struct close_plan *plan)
{
	int code = 0;

	for (size_t i = 0; i < plan->count && code == 0; i++) {
		const struct listener *listener = plan->listeners[i];
		if (audit_keeps(plan, listener) && !audit_is_allowed(policy, listener))
			code = allow(policy, listener->proto, listener->low, listener->high, NULL);
	}
	return code;
}

static int keep_ports(struct policy *policy, const struct rule *rule, unsigned low, unsigned high)
{
	struct rule kept = *rule;

	if (low > high)
		return 0;
	kept.low = (__u16)low;
	kept.high = (__u16)high;
	return policy_append(policy, &kept);
}

/* Keeps a rule but for its idle ports. */
static int keep_rule(struct policy *policy, const struct rule *rule, const struct close_plan *plan)
{
	unsigned low = rule->low;
	int code = 0;

	for (size_t i = 0; i < plan->count && code == 0; i++) {
		const struct listener *idle = plan->listeners[i];
		if (!plan->drop_idle || rule->action != ACTION_ALLOW ||
		    idle->verdict != AUDIT_IDLE || idle->has_peers || idle->proto != rule->proto ||
		    idle->low < low || idle->high > rule->high)
			continue;
		code = keep_ports(policy, rule, low, idle->low - 1U);
		low = idle->high + 1U;
	}
	return code ? code : keep_ports(policy, rule, low, rule->high);
}

/* The rules of the old policy that are of use. */
static int keep_rules(struct policy *policy, const struct policy *old,
		      const struct close_plan *plan)
{
	_cleanup_rule_uses_ struct rule_uses uses = {NULL, 0};
	int code = audit_rules(old, plan->listeners, plan->count, &uses);
	size_t use = 0;

	for (size_t i = 0; i < old->rule_count && code == 0; i++) {
		const struct rule *rule = &old->rules[i];
		bool known = use < uses.count && uses.list[use].rule == rule;
		if (!known || !uses.list[use].stale)
			code = keep_rule(policy, rule, plan);
		use += known;
	}
	return code;
}

/* The session that the operator works in passes as before. If it needs no rule under `default
 * deny`, it does not come through a guarded NIC. */
static int keep_operator(struct policy *policy, const struct policy *old,
			 const struct close_plan *plan)
{
	const struct prefix *source = &plan->operator_source;
	const struct listener port = {.proto = IPPROTO_TCP,
				      .low = plan->operator_port,
				      .high = plan->operator_port,
				      .takes = {true, true}};
	const struct rule *rule;

	if (!source->family || old->default_action == ACTION_DENY)
		return 0;
	if (policy_lookup(policy, IPPROTO_TCP, port.low, "", source, plan->now, &rule) !=
	    ACTION_NONE)
		return 0;
	return allow(policy, IPPROTO_TCP, port.low, port.high,
		     audit_is_allowed(policy, &port) ? source : NULL);
}

int audit_close_unused(struct policy *policy, const struct close_plan *plan)
{
	_cleanup_policy_ struct policy made;
	struct policy old = *policy;
	int code;

	policy_init(&made);
	made.default_action = ACTION_DENY;
	code = keep_rules(&made, &old, plan);
	if (code == 0)
		code = allow_used(&made, plan);
	if (code == 0)
		code = policy_normalise(&made, NULL);
	if (code == 0)
		code = keep_operator(&made, &old, plan);
	if (code == 0)
		code = policy_normalise(&made, NULL);
	if (code)
		return code;
	*policy = made;
	made = old;
	return 0;
}
