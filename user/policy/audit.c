/* SPDX-License-Identifier: GPL-2.0-only */
#include "audit.h"
#include "scope.h"
#include <errno.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

static const char *const names[] = {
#define X(name) [AUDIT_##name] = #name,
	AUDIT_VERDICTS(X)
#undef X
};
_Static_assert(sizeof(names) / sizeof(*names) == AUDIT_VERDICT_COUNT, "each has its name");

const char *audit_verdict_name(enum audit_verdict verdict)
{
	return names[verdict];
}

void listener_free(struct listener *listener)
{
	for (size_t i = 0; i < listener->nic_count; i++) {
		reach_free(&listener->nics[i].reach[0]);
		reach_free(&listener->nics[i].reach[1]);
	}
	free(listener->nics);
	listener->nics = NULL;
	listener->nic_count = 0;
}

/* --- Verdicts ------------------------------------------------------------------------------ */

/* Whether a rule for the port speaks of one NIC alone. */
static bool nics_differ(const struct policy *policy, const struct listener *listener)
{
	for (size_t i = 0; i < policy->rule_count; i++) {
		const struct rule *rule = &policy->rules[i];
		if (*rule->nic && rule->proto == listener->proto && rule->low <= listener->low &&
		    rule->high >= listener->low)
			return true;
	}
	return false;
}

static int find_on_nic(const struct audit_setting *setting, const char *nic,
		       struct listener *listener)
{
	static const __u8 families[] = {4, 6};
	struct nic_reach *made = &listener->nics[listener->nic_count++];
	int code = 0;

	for (unsigned family = 0; family < 2 && code == 0; family++)
		if (listener->takes[family])
			code = reach_find(setting->policy, listener->proto, listener->low, nic,
					  families[family], setting->now, &made->reach[family]);
	return code;
}

/* From where the NICs that lead to the listener let packets in. */
static int find_reach(const struct audit_setting *setting, struct listener *listener)
{
	bool differ = nics_differ(setting->policy, listener);
	int code = 0;

	listener->nics = calloc(differ ? MAX_NICS : 1, sizeof(*listener->nics));
	if (!listener->nics)
		return -ENOMEM;
	if (!differ)
		return find_on_nic(setting, "", listener);
	for (size_t i = 0; i < setting->nic_count && code == 0; i++) {
		const char *name = setting->nics[i];
		if (!(listener->carriers >> i & 1))
			continue;
		memcpy(listener->nics[listener->nic_count].nic, name, IFNAMSIZ);
		code = find_on_nic(setting, name, listener);
	}
	return code;
}

/* Packets of these pass without a rule (bpf/decide.h). */
static bool passes_by_itself(__u8 proto)
{
	return proto == IPPROTO_ICMP || proto == IPPROTO_IGMP || proto == IPPROTO_ICMPV6;
}

/* What lets packets in, over all NICs and families. */
struct ways {
	bool by_rule, by_default;
	const struct rule *allowing, *denying;
};

static struct ways find_ways(const struct listener *listener)
{
	struct ways ways = {false, false, NULL, NULL};

	for (size_t i = 0; i < 2 * listener->nic_count; i++) {
		const struct reach *reach = &listener->nics[i / 2].reach[i % 2];
		ways.by_rule |= reach->by_rule;
		ways.by_default |= reach->by_default;
		if (!ways.allowing)
			ways.allowing = reach->allowing;
		if (!ways.denying)
			ways.denying = reach->denying;
	}
	return ways;
}

static enum audit_verdict choose(const struct audit_setting *setting,
				 const struct listener *listener, const struct ways *ways)
{
	if (listener->by_itself)
		return AUDIT_OPEN;
	if (ways->by_default)
		return AUDIT_EXPOSED;
	if (!ways->by_rule)
		return AUDIT_CLOSED;
	return listener->counted && setting->idle && listener->passed == 0 ? AUDIT_IDLE
									   : AUDIT_OPEN;
}

int audit_judge(const struct audit_setting *setting, struct listener *listener)
{
	struct ways ways;
	int code;

	if (listener->local) {
		listener->verdict = AUDIT_LOCAL;
		return 0;
	}
	if (!listener->carriers) {
		listener->verdict = AUDIT_EXPOSED;
		listener->unguarded = true;
		return 0;
	}
	/* A raw socket for TCP: what passes is copied to it, whatever the port. */
	if (listener->raw && protocol_table(listener->proto) >= 0) {
		listener->verdict = AUDIT_OPEN;
		return 0;
	}
	code = find_reach(setting, listener);
	if (code)
		return code;
	ways = find_ways(listener);
	listener->by_itself = passes_by_itself(listener->proto) && !ways.by_rule && !ways.denying;
	if (!ways.by_default)
		listener->rule = ways.by_rule ? ways.allowing : ways.denying;
	listener->verdict = choose(setting, listener, &ways);
	return 0;
}

enum reach_extent audit_extent(const struct listener *listener, unsigned family)
{
	enum reach_extent widest = REACH_NOBODY;

	for (size_t i = 0; i < listener->nic_count; i++) {
		enum reach_extent extent = listener->nics[i].reach[family].extent;
		if (extent > widest)
			widest = extent;
	}
	return listener->unguarded && listener->takes[family] ? REACH_ALL : widest;
}

/* --- Rules --------------------------------------------------------------------------------- */

/* Protocols that the kernel itself speaks: no socket tells whether it does. */
static bool kernel_speaks(__u8 proto)
{
	enum { L2TP = 115 };
	static const __u8 protocols[] = {
		IPPROTO_ICMP,	 IPPROTO_IGMP, IPPROTO_IPIP, IPPROTO_IPV6,
		IPPROTO_GRE,	 IPPROTO_ESP,  IPPROTO_AH,   IPPROTO_ICMPV6,
		IPPROTO_UDPLITE, IPPROTO_COMP, L2TP,
	};

	for (size_t i = 0; i < sizeof(protocols); i++)
		if (protocols[i] == proto)
			return true;
	return false;
}

int audit_listener_compare(const struct listener *a, const struct listener *b)
{
	if (a->proto != b->proto)
		return a->proto - b->proto;
	return a->low != b->low ? a->low - b->low : a->high - b->high;
}

/* Whether packets that the rule lets in can be for the listener. */
static bool serves(const struct listener *listener, const struct rule *rule)
{
	if (listener->proto != rule->proto || listener->raw != (protocol_table(rule->proto) < 0))
		return false;
	if (!listener->raw && (listener->high < rule->low || listener->low > rule->high))
		return false;
	return rule->source.family == 0 || listener->takes[rule->source.family == 6];
}

bool audit_is_allowed(const struct policy *policy, const struct listener *listener)
{
	for (size_t i = 0; i < policy->rule_count; i++) {
		const struct rule *rule = &policy->rules[i];
		if (rule->action == ACTION_ALLOW && serves(listener, rule) &&
		    (listener->raw || (rule->low <= listener->low && rule->high >= listener->high)))
			return true;
	}
	return false;
}

static struct rule_use find_use(const struct rule *rule, const struct listener *const *listeners,
				size_t count)
{
	struct rule_use use = {.rule = rule};
	unsigned next = rule->low; /* the first port that was not counted yet */

	for (size_t i = 0; i < count; i++) {
		const struct listener *listener = listeners[i];
		unsigned low, high;

		if (!serves(listener, rule))
			continue;
		if (listener->local) {
			use.local = true;
			continue;
		}
		low = listener->low > next ? listener->low : next;
		high = listener->high < rule->high ? listener->high : rule->high;
		if (listener->raw)
			high = low;
		if (high >= low) {
			use.listening += high - low + 1;
			next = high + 1;
		}
	}
	use.stale = use.listening == 0;
	use.local &= use.stale;
	return use;
}

int audit_rules(const struct policy *policy, const struct listener *const *listeners, size_t count,
		struct rule_uses *uses)
{
	struct rule_use *list = calloc(policy->rule_count + 1, sizeof(*list));
	size_t found = 0;

	if (!list)
		return -ENOMEM;
	for (size_t i = 0; i < policy->rule_count; i++) {
		const struct rule *rule = &policy->rules[i];
		if (rule->action == ACTION_ALLOW && !kernel_speaks(rule->proto))
			list[found++] = find_use(rule, listeners, count);
	}
	*uses = (struct rule_uses){list, found};
	return 0;
}

void rule_uses_free(struct rule_uses *uses)
{
	free(uses->list);
	*uses = (struct rule_uses){NULL, 0};
}
