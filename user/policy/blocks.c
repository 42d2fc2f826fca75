/* SPDX-License-Identifier: GPL-2.0-only */
#include "blocks.h"
#include "buffer.h"
#include "scope.h"
#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define CAPACITY_FIRST 16

void block_list_free(struct block_list *list)
{
	free(list->entries);
	*list = (struct block_list)BLOCK_LIST_INIT;
}

int block_list_reserve(struct block_list *list, size_t capacity)
{
	struct block_entry *entries;

	if (capacity <= list->capacity)
		return 0;
	entries = list->entries || capacity > SIZE_MAX / sizeof(*entries)
			  ? reallocarray(list->entries, capacity, sizeof(*entries))
			  : buffer_allocate(capacity * sizeof(*entries));
	if (!entries)
		return -ENOMEM;
	list->entries = entries;
	list->capacity = capacity;
	return 0;
}

int block_list_append(struct block_list *list, const struct prefix *prefix, __s64 until)
{
	const struct block_entry *last = list->count ? &list->entries[list->count - 1] : NULL;
	bool in_order = !last || prefix_compare(&last->prefix, prefix) < 0;

	if (list->count == list->capacity &&
	    block_list_reserve(list, list->count ? 2 * list->count : CAPACITY_FIRST))
		return -ENOMEM;
	list->entries[list->count] = (struct block_entry){
		.prefix = *prefix, .order = (unsigned)list->count, .until = until};
	list->count++;
	list->normal = list->normal && in_order;
	list->canonical = false;
	return 0;
}

static int entry_compare(const void *one, const void *other)
{
	const struct block_entry *a = one, *b = other;
	int order = prefix_compare(&a->prefix, &b->prefix);

	return order ? order : (a->order > b->order) - (a->order < b->order);
}

void block_list_normalise(struct block_list *list)
{
	struct block_entry *entries = list->entries;
	size_t kept = 0;

	if (list->normal)
		return;
	qsort(entries, list->count, sizeof(*entries), entry_compare);
	for (size_t i = 0; i < list->count; i++) {
		if (kept && prefix_compare(&entries[kept - 1].prefix, &entries[i].prefix) == 0)
			kept--;
		entries[kept++] = entries[i];
	}
	list->count = kept;
	list->normal = true;
}

static int find_compare(const void *key, const void *entry)
{
	return prefix_compare(key, &((const struct block_entry *)entry)->prefix);
}

const struct block_entry *block_list_find(const struct block_list *list,
					  const struct prefix *prefix)
{
	if (!list->count)
		return NULL;
	return bsearch(prefix, list->entries, list->count, sizeof(*list->entries), find_compare);
}

const struct block_entry *block_list_holder(const struct block_list *list,
					    const struct prefix *prefix)
{
	for (unsigned length = prefix->length; length-- > 0;) {
		struct prefix shorter = prefix_shortened(prefix, length);
		const struct block_entry *entry = block_list_find(list, &shorter);

		if (entry)
			return entry;
	}
	return NULL;
}

/* --- Sets ---------------------------------------------------------------------------------- */

int block_list_select(const struct block_list *list, const struct block_list *keys,
		      struct block_list *found)
{
	struct block_list made = BLOCK_LIST_INIT;

	for (size_t i = 0; i < keys->count; i++) {
		const struct block_entry *entry = block_list_find(list, &keys->entries[i].prefix);

		if (entry && block_list_append(&made, &entry->prefix, entry->until)) {
			block_list_free(&made);
			return -ENOMEM;
		}
	}
	*found = made;
	return 0;
}

/* How many entries of `added` have no counterpart. */
static size_t count_new(const struct block_list *list, const struct block_list *added)
{
	size_t count = 0;

	for (size_t i = 0; i < added->count; i++)
		count += !block_list_find(list, &added->entries[i].prefix);
	return count;
}

/* From the end, so that each entry moves once, and those before the first new one not at all. */
int block_list_merge(struct block_list *list, const struct block_list *added)
{
	size_t from = list->count, more = added->count;
	size_t to = from + count_new(list, added), total = to;

	if (block_list_reserve(list, to))
		return -ENOMEM;
	while (more) {
		const struct block_entry *last = &added->entries[more - 1];
		int order =
			from ? prefix_compare(&list->entries[from - 1].prefix, &last->prefix) : -1;

		if (order > 0) {
			list->entries[--to] = list->entries[--from];
			continue;
		}
		list->entries[--to] = *last;
		from -= order == 0 && from;
		more--;
	}
	list->count = total;
	list->canonical = false;
	return 0;
}

void block_list_subtract(struct block_list *list, const struct block_list *removed)
{
	size_t kept = 0, at = 0;

	if (!removed->count)
		return;
	for (size_t i = 0; i < list->count; i++) {
		const struct block_entry *entry = &list->entries[i];
		int order = 1;

		while (at < removed->count &&
		       (order = prefix_compare(&removed->entries[at].prefix, &entry->prefix)) < 0)
			at++;
		if (order == 0 && at < removed->count)
			continue;
		if (kept != i)
			list->entries[kept] = *entry;
		kept++;
	}
	list->count = kept;
	list->canonical = false;
}

bool block_list_equal(const struct block_list *a, const struct block_list *b)
{
	if (a->count != b->count)
		return false;
	for (size_t i = 0; i < a->count; i++)
		if (prefix_compare(&a->entries[i].prefix, &b->entries[i].prefix) != 0 ||
		    a->entries[i].until != b->entries[i].until)
			return false;
	return true;
}

/* --- Changes ------------------------------------------------------------------------------- */

/* The next prefix of either list and what each has of it; NULL: nothing. */
struct pair {
	const struct block_entry *a, *b;
};
struct walk {
	const struct block_list *a, *b;
	size_t at_a, at_b;
};

static bool walk_next(struct walk *walk, struct pair *pair)
{
	int order;

	pair->a = walk->at_a < walk->a->count ? &walk->a->entries[walk->at_a] : NULL;
	pair->b = walk->at_b < walk->b->count ? &walk->b->entries[walk->at_b] : NULL;
	if (!pair->a && !pair->b)
		return false;
	order = !pair->a ? 1 : !pair->b ? -1 : prefix_compare(&pair->a->prefix, &pair->b->prefix);
	if (order > 0)
		pair->a = NULL;
	else if (order < 0)
		pair->b = NULL;
	walk->at_a += pair->a != NULL;
	walk->at_b += pair->b != NULL;
	return true;
}

static char *print_line(const struct block_entry *entry)
{
	char line[BLOCK_LINE_SIZE];

	block_entry_print(entry, line);
	return strdup(line);
}

static int add_change(struct diff *diff, const struct pair *pair)
{
	struct diff_line *line = &diff->lines[diff->count];

	*line = (struct diff_line){.sign = !pair->a ? '+' : !pair->b ? '-' : '~'};
	line->text = print_line(pair->a ? pair->a : pair->b);
	if (!line->text)
		return -ENOMEM;
	diff->count++;
	if (line->sign != '~')
		return 0;
	line->becomes = print_line(pair->b);
	return line->becomes ? 0 : -ENOMEM;
}

int block_list_diff(const struct block_list *old, const struct block_list *new, struct diff *diff)
{
	struct walk walk = {.a = old, .b = new};
	struct diff made = {NULL, 0};
	struct pair pair;
	size_t count = 0;

	while (walk_next(&walk, &pair))
		count += !pair.a || !pair.b || pair.a->until != pair.b->until;
	made.lines = calloc(count + 1, sizeof(*made.lines));
	if (!made.lines)
		return -ENOMEM;
	walk = (struct walk){.a = old, .b = new};
	while (walk_next(&walk, &pair)) {
		if (pair.a && pair.b && pair.a->until == pair.b->until)
			continue;
		if (add_change(&made, &pair)) {
			diff_free(&made);
			return -ENOMEM;
		}
	}
	*diff = made;
	return 0;
}
