/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The canonical form of a policy, by a sweep over the ports of each scope. The rules that cover the
 * port where the sweep stands are in a heap, the latest on top: that one holds there. Timed rules
 * never end a permanent state, so a first sweep goes without them; a second one with all rules
 * finds where a timed rule is the latest.
 *
 * A UDP port 68 or 546 given by itself is exact and never merges. What is left of a wider interval
 * is not exact, so it may merge again; but if it ends up as that one port alone, it is made exact,
 * because its text is the text of an exact one and the text decides what a policy is.
 */
#include "policy.h"
#include "scope.h"
#include "text.h"
#include "words.h"
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A rule of one line that hides part of a rule of an earlier line. */
struct overlap {
	const struct rule *earlier, *later;
};

/* Rules stay where they were appended while the sweep runs: of two, the later has the higher
 * address. */
struct sweep {
	const struct rule **sorted; /* by scope, then by low */
	size_t count;
	const struct rule **members; /* of the scope and layer that is swept */
	size_t member_count;
	bool timed; /* the layer that is swept */
	const struct rule **heap;
	size_t heap_count;
	struct rule *out; /* comments are borrowed from the input */
	size_t out_count;
	struct overlap *overlaps;
	size_t overlap_count;
};

static void free_pointer(void *pointer)
{
	free(*(void **)pointer);
}
#define _cleanup_free_ __attribute__((cleanup(free_pointer)))

static int rule_compare(const void *left, const void *right)
{
	const struct rule *a = *(const struct rule *const *)left;
	const struct rule *b = *(const struct rule *const *)right;
	int order = scope_compare(a, b);

	if (order)
		return order;
	if (a->low != b->low)
		return a->low - b->low;
	return (a > b) - (a < b);
}

static void heap_push(struct sweep *sweep, const struct rule *rule)
{
	size_t child = sweep->heap_count++;

	while (child && sweep->heap[(child - 1) / 2] < rule) {
		sweep->heap[child] = sweep->heap[(child - 1) / 2];
		child = (child - 1) / 2;
	}
	sweep->heap[child] = rule;
}

static void heap_pop(struct sweep *sweep)
{
	const struct rule **heap = sweep->heap;
	const struct rule *last = heap[--sweep->heap_count];
	size_t count = sweep->heap_count, parent = 0, child;

	while ((child = 2 * parent + 1) < count) {
		if (child + 1 < count && heap[child + 1] > heap[child])
			child++;
		if (heap[child] < last)
			break;
		heap[parent] = heap[child];
		parent = child;
	}
	heap[parent] = last;
}

static const struct rule *heap_top(const struct sweep *sweep)
{
	return sweep->heap_count ? sweep->heap[0] : NULL;
}

/* Whether the later rule hides the earlier one, in a way that only this sweep shows. */
static bool sweep_hides(const struct sweep *sweep, const struct rule *earlier,
			const struct rule *later)
{
	if (earlier->line == later->line || !earlier->line || !later->line)
		return false;
	return earlier->until || !sweep->timed;
}

/*
 * Takes in a rule that begins here. It is compared with the top alone: whatever lies below the top
 * was already found to be hidden when it, or what hides it, came in.
 */
static void sweep_enter(struct sweep *sweep, const struct rule *rule)
{
	const struct rule *top = heap_top(sweep);

	if (top && top < rule && sweep_hides(sweep, top, rule))
		sweep->overlaps[sweep->overlap_count++] = (struct overlap){top, rule};
	else if (top && top > rule && sweep_hides(sweep, rule, top))
		sweep->overlaps[sweep->overlap_count++] = (struct overlap){rule, top};
	heap_push(sweep, rule);
}

/* Appends ports of a rule to the result, or lengthens what is there. */
static void sweep_emit(struct sweep *sweep, const struct rule *rule, __u16 low, __u16 high)
{
	struct rule *last = sweep->out_count ? &sweep->out[sweep->out_count - 1] : NULL;

	if (rule->action == ACTION_NONE || (sweep->timed && !rule->until))
		return;
	if (last && last->high + 1 == low && !last->exact && !rule->exact &&
	    scope_compare(last, rule) == 0 && state_equal(last, rule)) {
		last->high = high;
		if (rule->line < last->line)
			last->line = rule->line;
		return;
	}
	last = &sweep->out[sweep->out_count++];
	*last = *rule;
	last->low = low;
	last->high = high;
}

static void sweep_members(struct sweep *sweep)
{
	const struct rule **next = sweep->members, **end = next + sweep->member_count;
	unsigned port = 0, last;
	const struct rule *top;

	sweep->heap_count = 0;
	for (;;) {
		while ((top = heap_top(sweep)) && top->high < port)
			heap_pop(sweep);
		if (!top && next == end)
			return;
		if (!top)
			port = (*next)->low;
		while (next < end && (*next)->low == port)
			sweep_enter(sweep, *next++);
		top = heap_top(sweep);
		last = top->high;
		if (next < end && (*next)->low <= last)
			last = (*next)->low - 1u;
		sweep_emit(sweep, top, (__u16)port, (__u16)last);
		port = last + 1;
	}
}

/* Sweeps the rules sorted[first] to sorted[end - 1], all of one scope. */
static void sweep_scope(struct sweep *sweep, size_t first, size_t end)
{
	sweep->timed = false;
	sweep->member_count = 0;
	for (size_t i = first; i < end; i++)
		if (!sweep->sorted[i]->until)
			sweep->members[sweep->member_count++] = sweep->sorted[i];
	sweep_members(sweep);
	if (sweep->member_count == end - first)
		return;
	sweep->timed = true;
	sweep->member_count = 0;
	for (size_t i = first; i < end; i++)
		sweep->members[sweep->member_count++] = sweep->sorted[i];
	sweep_members(sweep);
}

static void sweep_all(struct sweep *sweep)
{
	size_t first = 0, end;

	for (; first < sweep->count; first = end) {
		for (end = first + 1; end < sweep->count; end++)
			if (scope_compare(sweep->sorted[first], sweep->sorted[end]) != 0)
				break;
		sweep_scope(sweep, first, end);
	}
	for (size_t i = 0; i < sweep->out_count; i++) {
		struct rule *rule = &sweep->out[i];

		rule->exact = interval_is_exact(rule->proto, rule->low, rule->high);
	}
}

static int overlap_compare(const void *left, const void *right)
{
	const struct overlap *a = left, *b = right;

	if (a->later->line != b->later->line)
		return a->later->line < b->later->line ? -1 : 1;
	if (a->earlier->line != b->earlier->line)
		return a->earlier->line < b->earlier->line ? -1 : 1;
	return (a->later > b->later) - (a->later < b->later);
}

static void overlap_warn(const struct overlap *overlap, struct diagnostics *diagnostics)
{
	const struct rule *earlier = overlap->earlier, *later = overlap->later;
	unsigned low = earlier->low > later->low ? earlier->low : later->low;
	unsigned high = earlier->high < later->high ? earlier->high : later->high;
	const char *name = text_protocol_name(later->proto);
	char ports[sizeof(" 65535-65535")] = "", source[WORDS_PREFIX_SIZE] = "";

	if (protocol_table(later->proto) < 0)
		; /* the name says it all */
	else if (low == 0 && high == PORT_MAX)
		snprintf(ports, sizeof(ports), " all");
	else if (low == high)
		snprintf(ports, sizeof(ports), " %hu", (unsigned short)low);
	else
		snprintf(ports, sizeof(ports), " %hu-%hu", (unsigned short)low,
			 (unsigned short)high);
	if (later->source.family)
		words_print_prefix(&later->source, source);
	diagnostics_add(diagnostics, true, later->line, 1, "%s line %u for %s%s%s%s%s%s%s",
			state_equal(earlier, later) ? "repeats" : "overrides", earlier->line,
			*name >= '0' && *name <= '9' ? "proto " : "", name, ports,
			*source ? " from " : "", source, *later->nic ? " on " : "", later->nic);
}

/* One warning for each pair of lines. */
static void overlaps_warn(struct sweep *sweep, struct diagnostics *diagnostics)
{
	const struct overlap *overlaps = sweep->overlaps;

	if (sweep->overlap_count)
		qsort(sweep->overlaps, sweep->overlap_count, sizeof(*overlaps), overlap_compare);
	for (size_t i = 0; i < sweep->overlap_count; i++) {
		if (i && overlaps[i].later->line == overlaps[i - 1].later->line &&
		    overlaps[i].earlier->line == overlaps[i - 1].earlier->line)
			continue;
		overlap_warn(&overlaps[i], diagnostics);
	}
}

/* Gives each rule of the result a comment of its own. */
static int sweep_own_comments(struct sweep *sweep)
{
	for (size_t i = 0; i < sweep->out_count; i++) {
		if (!sweep->out[i].comment)
			continue;
		sweep->out[i].comment = strdup(sweep->out[i].comment);
		if (sweep->out[i].comment)
			continue;
		while (i--)
			free(sweep->out[i].comment);
		return -ENOMEM;
	}
	return 0;
}

/* Canonical text reads in order already. */
static void rules_sort(const struct rule **sorted, size_t count)
{
	for (size_t i = 1; i < count; i++)
		if (rule_compare(&sorted[i - 1], &sorted[i]) > 0) {
			qsort(sorted, count, sizeof(struct rule *), rule_compare);
			return;
		}
}

int policy_normalise(struct policy *policy, struct diagnostics *diagnostics)
{
	size_t count = policy->rule_count;
	_cleanup_free_ const struct rule **sorted = NULL;
	_cleanup_free_ const struct rule **members = NULL;
	_cleanup_free_ const struct rule **heap = NULL;
	_cleanup_free_ struct overlap *overlaps = NULL;
	_cleanup_free_ struct rule *out = NULL;
	struct sweep sweep;

	if (policy->normal)
		return 0;
	sorted = calloc(count + 1, sizeof(struct rule *));
	members = calloc(count + 1, sizeof(struct rule *));
	heap = calloc(count + 1, sizeof(struct rule *));
	overlaps = calloc(2 * count + 1, sizeof(*overlaps));
	/* In each of two sweeps each rule begins and ends once. */
	out = calloc(4 * count + 1, sizeof(*out));
	if (!sorted || !members || !heap || !overlaps || !out)
		return -ENOMEM;
	for (size_t i = 0; i < count; i++)
		sorted[i] = &policy->rules[i];
	rules_sort(sorted, count);
	sweep = (struct sweep){.sorted = sorted,
			       .count = count,
			       .members = members,
			       .heap = heap,
			       .out = out,
			       .overlaps = overlaps};
	sweep_all(&sweep);
	if (sweep_own_comments(&sweep))
		return -ENOMEM;
	if (diagnostics)
		overlaps_warn(&sweep, diagnostics);

	for (size_t i = 0; i < count; i++)
		free(policy->rules[i].comment);
	free(policy->rules);
	policy->rules = out;
	policy->rule_count = sweep.out_count;
	policy->rule_capacity = 4 * count + 1;
	policy->normal = true;
	out = NULL;
	return 0;
}
