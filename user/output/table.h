/* SPDX-License-Identifier: GPL-2.0-only */
/* Text in aligned columns, as wide as what is in them. */
#ifndef PORTFW_OUTPUT_TABLE_H
#define PORTFW_OUTPUT_TABLE_H

#include "colour.h"
#include <stddef.h>

#define TABLE_COLUMNS_MAX 12

struct table {
	size_t column_count;
	const char *titles[TABLE_COLUMNS_MAX];
	bool right[TABLE_COLUMNS_MAX]; /* numbers */
	/* What table_add() adds; owned. */
	char **cells;	      /* column_count for each row, escaped */
	enum colour *colours; /* of the last cell of each row */
	size_t row_count;
};

/* Adds a row of column_count cells; control bytes are escaped. False: no memory. */
bool table_add(struct table *table, const char *const *cells, enum colour colour);
/* Writes titles and rows. */
void table_write(const struct table *table, FILE *out);
void table_free(struct table *table);
#define _cleanup_table_ __attribute__((cleanup(table_free)))

#endif
