/* SPDX-License-Identifier: GPL-2.0-only */
#include "model.h"
#include "model_frame.h"

#include <stdlib.h>
#include <string.h>

/* --- The policy ------------------------------------------------------------------------------ */

struct model_policy *model_policy_new(void)
{
	return calloc(1, sizeof(struct model_policy));
}

void model_policy_free(struct model_policy *policy)
{
	if (policy)
		free(policy->rules);
	free(policy);
}

void model_clear(struct model_policy *policy, bool default_allow, long long now)
{
	policy->default_allow = default_allow;
	policy->now = now;
	policy->rule_count = 0;
	policy->block_count = 0;
	policy->flow_count = 0;
	policy->lockdown = false;
	policy->keep_count = 0;
}

bool model_rule(struct model_policy *policy, const struct model_rule *rule)
{
	if (policy->rule_count == policy->rule_capacity) {
		size_t capacity = policy->rule_capacity * 2 + 64;
		struct model_rule *rules = realloc(policy->rules, capacity * sizeof(*rules));

		if (!rules)
			return false;
		policy->rules = rules;
		policy->rule_capacity = capacity;
	}
	policy->rules[policy->rule_count++] = *rule;
	return true;
}

void model_block(struct model_policy *policy, const struct model_prefix *from, long long until)
{
	policy->blocks[policy->block_count++] = (struct model_block){*from, until};
}

static bool same_ends(const struct model_flow *a, const struct model_flow *b)
{
	return a->family == b->family && a->proto == b->proto &&
	       !memcmp(a->local, b->local, sizeof(a->local)) && a->local_port == b->local_port &&
	       !memcmp(a->remote, b->remote, sizeof(a->remote)) && a->remote_port == b->remote_port;
}

void model_flow(struct model_policy *policy, const struct model_flow *flow)
{
	if (policy->flow_count == sizeof(policy->flows) / sizeof(*policy->flows))
		return;
	for (size_t i = 0; i < policy->flow_count; i++)
		if (same_ends(&policy->flows[i], flow))
			return;
	policy->flows[policy->flow_count++] = *flow;
}

/* --- Rules ----------------------------------------------------------------------------------- */

static bool address_begins_with(const unsigned char *address, const struct model_prefix *prefix)
{
	for (unsigned bit = 0; bit < prefix->length; bit++) {
		unsigned differ = address[bit / 8] ^ prefix->address[bit / 8];

		if (differ >> (7 - bit % 8) & 1)
			return false;
	}
	return true;
}

static bool holds(const struct model_prefix *prefix, const struct contents *p)
{
	return prefix->family == 0 ||
	       (prefix->family == p->family && address_begins_with(p->from, prefix));
}

static bool same_prefix(const struct model_prefix *a, const struct model_prefix *b)
{
	return a->family == b->family && a->length == b->length &&
	       !memcmp(a->address, b->address, sizeof(a->address));
}

/* One state of a port in a scope. */
struct layer_state {
	bool there, denies;
	bool by_itself; /* the rule names this port and no other */
	long long until;
};

/* A (protocol, port, source, NIC) has a permanent state and a timed one; the last command wins. */
static void state_of(const struct model_policy *policy, const struct model_rule *scope,
		     unsigned port, struct layer_state *permanent, struct layer_state *timed)
{
	*permanent = *timed = (struct layer_state){.there = false};
	for (size_t i = 0; i < policy->rule_count; i++) {
		const struct model_rule *rule = &policy->rules[i];
		struct layer_state state = {.there = true, .until = rule->until};

		if (rule->proto != scope->proto || port < rule->low || port > rule->high ||
		    rule->nic != scope->nic || !same_prefix(&rule->from, &scope->from))
			continue;
		state.denies = rule->action == ACTION_DENY;
		state.by_itself = has_ports(rule->proto) && rule->low == rule->high;
		if (rule->until) {
			*timed = state;
		} else {
			*permanent = state;
			timed->there = false;
		}
	}
}

static struct layer_state state_now(const struct model_policy *policy,
				    const struct model_rule *scope, unsigned port)
{
	struct layer_state permanent, timed;

	state_of(policy, scope, port, &permanent, &timed);
	return timed.there && timed.until > policy->now ? timed : permanent;
}

/* Whether the layer of this state says the same of another port. */
static bool same_at(const struct model_policy *policy, const struct model_rule *scope,
		    unsigned port, const struct layer_state *state)
{
	struct layer_state permanent, timed;
	const struct layer_state *other;

	state_of(policy, scope, port, &permanent, &timed);
	other = state->until ? &timed : &permanent;
	return other->there && other->denies == state->denies && other->until == state->until;
}

/* Whether the state names this port alone. A port that stands alone in the set, however it came to,
 * is printed, and so read back, as a rule for itself. */
static bool names_exactly(const struct model_policy *policy, const struct model_rule *scope,
			  unsigned port, const struct layer_state *state)
{
	return state->by_itself || (!same_at(policy, scope, port - 1, state) &&
				    !same_at(policy, scope, port + 1, state));
}

/* Longer source prefixes first; at equal length one NIC before all of them. */
static bool more_specific(const struct model_rule *a, const struct model_rule *b)
{
	int a_length = a->from.family ? (int)a->from.length : -1;
	int b_length = b->from.family ? (int)b->from.length : -1;

	if (a_length != b_length)
		return a_length > b_length;
	return a->nic != MODEL_EVERY_NIC && b->nic == MODEL_EVERY_NIC;
}

/* A rule of the scope whose state decides, NULL: no rule does. */
static const struct model_rule *deciding_rule(const struct model_policy *policy, unsigned nic,
					      const struct contents *p, unsigned port,
					      struct layer_state *state)
{
	const struct model_rule *best = NULL;

	for (size_t i = 0; i < policy->rule_count; i++) {
		const struct model_rule *rule = &policy->rules[i];
		struct layer_state found;

		if (rule->proto != p->proto || port < rule->low || port > rule->high ||
		    (rule->nic != MODEL_EVERY_NIC && rule->nic != (int)nic) ||
		    !holds(&rule->from, p) || (best && !more_specific(rule, best)))
			continue;
		found = state_now(policy, rule, port);
		if (!found.there)
			continue;
		best = rule;
		*state = found;
	}
	return best;
}

/* --- Flows ----------------------------------------------------------------------------------- */

/* Whether the packet is of a kind that answers, rather than asks or opens. */
static bool may_answer(const struct contents *p)
{
	bool syn = p->flags & 0x02, ack = p->flags & 0x10;

	if (p->proto == P_TCP)
		return !syn || ack;
	if (p->proto == P_SCTP)
		return p->chunk != 1; /* INIT */
	if (p->family == 4 && p->proto == P_ICMP)
		return p->type == 0;
	if (p->family == 6 && p->proto == P_ICMP6)
		return p->type == 129;
	return true;
}

/* `denied`: by a rule, not only by the default. */
static bool answers_a_flow(const struct model_policy *policy, const struct contents *p, bool denied)
{
	struct model_flow ends = {.family = p->family, .proto = p->proto};

	memcpy(ends.local, p->to, sizeof(ends.local));
	memcpy(ends.remote, p->from, sizeof(ends.remote));
	if (has_ports(p->proto)) {
		ends.local_port = p->destination;
		ends.remote_port = p->source;
	} else if (p->type != 256) {
		ends.local_port = p->id;
	}
	for (size_t i = 0; i < policy->flow_count; i++) {
		const struct model_flow *flow = &policy->flows[i];

		if (same_ends(flow, &ends) && flow->until > policy->now &&
		    (!denied || flow->beats_deny))
			return may_answer(p);
	}
	return false;
}

/* --- The verdict ----------------------------------------------------------------------------- */

static bool source_is_blocked(const struct model_policy *policy, const struct contents *p)
{
	for (size_t i = 0; i < policy->block_count; i++) {
		const struct model_block *block = &policy->blocks[i];

		if (holds(&block->from, p) && (!block->until || block->until > policy->now))
			return true;
	}
	return false;
}

static bool answers_dhcp(const struct contents *p)
{
	return p->proto == P_UDP && ((p->family == 4 && p->source == 67 && p->destination == 68) ||
				     (p->family == 6 && p->source == 547 && p->destination == 546));
}

static enum reason judge_by_rule(const struct model_policy *policy, unsigned nic,
				 const struct contents *p)
{
	unsigned port = has_ports(p->proto) ? p->destination : 0;
	struct layer_state state = {};
	const struct model_rule *rule = deciding_rule(policy, nic, p, port, &state);
	bool icmp4 = p->family == 4 && p->proto == P_ICMP;
	bool icmp6 = p->family == 6 && p->proto == P_ICMP6;
	bool igmp = p->family == 4 && p->proto == P_IGMP;

	if (rule && !state.denies)
		return REASON_ALLOW;
	if (icmp4 && (p->type == 3 || p->type == 11 || p->type == 12))
		return REASON_ICMP;
	if (icmp6 && p->type >= 1 && p->type <= 4)
		return REASON_ICMP;
	if ((icmp4 || icmp6 || igmp) && !rule)
		return REASON_ICMP;
	if (answers_dhcp(p) && !(rule && names_exactly(policy, rule, port, &state)))
		return REASON_DHCP;
	if (!rule && policy->default_allow)
		return REASON_DEFAULT_ALLOW;
	if (answers_a_flow(policy, p, rule))
		return REASON_REPLY;
	return rule ? REASON_DENY : REASON_DEFAULT_DENY;
}

static bool model_keeps(const struct model_policy *policy, int family, const unsigned char *address)
{
	for (size_t i = 0; i < policy->keep_count; i++)
		if (policy->keep[i].family == family &&
		    address_begins_with(address, &policy->keep[i]))
			return true;
	return false;
}

static enum reason judge_by_lockdown(const struct model_policy *policy, enum found found,
				     const struct contents *p)
{
	bool error = found == TRANSPORT &&
		     ((p->family == 4 && p->proto == P_ICMP &&
		       (p->type == 3 || p->type == 11 || p->type == 12)) ||
		      (p->family == 6 && p->proto == P_ICMP6 && p->type >= 1 && p->type <= 4));

	if (model_keeps(policy, p->family, p->from))
		return REASON_KEEP;
	if (found == TRANSPORT && answers_dhcp(p))
		return REASON_DHCP;
	if (error && p->quotes && model_keeps(policy, p->family, p->about))
		return REASON_ICMP;
	return REASON_LOCKDOWN;
}

struct answer model_judge(const struct model_policy *policy, enum link_type link, unsigned nic,
			  const unsigned char *frame, size_t length)
{
	struct answer answer = {.reason = REASON_NON_IP};
	struct contents p = {};
	enum found found = model_read(link, frame, length, &p);
	bool discovery = found == TRANSPORT && p.family == 6 && p.proto == P_ICMP6 &&
			 ((p.type >= 130 && p.type <= 137) || p.type == 143);

	if (found == BROKEN)
		answer.reason = REASON_MALFORMED;
	if (found == BROKEN || found == NON_IP)
		return answer;
	if (discovery)
		answer.reason = REASON_ICMP;
	else if (source_is_blocked(policy, &p))
		answer.reason = REASON_BLOCKED;
	else if (policy->lockdown)
		answer.reason = judge_by_lockdown(policy, found, &p);
	else if (found == LATER_FRAGMENT)
		answer.reason = REASON_FRAGMENT;
	else
		answer.reason = judge_by_rule(policy, nic, &p);
	if (found == TRANSPORT && (p.proto == P_TCP || p.proto == P_UDP)) {
		answer.proto = (__u8)p.proto;
		answer.port = (__u16)p.destination;
	}
	return answer;
}
