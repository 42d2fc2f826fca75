/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Outcomes by time: what several rules for one source, each for its NICs and its time, say together
 * where they overlay what holds around that source.
 */
#include "compile_parts.h"
#include "signature.h"
#include <errno.h>
#include <stdlib.h>

#define TIMES_MAX (STATES_MAX + OUTCOME_STEPS_MAX)

/* The outcome of these properties: one that is there, or a new one. */
static int outcome_find(struct compiler *compiler, __u64 nic_actions, __u64 until, __u32 next,
			__u32 *found)
{
	struct outcomes *outcomes = &compiler->outcomes;
	const __u64 numbers[] = {nic_actions, until, until ? next : 0};
	const size_t mask = sizeof(outcomes->table) / sizeof(outcomes->table[0]) - 1;
	size_t place = signature_of(numbers, 3).a & mask;
	unsigned steps = until ? outcomes->steps[next] + 1u : 1;

	for (; outcomes->table[place]; place = (place + 1) & mask) {
		__u32 index = outcomes->table[place] - 1u;
		const struct outcome *outcome = &outcomes->list[index];

		if (outcome->nic_actions == nic_actions && outcome->until == until &&
		    outcome->next == numbers[2]) {
			*found = index;
			return 0;
		}
	}
	if (outcomes->count == OUTCOMES_MAX)
		return error_set(compiler->error, -ENOSPC,
				 "more than %d distinct combinations of actions, NICs and times",
				 OUTCOMES_MAX);
	if (steps > OUTCOME_STEPS_MAX)
		return error_set(compiler->error, -ENOSPC,
				 "what holds for a port and a source changes at more than %d times",
				 OUTCOME_STEPS_MAX - 1);
	outcomes->list[outcomes->count] = (struct outcome){
		.nic_actions = nic_actions, .until = until, .next = (__u32)numbers[2]};
	outcomes->steps[outcomes->count] = (__u8)steps;
	outcomes->table[place] = (__u16)(outcomes->count + 1);
	*found = outcomes->count++;
	return 0;
}

static int time_compare(const void *left, const void *right)
{
	__u64 a = *(const __u64 *)left, b = *(const __u64 *)right;

	return (a > b) - (a < b);
}

/* The times at which something ends, in order; their number. */
static size_t times_collect(const struct outcomes *outcomes, __u32 below,
			    const struct state *states, size_t count, __u64 *times)
{
	size_t time_count = 0, kept = 0;

	for (size_t i = 0; i < count; i++)
		if (states[i].until)
			times[time_count++] = states[i].until;
	for (; outcomes->list[below].until; below = outcomes->list[below].next)
		times[time_count++] = outcomes->list[below].until;
	qsort(times, time_count, sizeof(*times), time_compare);
	for (size_t i = 0; i < time_count; i++)
		if (!i || times[i] != times[i - 1])
			times[kept++] = times[i];
	return kept;
}

/* What holds before `time`, and after the time before that; 0: for ever. */
static __u64 actions_before(const struct outcomes *outcomes, __u32 below,
			    const struct state *states, size_t count, __u64 time)
{
	const struct outcome *outcome = &outcomes->list[below];
	__u64 actions;

	while (outcome->until && (!time || outcome->until < time))
		outcome = &outcomes->list[outcome->next];
	actions = outcome->nic_actions;
	for (size_t i = 0; i < count; i++)
		if (!states[i].until || (time && states[i].until >= time))
			actions = (actions & ~states[i].mask) | states[i].actions;
	return actions;
}

int compile_outcome(struct compiler *compiler, __u32 below, const struct state *states,
		    size_t count, __u32 *outcome)
{
	const struct outcomes *outcomes = &compiler->outcomes;
	__u64 times[TIMES_MAX];
	size_t time_count = times_collect(outcomes, below, states, count, times);
	__u32 made = 0;
	int err = outcome_find(compiler, actions_before(outcomes, below, states, count, 0), 0, 0,
			       &made);

	/* From the last time to the first; where nothing changes, the later one begins earlier. */
	while (!err && time_count) {
		__u64 time = times[--time_count];
		__u64 actions = actions_before(outcomes, below, states, count, time);

		if (actions != outcomes->list[made].nic_actions)
			err = outcome_find(compiler, actions, time, made, &made);
	}
	if (!err)
		*outcome = made;
	return err;
}
