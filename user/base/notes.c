/* SPDX-License-Identifier: GPL-2.0-only */
#include "notes.h"
#include "list.h"
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>

void notes_free(struct notes *notes)
{
	for (size_t i = 0; i < notes->count; i++)
		free(notes->list[i].text);
	free(notes->list);
	*notes = (struct notes){NULL, 0, false};
}

void notes_add(struct notes *notes, enum note_kind kind, const char *format, ...)
{
	struct note *list, note = {.kind = kind};
	va_list arguments;
	int length;

	if (!notes)
		return;
	va_start(arguments, format);
	length = vasprintf(&note.text, format, arguments);
	va_end(arguments);
	list = length < 0 ? NULL : list_extend(notes->list, notes->count, sizeof(*list));
	if (!list) {
		notes->lost = true;
		if (length >= 0)
			free(note.text);
		return;
	}
	notes->list = list;
	notes->list[notes->count++] = note;
}

enum exit_status notes_fail(struct notes *notes, int code, const struct error *error)
{
	if (error->text[0])
		notes_add(notes, NOTE_ERROR, "%s", error->text);
	else if (code == -ENOMEM)
		notes_add(notes, NOTE_ERROR, "out of memory");
	else
		notes_add(notes, NOTE_ERROR, "error %d", -code);
	return code == -EINVAL || code == -EOPNOTSUPP ? STATUS_USAGE : STATUS_FAILED;
}

void notes_add_places(struct notes *notes, const char *file, const struct diagnostics *diagnostics,
		      bool warnings)
{
	for (unsigned i = 0; i < diagnostics->count; i++) {
		const struct diagnostic *remark = &diagnostics->list[i];

		if (!remark->warning || warnings)
			notes_add(notes, NOTE_PLACE, "%s:%u:%u: %s: %s", file, remark->line,
				  remark->column, remark->warning ? "warning" : "error",
				  remark->text);
	}
}
