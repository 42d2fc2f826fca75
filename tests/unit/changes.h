/* SPDX-License-Identifier: GPL-2.0-only */
/* Random changes of a policy that often meet: few protocols, scopes, times and ports. */
#ifndef PORTFW_TESTS_CHANGES_H
#define PORTFW_TESTS_CHANGES_H

#include <netinet/in.h>

#include "random.h"
#include "unit.h"

#define PORTS 65536

static const __u8 protos[] = {IPPROTO_TCP, IPPROTO_UDP, IPPROTO_ICMP, 47}; /* in text order */
static const struct {
	const char *nic;
	struct prefix source;
} scopes[] = {
	/* in text order, which is that of specificity too */
	{"", {0}},	    {"eth0", {0}},	    {"eth1", {0}},
	{"", {4, 8, {10}}}, {"eth0", {4, 8, {10}}}, {"", {4, 16, {10, 1}}},
};
/* Index 0: for ever. */
static const __s64 times[] = {0, TEST_NOW + 60, TEST_NOW + 120};
static const char *const comments[] = {NULL, "a", "say \"b\" \\"};

struct change {
	unsigned proto, scope, comment, time; /* indices */
	unsigned low, high;
	enum action action;
};

/* Close together, near the ends and the DHCP ports, so that changes meet. */
static inline unsigned pick_port(void)
{
	static const unsigned around[] = {0, 64, 68, 544, 65528, 1000};
	unsigned base = around[pick(COUNT_OF(around))];

	return pick(20) ? base + pick(8) : pick(PORTS);
}

static inline struct change pick_change(void)
{
	struct change change = {
		.proto = pick(COUNT_OF(protos)),
		.scope = pick(COUNT_OF(scopes)),
		.comment = pick(3) ? 0 : pick(COUNT_OF(comments)),
		.action = (enum action)(ACTION_NONE + pick(3)),
		.low = pick_port(),
	};
	unsigned other = pick(3) ? change.low : pick_port();

	if (change.action != ACTION_NONE && pick(3) == 0)
		change.time = pick(COUNT_OF(times));
	change.high = other > change.low ? other : change.low;
	change.low = other < change.low ? other : change.low;
	if (protos[change.proto] != IPPROTO_TCP && protos[change.proto] != IPPROTO_UDP) {
		change.low = 0;
		change.high = PORTS - 1;
	}
	return change;
}

static inline void policy_change(struct policy *policy, const struct change *change)
{
	struct rule rule = {
		.proto = protos[change->proto],
		.low = (__u16)change->low,
		.high = (__u16)change->high,
		.action = change->action,
		.source = scopes[change->scope].source,
		.until = times[change->time],
		.comment = (char *)comments[change->comment],
	};

	memcpy(rule.nic, scopes[change->scope].nic, strlen(scopes[change->scope].nic));
	assert_int_equal(policy_append(policy, &rule), 0);
}

static inline struct policy pick_policy(unsigned changes)
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

#endif
