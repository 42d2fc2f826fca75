/* SPDX-License-Identifier: GPL-2.0-only */
#include "changes.h"
#include "escape.h"
#include "json.h"

static const char *operation(char sign)
{
	switch (sign) {
	case '+':
		return "add";
	case '-':
		return "remove";
	default:
		return "change";
	}
}

void changes_text(const struct diff *diff, FILE *out)
{
	for (size_t i = 0; i < diff->count; i++) {
		const struct diff_line *line = &diff->lines[i];
		fprintf(out, "%c ", line->sign);
		escape_write(line->text, out);
		if (line->becomes) {
			fputs(" -> ", out);
			escape_write(line->becomes, out);
		}
		fputc('\n', out);
	}
}

static json_t *line_json(const struct diff_line *line)
{
	json_t *object =
		json_pack("{s:s, s:o}", "op", operation(line->sign), "line", json_text(line->text));

	if (line->becomes)
		json_object_set_new(object, "becomes", json_text(line->becomes));
	return object;
}

void changes_json(bool changed, const struct diff *diff, FILE *out)
{
	json_t *changes = json_array();

	for (size_t i = 0; i < diff->count; i++)
		json_array_append_new(changes, line_json(&diff->lines[i]));
	json_write(json_pack("{s:b, s:o}", "changed", (int)changed, "changes", changes), out);
}
