/* SPDX-License-Identifier: GPL-2.0-only */
/* The addresses of each family, cut where a source begins or ends, as the tables of the slot. */
#include "compile_parts.h"
#include "scope.h"
#include <errno.h>
#include <stdlib.h>
#include <string.h>

struct interval {
	struct address6 start;
	__u32 id;
};
struct intervals {
	struct interval *list;
	size_t count;
};

static void intervals_free(struct intervals *intervals)
{
	free(intervals->list);
}
#define _cleanup_intervals_ __attribute__((cleanup(intervals_free)))

/* From this address on, which is not below earlier ones, the id holds. */
static void intervals_add(struct intervals *intervals, struct address6 start, __u32 id)
{
	struct interval *list = intervals->list;

	if (intervals->count && address_compare(&list[intervals->count - 1].start, &start) == 0)
		intervals->count--;
	if (!intervals->count || list[intervals->count - 1].id != id)
		list[intervals->count++] = (struct interval){start, id};
}

/* Behind the end of a source, what is around it holds again. */
static void source_end(struct intervals *intervals, const struct sources *sources, __u32 source)
{
	const struct source *ended = &sources->list[source];
	struct address6 next = ended->last;

	if (ended->family == 4 ? next.low == 0xffffffff : next.low == ~0ull && next.high == ~0ull)
		return;
	next.low++;
	next.high += next.low == 0;
	intervals_add(intervals, next, sources->list[ended->parent].id);
}

/* Ends the sources on the stack that do not hold `source`; 0: all. */
static void sources_end(struct intervals *intervals, const struct sources *sources,
			struct source_stack *stack, __u32 source)
{
	struct source_stack ended = *stack;

	source_stack_pop(stack, sources, source);
	while (ended.count > stack->count)
		source_end(intervals, sources, ended.list[--ended.count]);
}

static int intervals_make(const struct sources *sources, unsigned family,
			  struct intervals *intervals)
{
	struct source_stack stack = {.count = 0};

	intervals->list = calloc(2 * sources->count + 1, sizeof(*intervals->list));
	if (!intervals->list)
		return -ENOMEM;
	intervals_add(intervals, (struct address6){0, 0}, 0);
	for (__u32 source = 1; source < sources->count; source++) {
		if (sources->list[source].family != family)
			continue;
		sources_end(intervals, sources, &stack, source);
		intervals_add(intervals, sources->list[source].first, sources->list[source].id);
		source_stack_push(&stack, source);
	}
	sources_end(intervals, sources, &stack, 0);
	return 0;
}

/* The last interval, from `index` on, that begins at or before the address. */
static __u32 interval_at(const struct intervals *intervals, __u32 index, struct address6 address)
{
	while (index + 1 < intervals->count &&
	       address_compare(&intervals->list[index + 1].start, &address) <= 0)
		index++;
	return index;
}

static void fill_small4(struct sources4_small *table, const struct intervals *intervals)
{
	table->count = (__u32)intervals->count;
	for (size_t i = 0; i < intervals->count; i++) {
		table->starts[i] = (__u32)intervals->list[i].start.low;
		table->ids[i] = intervals->list[i].id;
	}
}

static void fill_small6(struct sources6_small *table, const struct intervals *intervals)
{
	table->count = (__u32)intervals->count;
	for (size_t i = 0; i < intervals->count; i++) {
		table->starts[i] = intervals->list[i].start;
		table->ids[i] = intervals->list[i].id;
	}
}

static void fill_large4(struct sources4_large *table, const struct intervals *intervals)
{
	__u32 index = 0;

	for (size_t i = 0; i < intervals->count; i++) {
		table->starts[i] = (__u32)intervals->list[i].start.low;
		table->ids[i] = intervals->list[i].id;
	}
	for (__u32 n = 0; n < 1 << SOURCES_ROOT4_BITS; n++) {
		index = interval_at(intervals, index,
				    (struct address6){0, n << (32 - SOURCES_ROOT4_BITS)});
		table->root[n] = index;
	}
	table->root[1 << SOURCES_ROOT4_BITS] = (__u32)intervals->count - 1;
}

/* How many first bits all starts but the first have in common. There are at least two. */
static __u32 common_bits(const struct intervals *intervals)
{
	__u64 differ =
		intervals->list[1].start.high ^ intervals->list[intervals->count - 1].start.high;
	__u32 most = 64 - SOURCES_ROOT6_BITS, same = differ ? (__u32)__builtin_clzll(differ) : 64;

	return same < most ? same : most;
}

static void fill_large6(struct sources6_large *table, const struct intervals *intervals)
{
	__u32 index = 0;

	for (size_t i = 0; i < intervals->count; i++) {
		table->starts[i] = intervals->list[i].start;
		table->ids[i] = intervals->list[i].id;
	}
	table->last = (__u32)intervals->count - 1;
	table->skip = common_bits(intervals);
	if (table->skip)
		table->common = intervals->list[1].start.high >> (64 - table->skip);
	for (__u32 n = 0; n < 1 << SOURCES_ROOT6_BITS; n++) {
		__u64 bits = table->common << SOURCES_ROOT6_BITS | n;
		struct address6 address = {bits << (64 - SOURCES_ROOT6_BITS - table->skip), 0};

		index = interval_at(intervals, index, address);
		table->root[n] = index;
	}
	table->root[1 << SOURCES_ROOT6_BITS] = table->last;
}

static int fill4(struct compiled *compiled, const struct intervals *intervals)
{
	struct slot *slot = compiled->slot;

	if (intervals->count <= SOURCES_SMALL_MAX) {
		slot->sources4 = SOURCES_SMALL;
		fill_small4(&slot->small4, intervals);
		return 0;
	}
	compiled->sources4 = calloc(1, sizeof(*compiled->sources4));
	if (!compiled->sources4)
		return -ENOMEM;
	slot->sources4 = SOURCES_LARGE;
	fill_large4(compiled->sources4, intervals);
	return 0;
}

static int fill6(struct compiled *compiled, const struct intervals *intervals)
{
	struct slot *slot = compiled->slot;

	if (intervals->count <= SOURCES_SMALL_MAX) {
		slot->sources6 = SOURCES_SMALL;
		fill_small6(&slot->small6, intervals);
		return 0;
	}
	compiled->sources6 = calloc(1, sizeof(*compiled->sources6));
	if (!compiled->sources6)
		return -ENOMEM;
	slot->sources6 = SOURCES_LARGE;
	fill_large6(compiled->sources6, intervals);
	return 0;
}

int compile_intervals(struct compiler *compiler)
{
	static const struct {
		unsigned family;
		__u32 by_source;
		int (*fill)(struct compiled *compiled, const struct intervals *intervals);
	} families[] = {{4, CLASS_BY_SOURCE4, fill4}, {6, CLASS_BY_SOURCE6, fill6}};
	__u32 by_source = 0;

	for (unsigned class = 0; class < compiler->behaviour_count; class ++)
		by_source |= compiler->behaviours[class].by_source;
	for (size_t i = 0; i < sizeof(families) / sizeof(families[0]); i++) {
		_cleanup_intervals_ struct intervals intervals = {0};

		if (!(by_source & families[i].by_source))
			continue;
		if (intervals_make(&compiler->sources, families[i].family, &intervals) ||
		    families[i].fill(compiler->compiled, &intervals))
			return compile_out_of_memory(compiler);
	}
	return 0;
}
