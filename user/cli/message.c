/* SPDX-License-Identifier: GPL-2.0-only */
#include "message.h"
#include "output/escape.h"
#include "output/json.h"
#include <stdarg.h>
#include <stdlib.h>

/* --- JSON ----------------------------------------------------------------------------------- */

/* What was said since message_collect(), for message_end(). */
static bool collecting, said;
static json_t *errors, *warnings, *remarks, *places;

void message_collect(void)
{
	collecting = true;
	errors = json_array();
	warnings = json_array();
	remarks = json_array();
	places = json_array();
}

/* Keeps what is said; false: it is to be printed, as text, or because there is no memory. */
static bool keep(json_t *list, json_t *what)
{
	if (!collecting) {
		json_decref(what);
		return false;
	}
	if (json_array_append_new(list, what))
		return false;
	said = true;
	return true;
}

void message_end(const struct invocation *invocation, enum exit_status status)
{
	const char *name = invocation->command ? invocation->command->name : NULL;

	if (!collecting)
		return;
	collecting = false;
	if (said)
		json_write(json_pack("{s:o, s:i, s:o, s:o, s:o, s:o}", "command", json_text(name),
				     "status", (int)status, "errors", errors, "warnings", warnings,
				     "notes", remarks, "places", places),
			   stderr);
}

/* --- Text ----------------------------------------------------------------------------------- */

__attribute__((format(printf, 4, 0))) static void
write_line(FILE *out, json_t *list, const char *prefix, const char *format, va_list arguments)
{
	char *text = NULL;

	if (vasprintf(&text, format, arguments) < 0)
		text = NULL;
	if (!list || !keep(list, json_text(text))) {
		escape_write(prefix, out);
		escape_write(text ? text : "out of memory", out);
		fputc('\n', out);
	}
	free(text);
}

void message_error(const struct invocation *invocation, const char *format, ...)
{
	char prefix[64] = "portfw: ";
	va_list arguments;

	if (invocation->command)
		snprintf(prefix, sizeof(prefix), "portfw: %s: ", invocation->command->name);
	va_start(arguments, format);
	write_line(stderr, errors, prefix, format, arguments);
	va_end(arguments);
}

enum exit_status message_failure(const struct invocation *invocation, int code,
				 const struct error *error)
{
	const struct notes notes = message_notes(invocation);

	return notes_fail(&notes, code, error);
}

enum exit_status message_failed(const struct invocation *invocation, int code,
				const struct error *error)
{
	message_failure(invocation, code, error);
	return STATUS_FAILED;
}

void message_note(const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	write_line(stderr, remarks, "portfw: ", format, arguments);
	va_end(arguments);
}

void message_warning(const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	write_line(stderr, warnings, "portfw: warning: ", format, arguments);
	va_end(arguments);
}

void message_done(const struct invocation *invocation, const char *format, ...)
{
	va_list arguments;

	if (!message_wanted(invocation) || option_given(invocation, OPTION_DRY_RUN))
		return;
	va_start(arguments, format);
	write_line(stdout, NULL, "", format, arguments);
	va_end(arguments);
}

static void say(const void *context, enum note_kind kind, const char *text)
{
	const struct invocation *invocation = context;

	switch (kind) {
	case NOTE_INFO:
		message_note("%s", text);
		break;
	case NOTE_WARNING:
		message_warning("%s", text);
		break;
	case NOTE_ERROR:
		message_error(invocation, "%s", text);
		break;
	case NOTE_DONE:
		message_done(invocation, "%s", text);
		break;
	}
}

static void say_place(const void *context, const char *file, const struct diagnostic *remark)
{
	const char *severity = remark->warning ? "warning" : "error";

	(void)context;
	if (collecting &&
	    keep(places, json_pack("{s:o, s:I, s:I, s:s, s:o}", "file", json_text(file), "line",
				   (json_int_t)remark->line, "column", (json_int_t)remark->column,
				   "severity", severity, "text", json_text(remark->text))))
		return;
	escape_write(file, stderr);
	fprintf(stderr, ":%u:%u: %s: ", remark->line, remark->column, severity);
	escape_write(remark->text, stderr);
	fputc('\n', stderr);
}

struct notes message_notes(const struct invocation *invocation)
{
	return (struct notes){say, say_place, invocation};
}
