/* SPDX-License-Identifier: GPL-2.0-only */
#include "notes.h"
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

void notes_add(const struct notes *notes, enum note_kind kind, const char *format, ...)
{
	va_list arguments;
	char *text;
	int length;

	if (!notes || !notes->take)
		return;
	va_start(arguments, format);
	length = vasprintf(&text, format, arguments);
	va_end(arguments);
	notes->take(notes->context, kind, length < 0 ? "out of memory" : text);
	if (length >= 0)
		free(text);
}

enum exit_status notes_fail(const struct notes *notes, int code, const struct error *error)
{
	if (error->text[0])
		notes_add(notes, NOTE_ERROR, "%s", error->text);
	else if (code == -ENOMEM)
		notes_add(notes, NOTE_ERROR, "out of memory");
	else
		notes_add(notes, NOTE_ERROR, "error %d", -code);
	return code == -EINVAL || code == -EOPNOTSUPP ? STATUS_USAGE : STATUS_FAILED;
}

void notes_add_places(const struct notes *notes, const char *file,
		      const struct diagnostics *diagnostics, bool warnings)
{
	for (unsigned i = 0; i < diagnostics->count; i++) {
		const struct diagnostic *remark = &diagnostics->list[i];

		if (notes && notes->place && (!remark->warning || warnings))
			notes->place(notes->context, file, remark);
	}
}
