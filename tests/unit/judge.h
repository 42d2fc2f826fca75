/* SPDX-License-Identifier: GPL-2.0-only */
/* What compiled tables say of packets, asked through the program's own code. */
#ifndef PORTFW_TESTS_JUDGE_H
#define PORTFW_TESTS_JUDGE_H

#include "bpf/decide.h"
#include "policy/compile.h"
#include "policy/deadlines.h"
#include "policy/scope.h"
#include "unit.h"
#include "verdict/tables.h"

/* Jiffies of the tests: ten a second. */
#define JIFFIES(seconds) ((__u64)(seconds)*10)

static inline struct slot *slot_new(void)
{
	struct slot *slot = malloc(sizeof(*slot));

	assert_non_null(slot);
	return slot;
}
#define _cleanup_slot_ __attribute__((cleanup(unit_free)))

/* Compiles with a deadline for every time in the policy. What policy_compile() returns. */
static inline int compile_policy(const struct policy *policy, const char nics[MAX_NICS][IFNAMSIZ],
				 struct compiled *compiled, struct error *error)
{
	static const struct moment beginning = {.hz = JIFFIES(1)};
	static const struct deadline_table none;
	struct deadline_table made = {0};
	int err;

	assert_int_equal(deadlines_make(policy, &none, &beginning, &made), 0);
	err = policy_compile(policy, nics, &(struct deadlines){made.list, made.count}, compiled,
			     error);
	deadlines_free(&made);
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

/* What the rule for a packet from this address says on the NIC with this index. */
static inline enum action judge(const struct compiled *compiled, __u8 proto, unsigned port,
				unsigned nic, const struct prefix *source, __s64 now)
{
	const struct pkt pkt = pkt_of(proto, port, source);
	struct tables tables;

	verdict_tables(compiled, JIFFIES(now), &tables);
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
