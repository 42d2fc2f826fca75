/* SPDX-License-Identifier: GPL-2.0-only */
#include "json.h"
#include "escape.h"
#include <stdlib.h>

json_t *json_text(const char *text)
{
	if (!text)
		return json_null();
	json_t *string = json_string(text);
	if (string)
		return string;
	char *escaped = escape_text(text);
	string = escaped ? json_string(escaped) : NULL;
	free(escaped);
	return string;
}

void json_write(json_t *object, FILE *out)
{
	json_dumpf(object, out, JSON_INDENT(2) | JSON_PRESERVE_ORDER);
	fputc('\n', out);
	json_decref(object);
}

void json_write_line(json_t *object, FILE *out)
{
	json_dumpf(object, out, JSON_PRESERVE_ORDER);
	fputc('\n', out);
	json_decref(object);
}
