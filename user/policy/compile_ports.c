/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * One sweep over the ports of each protocol. Between two places where a rule begins or ends, the
 * same rules hold: a set, of which the sweep keeps the signature and the members in order.
 */
#include "compile_parts.h"
#include "scope.h"
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define WORD_BITS 64

/* A rule that has an effect. */
struct member {
	struct signature signature;
	struct state state;
	__u32 source;
	__u32 place; /* of its scope and layer among those of the protocol: at most one holds */
	__u16 low, high;
};

struct sweep {
	struct compiler *compiler;
	__u8 proto;
	struct member *members;
	size_t member_count;
	/* A rule begins, or has ended, at a port: the port from bit 40, the member from bit 1, bit
	 * 0: it begins. */
	__u64 *events;
	const struct member **current; /* by place */
	__u64 *holding;		       /* bit n: current[n] holds */
	size_t place_count, next_place;
	struct rule_set set;
	/* Bits of the NIC that was looked up last. */
	const char *nic;
	__u64 nic_mask;
};

#define EVENT(port, member, begins) ((__u64)(port) << 40 | (__u64)(member) << 1 | (begins))
#define EVENT_PORT(event) ((unsigned)((event) >> 40))
#define EVENT_MEMBER(event) ((event) >> 1 & ((1ull << 39) - 1))
#define EVENT_BEGINS(event) ((event)&1)

/* --- Rules ----------------------------------------------------------------------------------- */

/* Both bits of each NIC index that has this name, of all for "". */
static __u64 nic_mask(struct sweep *sweep, const char *nic)
{
	if (!*nic)
		return ~0ull;
	if (sweep->nic && strcmp(sweep->nic, nic) == 0)
		return sweep->nic_mask;
	sweep->nic = nic;
	sweep->nic_mask = 0;
	for (unsigned n = 0; n < MAX_NICS; n++)
		if (strncmp(sweep->compiler->nics[n], nic, IFNAMSIZ) == 0)
			sweep->nic_mask |= 3ull << (2 * n);
	return sweep->nic_mask;
}

static int deadline_compare(const void *key, const void *element)
{
	__s64 until = *(const __s64 *)key;
	const struct deadline *deadline = element;

	return (until > deadline->until) - (until < deadline->until);
}

static int deadline_find(const struct compiler *compiler, __s64 until, __u64 *jiffies)
{
	const struct deadlines *deadlines = compiler->deadlines;
	const struct deadline *found = NULL;

	if (deadlines && deadlines->count)
		found = bsearch(&until, deadlines->list, deadlines->count, sizeof(*deadlines->list),
				deadline_compare);
	if (!found || !found->jiffies)
		return error_set(compiler->error, -EINVAL,
				 "a rule ends at a time without a deadline");
	*jiffies = found->jiffies;
	return 0;
}

static int member_add(struct sweep *sweep, const struct rule *rule)
{
	const struct compiler *compiler = sweep->compiler;
	struct member *member = &sweep->members[sweep->member_count];
	__u64 mask = nic_mask(sweep, rule->nic);
	__u64 action = rule->exact && rule->action == ACTION_DENY ? (__u64)ACTION_DENY_EXACT
								  : (__u64)rule->action;

	if (!mask)
		return 0;
	*member = (struct member){
		.state = {.mask = mask, .actions = mask & action * 0x5555555555555555ull},
		.source = compiler->sources.of_rule[rule - compiler->policy->rules],
		.place = (__u32)sweep->place_count - 1,
		.low = rule->low,
		.high = rule->high,
	};
	if (rule->until) {
		int err = deadline_find(compiler, rule->until, &member->state.until);

		if (err)
			return err;
	}
	const __u64 numbers[] = {member->source, mask, member->state.actions, member->state.until};

	member->signature = signature_of(numbers, sizeof(numbers) / sizeof(numbers[0]));
	sweep->member_count++;
	return 0;
}

/* Collects the rules first to end - 1, all of one protocol. */
static int members_collect(struct sweep *sweep, const struct rule *first, const struct rule *end)
{
	int err = 0;

	sweep->member_count = 0;
	sweep->place_count = 0;
	for (const struct rule *rule = first; rule < end && !err; rule++) {
		if (rule == first || layer_compare(rule - 1, rule) != 0)
			sweep->place_count++;
		err = member_add(sweep, rule);
	}
	return err;
}

/* --- The set --------------------------------------------------------------------------------- */

/* The members of the set in order of their places. */
static const struct state *set_next(struct rule_set *set, __u32 *source)
{
	struct sweep *sweep = (struct sweep *)((char *)set - offsetof(struct sweep, set));
	size_t place = sweep->next_place;

	while (place < sweep->place_count) {
		__u64 rest = sweep->holding[place / WORD_BITS] >> place % WORD_BITS;

		if (rest) {
			place += (size_t)__builtin_ctzll(rest);
			sweep->next_place = place + 1;
			*source = sweep->current[place]->source;
			return &sweep->current[place]->state;
		}
		place = (place / WORD_BITS + 1) * WORD_BITS;
	}
	return NULL;
}

/* At one port a successor may come before its predecessor goes. */
static void set_change(struct sweep *sweep, const struct member *member, bool begins)
{
	__u64 *word = &sweep->holding[member->place / WORD_BITS];
	__u64 bit = 1ull << member->place % WORD_BITS;

	if (begins) {
		signature_add(&sweep->set.signature, &member->signature);
		sweep->current[member->place] = member;
		*word |= bit;
		return;
	}
	signature_remove(&sweep->set.signature, &member->signature);
	if (sweep->current[member->place] == member)
		*word &= ~bit;
}

/* --- The sweep ------------------------------------------------------------------------------- */

static void fill_codes(__u8 *codes, unsigned low, unsigned high, __u8 code)
{
	for (; low <= high && low % 4; low++)
		codes[low / 4] |= (__u8)(code << (low % 4 * 2));
	if (low > high)
		return;
	memset(codes + low / 4, code * 0x55, (high + 1 - low) / 4);
	for (low = high + 1 - (high + 1 - low) % 4; low <= high; low++)
		codes[low / 4] |= (__u8)(code << (low % 4 * 2));
}

/* What the set says holds for these ports. */
static int fill_ports(struct sweep *sweep, unsigned low, unsigned high)
{
	struct slot *slot = sweep->compiler->compiled->slot;
	int table = protocol_table(sweep->proto);
	__u8 code = CODE_NONE, class = 0;
	int err;

	if (signature_equal(&sweep->set.signature, &(struct signature){0, 0}))
		return 0;
	sweep->next_place = 0;
	err = compile_behaviour(sweep->compiler, &sweep->set, &code, &class);
	if (err)
		return err;
	if (table < 0) {
		slot->protocols[sweep->proto] = code;
		slot->protocol_class[sweep->proto] = class;
		return 0;
	}
	fill_codes(slot->ports[table], low, high, code);
	if (code == CODE_CLASS)
		memset(slot->port_class[table] + low, class, high - low + 1);
	return 0;
}

static int event_compare(const void *left, const void *right)
{
	__u64 a = *(const __u64 *)left, b = *(const __u64 *)right;

	return (a > b) - (a < b);
}

static int sweep_ports(struct sweep *sweep)
{
	size_t event_count = 0;
	unsigned port = 0;

	for (size_t i = 0; i < sweep->member_count; i++) {
		sweep->events[event_count++] = EVENT(sweep->members[i].low, i, 1);
		sweep->events[event_count++] = EVENT(sweep->members[i].high + 1u, i, 0);
	}
	qsort(sweep->events, event_count, sizeof(*sweep->events), event_compare);
	for (size_t i = 0; i < event_count; i++) {
		__u64 event = sweep->events[i];

		if (EVENT_PORT(event) > port) {
			int err = fill_ports(sweep, port, EVENT_PORT(event) - 1);

			if (err)
				return err;
			port = EVENT_PORT(event);
		}
		set_change(sweep, &sweep->members[EVENT_MEMBER(event)], EVENT_BEGINS(event));
	}
	return 0;
}

static void sweep_free(struct sweep *sweep)
{
	free(sweep->members);
	free(sweep->events);
	free(sweep->current);
	free(sweep->holding);
}
#define _cleanup_sweep_ __attribute__((cleanup(sweep_free)))

int compile_ports(struct compiler *compiler)
{
	const struct policy *policy = compiler->policy;
	const struct rule *end = policy_rules_end(policy), *next;
	_cleanup_sweep_ struct sweep sweep = {.compiler = compiler, .set = {.next = set_next}};
	size_t count = policy->rule_count;
	int err = 0;

	sweep.members = calloc(count + 1, sizeof(*sweep.members));
	sweep.events = calloc(2 * count + 1, sizeof(*sweep.events));
	sweep.current = calloc(count + 1, sizeof(*sweep.current));
	sweep.holding = calloc(count / WORD_BITS + 1, sizeof(*sweep.holding));
	if (!sweep.members || !sweep.events || !sweep.current || !sweep.holding)
		return compile_out_of_memory(compiler);
	for (const struct rule *first = policy->rules; first < end && !err; first = next) {
		for (next = first + 1; next < end && next->proto == first->proto;)
			next++;
		sweep.proto = first->proto;
		err = members_collect(&sweep, first, next);
		if (!err)
			err = sweep_ports(&sweep);
	}
	return err;
}
