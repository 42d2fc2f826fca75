/* SPDX-License-Identifier: GPL-2.0-only */
#include "table.h"
#include "escape.h"
#include <stdlib.h>

bool table_add(struct table *table, const char *const *cells, enum colour colour)
{
	size_t columns = table->column_count, rows = table->row_count + 1;
	char **grown = reallocarray(table->cells, rows * columns, sizeof(*grown));
	enum colour *colours;

	if (!grown)
		return false;
	table->cells = grown;
	colours = reallocarray(table->colours, rows, sizeof(*colours));
	if (!colours)
		return false;
	table->colours = colours;
	table->colours[table->row_count] = colour;
	for (size_t i = 0; i < columns; i++) {
		grown[table->row_count * columns + i] = escape_text(cells[i]);
		if (!grown[table->row_count * columns + i]) {
			while (i-- > 0)
				free(grown[table->row_count * columns + i]);
			return false;
		}
	}
	table->row_count = rows;
	return true;
}

/* Characters of UTF-8 text. */
static int width(const char *text)
{
	int count = 0;

	for (; *text; text++)
		count += ((unsigned char)*text & 0xc0) != 0x80;
	return count;
}

static int column_width(const struct table *table, size_t column)
{
	int widest = width(table->titles[column]);

	for (size_t i = 0; i < table->row_count; i++) {
		int needed = width(table->cells[i * table->column_count + column]);
		if (needed > widest)
			widest = needed;
	}
	return widest;
}

static void write_row(const struct table *table, const char *const *cells, const int *widths,
		      enum colour colour, FILE *out)
{
	for (size_t i = 0; i < table->column_count; i++) {
		int padding = widths[i] - width(cells[i]);
		bool last = i + 1 == table->column_count;

		if (table->right[i])
			fprintf(out, "%*s", padding, "");
		fprintf(out, "%s%s%s", last ? colour_begin(colour) : "", cells[i],
			last ? colour_end(colour) : "");
		if (!last)
			fprintf(out, "%*s", (table->right[i] ? 0 : padding) + 2, "");
	}
	fputc('\n', out);
}

void table_write(const struct table *table, FILE *out)
{
	bool coloured = colour_wanted(out);
	int widths[TABLE_COLUMNS_MAX];

	for (size_t i = 0; i < table->column_count; i++)
		widths[i] = column_width(table, i);
	write_row(table, table->titles, widths, COLOUR_NONE, out);
	for (size_t i = 0; i < table->row_count; i++)
		write_row(table, (const char *const *)&table->cells[i * table->column_count],
			  widths, coloured ? table->colours[i] : COLOUR_NONE, out);
}

void table_free(struct table *table)
{
	for (size_t i = 0; i < table->row_count * table->column_count; i++)
		free(table->cells[i]);
	free(table->cells);
	free(table->colours);
}
