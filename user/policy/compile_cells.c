/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The cells: a row for each class; in those of classes that look at sources a column for each kind
 * of source. A source is of the kind of the one around it, but for the classes that have a decision
 * for it. Kinds are known by their signature and numbered as they are met; kind 0 is any source.
 */
#include "compile_parts.h"
#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* A decision of a class, brought to its source. */
struct entry {
	__u32 class;
	__u32 outcome, around; /* struct decision */
};

/* A kind of source: as another one, but for the entries of `source`. */
struct column {
	struct signature signature;
	__u32 like; /* a column before this one */
	__u32 source;
};

struct grid {
	struct compiler *compiler;
	size_t *first_entry;   /* by source, and one behind the last */
	struct entry *entries; /* by source, in each by class */
	struct column *columns;
	__u32 column_count;
	__u32 *table; /* hash table of column + 1 */
	size_t table_size;
	__u16 *cells;
	size_t cell_count;
};

static void grid_free(struct grid *grid)
{
	free(grid->first_entry);
	free(grid->entries);
	free(grid->columns);
	free(grid->table);
}
#define _cleanup_grid_ __attribute__((cleanup(grid_free)))

/* Sorts the decisions of all classes by source. */
static int entries_sort(struct grid *grid)
{
	const struct compiler *compiler = grid->compiler;
	size_t count = compiler->sources.count, total = 0;
	size_t *next;

	grid->first_entry = calloc(count + 2, sizeof(*grid->first_entry));
	if (!grid->first_entry)
		return -ENOMEM;
	next = grid->first_entry + 1; /* counts, then where the next entry goes */
	for (unsigned class = 0; class < compiler->behaviour_count; class ++)
		for (size_t i = 0; i < compiler->behaviours[class].count; i++)
			next[compiler->behaviours[class].decisions[i].source]++;
	for (size_t source = 0; source <= count; source++) {
		size_t entries = next[source];

		next[source] = total;
		total += entries;
	}
	grid->entries = calloc(total + 1, sizeof(*grid->entries));
	if (!grid->entries)
		return -ENOMEM;
	for (unsigned class = 0; class < compiler->behaviour_count; class ++)
		for (size_t i = 0; i < compiler->behaviours[class].count; i++) {
			const struct decision *decision = &compiler->behaviours[class].decisions[i];

			grid->entries[next[decision->source]++] =
				(struct entry){class, decision->outcome, decision->around};
		}
	return 0;
}

/* The number of a column of this signature, which may be new. */
static __u32 column_find(struct grid *grid, const struct column *column)
{
	size_t place = column->signature.a & (grid->table_size - 1);

	for (; grid->table[place]; place = (place + 1) & (grid->table_size - 1)) {
		__u32 found = grid->table[place] - 1;

		if (signature_equal(&grid->columns[found].signature, &column->signature))
			return found;
	}
	grid->columns[grid->column_count] = *column;
	grid->table[place] = grid->column_count + 1;
	return grid->column_count++;
}

/* Numbers the kinds of sources. */
static int columns_find(struct grid *grid)
{
	struct sources *sources = &grid->compiler->sources;

	grid->columns = calloc(sources->count, sizeof(*grid->columns));
	for (grid->table_size = 64; grid->table_size < 2 * sources->count;)
		grid->table_size *= 2;
	grid->table = calloc(grid->table_size, sizeof(*grid->table));
	if (!grid->columns || !grid->table)
		return -ENOMEM;
	column_find(grid, &(struct column){.source = 0});
	for (__u32 source = 1; source < sources->count; source++) {
		struct column column = {.like = sources->list[sources->list[source].parent].id,
					.source = source};

		column.signature = grid->columns[column.like].signature;
		for (size_t i = grid->first_entry[source]; i < grid->first_entry[source + 1]; i++) {
			const struct entry *entry = &grid->entries[i];
			const __u64 old[] = {entry->class, entry->around};
			const __u64 new[] = {entry->class, entry->outcome};
			const struct signature goes = signature_of(old, 2);
			const struct signature comes = signature_of(new, 2);

			signature_remove(&column.signature, &goes);
			signature_add(&column.signature, &comes);
		}
		sources->list[source].id = column_find(grid, &column);
	}
	return 0;
}

/* Gives each class its cells. */
static int cells_place(struct grid *grid)
{
	struct compiler *compiler = grid->compiler;
	struct compiled *compiled = compiler->compiled;

	for (unsigned class = 0; class < compiler->behaviour_count; class ++) {
		__u32 by_source = compiler->behaviours[class].by_source;

		compiled->slot->classes[class].first = (__u32)grid->cell_count;
		compiled->slot->classes[class].by_source = by_source;
		grid->cell_count += by_source ? grid->column_count : 1;
	}
	if (grid->cell_count > CELLS_LARGE_MAX)
		return error_set(compiler->error, -ENOSPC,
				 "too many different sources for so many port behaviours: %zu "
				 "combinations, at most %u",
				 grid->cell_count, CELLS_LARGE_MAX);
	grid->cells = compiled->slot->cells;
	if (grid->cell_count <= CELLS_SMALL_MAX)
		return 0;
	compiled->cells = calloc(1, sizeof(*compiled->cells));
	if (!compiled->cells)
		return compile_out_of_memory(compiler);
	compiled->slot->large_cells = 1;
	grid->cells = compiled->cells->cells;
	return 0;
}

/* The numbers of the outcomes in the slot: those in use alone, each before those that follow it.
 * Unused ones have none. */
static void outcomes_place(const struct compiler *compiler, __u16 numbers[OUTCOMES_MAX])
{
	const struct outcomes *outcomes = &compiler->outcomes;
	struct outcome *placed = compiler->compiled->slot->outcomes;
	bool used[OUTCOMES_MAX] = {false};
	__u16 count = 0;

	for (unsigned class = 0; class < compiler->behaviour_count; class ++) {
		const struct behaviour *behaviour = &compiler->behaviours[class];

		used[behaviour->root] = true;
		for (size_t i = 0; i < behaviour->count; i++)
			used[behaviour->decisions[i].outcome] = true;
	}
	for (__u32 i = outcomes->count; i--;)
		if (used[i]) {
			numbers[i] = count++;
			if (outcomes->list[i].until)
				used[outcomes->list[i].next] = true;
		}
	for (__u32 i = outcomes->count; i--;)
		if (used[i]) {
			struct outcome *outcome = &placed[numbers[i]];

			*outcome = outcomes->list[i];
			outcome->next = outcome->until ? numbers[outcome->next] : 0;
		}
}

static void cells_fill(const struct grid *grid)
{
	const struct compiler *compiler = grid->compiler;
	struct class *classes = compiler->compiled->slot->classes;
	__u16 numbers[OUTCOMES_MAX] = {0};

	outcomes_place(compiler, numbers);
	for (unsigned class = 0; class < compiler->behaviour_count; class ++) {
		const __u32 root = compiler->behaviours[class].root;
		const struct outcome *outcome = &compiler->outcomes.list[root];

		grid->cells[classes[class].first] = numbers[root];
		if (!classes[class].by_source && !outcome->until)
			classes[class].nic_actions = outcome->nic_actions;
	}
	for (__u32 n = 1; n < grid->column_count; n++) {
		const size_t *first = &grid->first_entry[grid->columns[n].source];

		for (unsigned class = 0; class < compiler->behaviour_count; class ++)
			if (classes[class].by_source)
				grid->cells[classes[class].first + n] =
					grid->cells[classes[class].first + grid->columns[n].like];
		for (size_t i = first[0]; i < first[1]; i++)
			grid->cells[classes[grid->entries[i].class].first + n] =
				numbers[grid->entries[i].outcome];
	}
}

int compile_cells(struct compiler *compiler)
{
	_cleanup_grid_ struct grid grid = {.compiler = compiler};
	int err;

	if (entries_sort(&grid) || columns_find(&grid))
		return compile_out_of_memory(compiler);
	err = cells_place(&grid);
	if (!err)
		cells_fill(&grid);
	return err;
}
