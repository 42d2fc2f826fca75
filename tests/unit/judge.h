/* SPDX-License-Identifier: GPL-2.0-only */
/* What compiled tables say of packets, asked through the program's own code. */
#ifndef PORTFW_TESTS_JUDGE_H
#define PORTFW_TESTS_JUDGE_H

#include "bpf/decide.h"
#include "policy/compile.h"
#include "policy/scope.h"
#include "unit.h"

/* Jiffies of the tests: ten a second. */
#define JIFFIES(seconds) ((__u64)(seconds)*10)

static inline struct slot *slot_new(void)
{
	struct slot *slot = malloc(sizeof(*slot));

	assert_non_null(slot);
	return slot;
}
#define _cleanup_slot_ __attribute__((cleanup(unit_free)))

static inline int compare_deadlines(const void *left, const void *right)
{
	const struct deadline *a = left, *b = right;

	return (a->until > b->until) - (a->until < b->until);
}

/* Compiles with a deadline for every time in the policy. What policy_compile() returns. */
static inline int compile_policy(const struct policy *policy, const char nics[MAX_NICS][IFNAMSIZ],
				 struct compiled *compiled, struct error *error)
{
	struct deadline *list = calloc(policy->rule_count + 1, sizeof(*list));
	struct deadlines deadlines = {.list = list};
	size_t count = 0;
	int err;

	assert_non_null(list);
	for (size_t i = 0; i < policy->rule_count; i++)
		if (policy->rules[i].until)
			list[count++] = (struct deadline){policy->rules[i].until,
							  JIFFIES(policy->rules[i].until)};
	qsort(list, count, sizeof(*list), compare_deadlines);
	for (size_t i = 0; i < count; i++)
		if (!i || list[i].until != list[deadlines.count - 1].until)
			list[deadlines.count++] = list[i];
	err = policy_compile(policy, nics, &deadlines, compiled, error);
	free(list);
	return err;
}

static inline struct prefix prefix_of(const char *word)
{
	struct error error = {0};
	struct prefix prefix = {0};

	if (words_read_prefix(word, &prefix, &error) != 0)
		fail_msg("%s", error.text);
	return prefix;
}

/* A whole packet without TCP flags and ICMP type that matter. */
static inline struct pkt pkt_of(__u8 proto, unsigned port, const struct prefix *source)
{
	struct address6 address = prefix_first(source);
	int table = protocol_table(proto);

	return (struct pkt){
		.family = source->family,
		.protocol = proto,
		.port_table = table < 0 ? PORT_TABLE_COUNT : (__u8)table,
		.source_port = 40000,
		.destination_port = (__u16)port,
		.icmp_type = proto == 58 ? 128 : 8, /* echo request */
		.source_high = address.high,
		.source_low = address.low,
	};
}

static inline struct tables tables_of(const struct compiled *compiled, __s64 now)
{
	return (struct tables){
		.slot = compiled->slot,
		.sources4 = compiled->sources4,
		.sources6 = compiled->sources6,
		.cells = compiled->cells,
		.now = JIFFIES(now),
	};
}

/* What the rule for a packet from this address says on the NIC with this index. */
static inline enum action judge(const struct compiled *compiled, __u8 proto, unsigned port,
				unsigned nic, const struct prefix *source, __s64 now)
{
	const struct tables tables = tables_of(compiled, now);
	const struct pkt pkt = pkt_of(proto, port, source);

	return rule_match(&tables, compiled->slot, nic, &pkt).action;
}

/* The same from an address that no prefix of a test holds. */
static inline enum action judge_port(const struct compiled *compiled, __u8 proto, unsigned port,
				     unsigned nic)
{
	const struct prefix elsewhere = {4, 32, {203, 0, 113, 77}};

	return judge(compiled, proto, port, nic, &elsewhere, TEST_NOW);
}

#endif
