/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * From the rules that hold together at a port to a class. Sets of rules that were seen are known by
 * their signature; sets that say the same of every source share a class all the same.
 */
#include "compile_parts.h"
#include "scope.h"
#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* The same action on every NIC, times the action. */
#define EVERY_NIC 0x5555555555555555ull

/* --- Sets that were seen --------------------------------------------------------------------- */

/* The entry of a signature, or the free one where it belongs. There is a free one. */
static struct seen *seen_find(const struct seen_table *table, const struct signature *signature)
{
	size_t place = signature->a & (table->capacity - 1);

	while (table->list[place].used &&
	       !signature_equal(&table->list[place].signature, signature))
		place = (place + 1) & (table->capacity - 1);
	return &table->list[place];
}

/* Makes room for one more. */
static int seen_reserve(struct compiler *compiler)
{
	struct seen_table *table = &compiler->seen, larger = {0};

	if (2 * (table->count + 1) <= table->capacity)
		return 0;
	larger.capacity = table->capacity ? 2 * table->capacity : 64;
	larger.count = table->count;
	larger.list = calloc(larger.capacity, sizeof(*larger.list));
	if (!larger.list)
		return compile_out_of_memory(compiler);
	for (size_t i = 0; i < table->capacity; i++)
		if (table->list[i].used)
			*seen_find(&larger, &table->list[i].signature) = table->list[i];
	free(table->list);
	*table = larger;
	return 0;
}

/* --- What a set says ------------------------------------------------------------------------- */

/* A set while it is read, source by source. */
struct reading {
	struct compiler *compiler;
	struct behaviour *behaviour;
	struct source_stack stack; /* sources of the set around the current one ... */
	__u32 outcomes[130];	   /* ... and what holds for each */
	__u32 source;
	struct state states[STATES_MAX]; /* of the current source */
	size_t state_count;
};

/* The current source is read: what holds for it? */
static int source_decide(struct reading *reading)
{
	struct behaviour *behaviour = reading->behaviour;
	const struct sources *sources = &reading->compiler->sources;
	__u32 around = behaviour->root, outcome = 0;
	int err;

	source_stack_pop(&reading->stack, sources, reading->source);
	if (reading->stack.count)
		around = reading->outcomes[reading->stack.count - 1];
	err = compile_outcome(reading->compiler, around, reading->states, reading->state_count,
			      &outcome);
	if (err)
		return err;
	reading->state_count = 0;
	if (reading->source == 0) {
		behaviour->root = outcome;
		return 0;
	}
	reading->outcomes[reading->stack.count] = outcome;
	source_stack_push(&reading->stack, reading->source);
	if (outcome != around) {
		const __u64 numbers[] = {reading->source, outcome};
		const struct signature member = signature_of(numbers, 2);

		signature_add(&behaviour->signature, &member);
		behaviour->by_source |= sources->list[reading->source].family == 4
						? CLASS_BY_SOURCE4
						: CLASS_BY_SOURCE6;
		behaviour->decisions[behaviour->count++] =
			(struct decision){reading->source, outcome, around};
	}
	return 0;
}

/* Fills *behaviour; its decisions are the compiler's. */
static int behaviour_read(struct compiler *compiler, struct rule_set *set,
			  struct behaviour *behaviour)
{
	struct reading reading;
	const struct state *state;
	__u32 source = 0;
	int err = 0;

	reading.compiler = compiler;
	reading.behaviour = behaviour;
	reading.stack.count = 0;
	reading.source = 0;
	reading.state_count = 0;
	*behaviour = (struct behaviour){.decisions = compiler->decisions};
	while (!err && (state = set->next(set, &source))) {
		if (source != reading.source) {
			err = source_decide(&reading);
			reading.source = source;
		}
		reading.states[reading.state_count++] = *state;
	}
	return err ? err : source_decide(&reading);
}

/* --- Classes --------------------------------------------------------------------------------- */

static bool behaviour_equal(const struct behaviour *a, const struct behaviour *b)
{
	return signature_equal(&a->signature, &b->signature) && a->root == b->root &&
	       a->count == b->count &&
	       (a->count == 0 ||
		memcmp(a->decisions, b->decisions, a->count * sizeof(*a->decisions)) == 0);
}

/* The class of a behaviour: one that is there, or a new one. */
static int class_find(struct compiler *compiler, const struct behaviour *behaviour, __u8 *class)
{
	struct behaviour *made;
	unsigned found = 0;

	while (found < compiler->behaviour_count &&
	       !behaviour_equal(&compiler->behaviours[found], behaviour))
		found++;
	if (found == MAX_CLASSES)
		return error_set(compiler->error, -ENOSPC, "more than %d distinct port behaviours",
				 MAX_CLASSES);
	if (found == compiler->behaviour_count) {
		made = &compiler->behaviours[found];
		*made = *behaviour;
		made->decisions = calloc(made->count + 1, sizeof(*made->decisions));
		if (!made->decisions)
			return compile_out_of_memory(compiler);
		memcpy(made->decisions, behaviour->decisions,
		       made->count * sizeof(*made->decisions));
		compiler->behaviour_count++;
	}
	*class = (__u8)found;
	return 0;
}

/* Whether one code says it all. */
static bool behaviour_code(const struct compiler *compiler, const struct behaviour *behaviour,
			   __u8 *code)
{
	const struct outcome *outcome = &compiler->outcomes.list[behaviour->root];

	if (behaviour->count || outcome->until)
		return false;
	for (__u64 action = ACTION_NONE; action <= ACTION_DENY; action++)
		if (outcome->nic_actions == action * EVERY_NIC) {
			*code = (__u8)action;
			return true;
		}
	return false;
}

int compile_behaviour(struct compiler *compiler, struct rule_set *set, __u8 *code, __u8 *class)
{
	struct behaviour behaviour;
	struct seen *seen;
	int err = seen_reserve(compiler);

	if (err)
		return err;
	seen = seen_find(&compiler->seen, &set->signature);
	if (!seen->used) {
		struct seen new = {.signature = set->signature, .used = true, .code = CODE_CLASS};

		err = behaviour_read(compiler, set, &behaviour);
		if (!err && !behaviour_code(compiler, &behaviour, &new.code))
			err = class_find(compiler, &behaviour, &new.class);
		if (err)
			return err;
		*seen = new;
		compiler->seen.count++;
	}
	*code = seen->code;
	*class = seen->class;
	return 0;
}
