/* SPDX-License-Identifier: GPL-2.0-only */
#include "changes.h"
#include "escape.h"
#include "json.h"

void changes_text(const struct diff *diff, FILE *out)
{
	for (size_t i = 0; i < diff->count; i++) {
		fprintf(out, "%c ", diff->lines[i].sign);
		escape_write(diff->lines[i].text, out);
		fputc('\n', out);
	}
}

void changes_json(bool changed, const struct diff *diff, FILE *out)
{
	json_t *changes = json_array();

	for (size_t i = 0; i < diff->count; i++) {
		const struct diff_line *line = &diff->lines[i];
		json_array_append_new(changes, json_pack("{s:s, s:o}", "op",
							 line->sign == '+' ? "add" : "remove",
							 "line", json_text(line->text)));
	}
	json_write(json_pack("{s:b, s:o}", "changed", (int)changed, "changes", changes), out);
}
