/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * One sweep over the ports of each protocol. Between two places where a rule begins or ends, the
 * behaviour is one: the action on each of the 32 NIC indices, two bits each in one vector.
 */
#include "compile.h"
#include "scope.h"
#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* The same action on every NIC, times the action. */
#define EVERY_NIC 0x5555555555555555ull
#define ACTION_MASK 3ull

/* What holds at the port where the sweep stands. */
struct state {
	__u64 own;	   /* both bits of each NIC that has a rule of its own */
	__u64 own_actions; /* the actions of those, else 0 */
	__u64 everywhere;  /* the action of the rule for all NICs, on each NIC */
};

/* A rule begins, or has ended, at a port. */
struct event {
	unsigned port;
	bool begins;
	__u64 nics;    /* EVERY_NIC, or bit 2n for each index n of its NIC */
	__u64 actions; /* on these */
};

struct compiler {
	const char (*nics)[IFNAMSIZ];
	struct slot *slot;
	__u64 vectors[MAX_CLASSES]; /* of the classes so far, packed for the search */
	unsigned class_count, last_class;
	struct event *events;
	size_t event_count;
	struct error *error;
};

/* Bit 2n for each index n that has this NIC. */
static __u64 nic_bits(const struct compiler *compiler, const char *nic)
{
	__u64 bits = 0;

	for (unsigned n = 0; n < MAX_NICS; n++)
		if (strncmp(compiler->nics[n], nic, IFNAMSIZ) == 0)
			bits |= 1ull << (2 * n);
	return bits;
}

static __u64 rule_action(const struct rule *rule)
{
	return rule->exact && rule->action == ACTION_DENY ? ACTION_DENY_EXACT : rule->action;
}

/* The class of a vector: one that is there, or a new one. */
static int class_find(struct compiler *compiler, __u64 vector, __u8 *class)
{
	unsigned found = compiler->last_class;

	if (found >= compiler->class_count || compiler->vectors[found] != vector)
		for (found = 0; found < compiler->class_count; found++)
			if (compiler->vectors[found] == vector)
				break;
	if (found == MAX_CLASSES)
		return error_set(compiler->error, -ENOSPC, "more than %d distinct port behaviours",
				 MAX_CLASSES);
	if (found == compiler->class_count) {
		compiler->vectors[found] = vector;
		compiler->slot->classes[found].nic_actions = vector;
		compiler->class_count++;
	}
	compiler->last_class = found;
	*class = (__u8)found;
	return 0;
}

/* The code of a vector, and its class where it has one. */
static int vector_code(struct compiler *compiler, __u64 vector, __u8 *code, __u8 *class)
{
	*class = 0;
	for (__u64 action = ACTION_NONE; action <= ACTION_DENY; action++)
		if (vector == action * EVERY_NIC) {
			*code = (__u8)action;
			return 0;
		}
	*code = CODE_CLASS;
	return class_find(compiler, vector, class);
}

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

static int fill_ports(struct compiler *compiler, int table, unsigned low, unsigned high,
		      const struct state *state)
{
	__u64 vector = (state->everywhere & ~state->own) | state->own_actions;
	__u8 code, class;
	int err;

	if (vector == 0)
		return 0;
	err = vector_code(compiler, vector, &code, &class);
	if (err)
		return err;
	fill_codes(compiler->slot->ports[table], low, high, code);
	if (code == CODE_CLASS)
		memset(compiler->slot->port_class[table] + low, class, high - low + 1);
	return 0;
}

static int event_compare(const void *left, const void *right)
{
	const struct event *a = left, *b = right;

	if (a->port != b->port)
		return a->port < b->port ? -1 : 1;
	return (int)a->begins - (int)b->begins; /* rules of one scope never overlap */
}

static void state_change(struct state *state, const struct event *event)
{
	__u64 mask = event->nics * ACTION_MASK;

	if (event->nics == EVERY_NIC) {
		state->everywhere = event->begins ? event->actions : 0;
		return;
	}
	state->own &= ~mask;
	state->own_actions &= ~mask;
	if (event->begins) {
		state->own |= mask;
		state->own_actions |= event->actions;
	}
}

static int events_sweep(struct compiler *compiler, int table)
{
	struct state state = {0};
	unsigned port = 0;

	qsort(compiler->events, compiler->event_count, sizeof(*compiler->events), event_compare);
	for (size_t i = 0; i < compiler->event_count; i++) {
		const struct event *event = &compiler->events[i];

		if (event->port > port) {
			int err = fill_ports(compiler, table, port, event->port - 1, &state);

			if (err)
				return err;
			port = event->port;
		}
		state_change(&state, event);
	}
	return 0;
}

static int compile_protocol(struct compiler *compiler, __u8 proto, const struct event *events,
			    size_t count)
{
	struct state state = {0};
	__u64 vector;

	for (size_t i = 0; i < count; i++)
		if (events[i].begins)
			state_change(&state, &events[i]);
	vector = (state.everywhere & ~state.own) | state.own_actions;
	return vector_code(compiler, vector, &compiler->slot->protocols[proto],
			   &compiler->slot->protocol_class[proto]);
}

/* Compiles the rules first to end - 1, all of one protocol. */
static int compile_rules(struct compiler *compiler, const struct rule *first,
			 const struct rule *end)
{
	int table = protocol_table(first->proto);

	compiler->event_count = 0;
	for (const struct rule *rule = first; rule < end; rule++) {
		__u64 nics = *rule->nic ? nic_bits(compiler, rule->nic) : EVERY_NIC;
		struct event event = {rule->low, true, nics, nics * rule_action(rule)};

		if (!nics)
			continue;
		compiler->events[compiler->event_count++] = event;
		event.port = rule->high + 1u;
		event.begins = false;
		compiler->events[compiler->event_count++] = event;
	}
	if (!compiler->event_count)
		return 0;
	if (table < 0)
		return compile_protocol(compiler, first->proto, compiler->events,
					compiler->event_count);
	return events_sweep(compiler, table);
}

int policy_compile(const struct policy *policy, const char nics[MAX_NICS][IFNAMSIZ],
		   struct slot *slot, struct error *error)
{
	const struct rule *end = policy->rules + policy->rule_count, *next;
	struct compiler compiler = {.nics = nics, .slot = slot, .error = error};
	int err = 0;

	if (!policy->normal)
		return error_set(error, -EINVAL, "the policy is not normalised");
	memset(slot, 0, sizeof(*slot));
	slot->default_action = (__u8)policy->default_action;
	compiler.events = calloc(2 * policy->rule_count + 1, sizeof(*compiler.events));
	if (!compiler.events)
		return error_set(error, -ENOMEM, "out of memory");
	for (const struct rule *first = policy->rules; first < end && !err; first = next) {
		for (next = first + 1; next < end && next->proto == first->proto;)
			next++;
		err = compile_rules(&compiler, first, next);
	}
	free(compiler.events);
	return err;
}
