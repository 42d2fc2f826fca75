/* SPDX-License-Identifier: GPL-2.0-only */
#include "error.h"
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

int error_set(struct error *error, int code, const char *format, ...)
{
	struct error message; /* apart: an argument may be the earlier message itself */
	va_list arguments;

	if (!error)
		return code;
	va_start(arguments, format);
	vsnprintf(message.text, sizeof(message.text), format, arguments);
	va_end(arguments);
	memcpy(error->text, message.text, strlen(message.text) + 1);
	return code;
}

/* Whether there is room for one more, and counts it. */
static bool diagnostics_count(struct diagnostics *diagnostics, bool warning)
{
	if (warning)
		return ++diagnostics->warnings <= DIAGNOSTICS_MAX;
	if (diagnostics->errors == DIAGNOSTICS_MAX) {
		diagnostics->truncated = true;
		return false;
	}
	diagnostics->errors++;
	return true;
}

bool diagnostics_add(struct diagnostics *diagnostics, bool warning, unsigned line, unsigned column,
		     const char *format, ...)
{
	struct diagnostic *diagnostic;
	va_list arguments;

	if (!diagnostics_count(diagnostics, warning))
		return warning;
	diagnostic = &diagnostics->list[diagnostics->count++];
	diagnostic->warning = warning;
	diagnostic->line = line;
	diagnostic->column = column;
	va_start(arguments, format);
	vsnprintf(diagnostic->text, sizeof(diagnostic->text), format, arguments);
	va_end(arguments);
	return true;
}
