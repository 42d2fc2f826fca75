/* SPDX-License-Identifier: GPL-2.0-only */
#include "message.h"
#include "output/escape.h"
#include <stdarg.h>
#include <stdlib.h>

__attribute__((format(printf, 3, 0))) static void write_line(FILE *out, const char *prefix,
							     const char *format, va_list arguments)
{
	char *text = NULL;

	escape_write(prefix, out);
	if (vasprintf(&text, format, arguments) < 0)
		text = NULL;
	escape_write(text ? text : "out of memory", out);
	fputc('\n', out);
	free(text);
}

void message_error(const struct invocation *invocation, const char *format, ...)
{
	char prefix[64] = "portfw: ";
	va_list arguments;

	if (invocation->command)
		snprintf(prefix, sizeof(prefix), "portfw: %s: ", invocation->command->name);
	va_start(arguments, format);
	write_line(stderr, prefix, format, arguments);
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
	write_line(stderr, "portfw: ", format, arguments);
	va_end(arguments);
}

void message_warning(const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	write_line(stderr, "portfw: warning: ", format, arguments);
	va_end(arguments);
}

void message_done(const struct invocation *invocation, const char *format, ...)
{
	va_list arguments;

	if (!message_wanted(invocation) || option_given(invocation, OPTION_DRY_RUN))
		return;
	va_start(arguments, format);
	write_line(stdout, "", format, arguments);
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
	case NOTE_PLACE:
		escape_write(text, stderr);
		fputc('\n', stderr);
		break;
	case NOTE_DONE:
		message_done(invocation, "%s", text);
		break;
	}
}

struct notes message_notes(const struct invocation *invocation)
{
	return (struct notes){say, invocation};
}
