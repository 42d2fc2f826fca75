/* SPDX-License-Identifier: GPL-2.0-only */
#include "json.h"
#include "escape.h"
#include "policy/reason.h"
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

json_t *json_filled(const char *text)
{
	return json_text(text && *text ? text : NULL);
}

json_t *json_number(bool known, __u64 value)
{
	return known ? json_integer((json_int_t)value) : json_null();
}

json_t *json_counter(const struct counter *counter)
{
	return json_pack("{s:I, s:I}", "packets", (json_int_t)counter->packets, "bytes",
			 (json_int_t)counter->bytes);
}

json_t *json_reasons(const struct counter counters[REASON_COUNT])
{
	json_t *object = json_object();

	for (unsigned i = REASON_NONE + 1; i < REASON_COUNT; i++)
		json_object_set_new(object, reason_name((enum reason)i),
				    json_counter(&counters[i]));
	return object;
}

json_t *json_counters(const struct counter counters[REASON_COUNT])
{
	json_t *object = json_object();

	for (unsigned i = 0; i < VERDICT_COUNT; i++) {
		struct counter sum = reason_sum(counters, (enum verdict)i);
		json_object_set_new(object, verdict_name((enum verdict)i), json_counter(&sum));
	}
	json_object_set_new(object, "reasons", json_reasons(counters));
	return object;
}

static void write(json_t *object, size_t flags, FILE *out)
{
	json_t *whole = object ? json_pack("{s:i}", "schema", JSON_SCHEMA) : NULL;

	if (!whole || json_object_update(whole, object) ||
	    json_dumpf(whole, out, flags | JSON_PRESERVE_ORDER))
		fgetc(out); /* sets its error flag: it is for writing alone */
	fputc('\n', out);
	json_decref(whole);
	json_decref(object);
}

void json_write(json_t *object, FILE *out)
{
	write(object, JSON_INDENT(2), out);
}

void json_write_line(json_t *object, FILE *out)
{
	write(object, 0, out);
}
