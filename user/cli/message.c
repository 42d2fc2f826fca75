/* SPDX-License-Identifier: GPL-2.0-only */
#include "message.h"
#include "output/escape.h"
#include <errno.h>
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

int message_failure(const struct invocation *invocation, int code, const struct error *error)
{
	if (error->text[0])
		message_error(invocation, "%s", error->text);
	else if (code == -ENOMEM)
		message_error(invocation, "out of memory");
	else
		message_error(invocation, "error %d", -code);
	return code == -EINVAL || code == -EOPNOTSUPP ? STATUS_USAGE : STATUS_FAILED;
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

void message_diagnostics(const char *file, const struct diagnostics *diagnostics, bool warnings)
{
	for (unsigned i = 0; i < diagnostics->count; i++) {
		const struct diagnostic *remark = &diagnostics->list[i];
		if (remark->warning && !warnings)
			continue;
		escape_write(file, stderr);
		fprintf(stderr, ":%u:%u: %s: ", remark->line, remark->column,
			remark->warning ? "warning" : "error");
		escape_write(remark->text, stderr);
		fputc('\n', stderr);
	}
}
