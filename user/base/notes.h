/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the floors below the commands have to say besides success and failure. They never print:
 * they add to a list, and whoever speaks to the operator prints it in this order.
 */
#ifndef PORTFW_BASE_NOTES_H
#define PORTFW_BASE_NOTES_H

#include "error.h"
#include "exit_status.h"

enum note_kind {
	NOTE_INFO,    /* "portfw: ..." */
	NOTE_WARNING, /* "portfw: warning: ..." */
	NOTE_ERROR,   /* "portfw: COMMAND: ..." */
	NOTE_PLACE,   /* "FILE:LINE:COLUMN: error: ...", as it is */
	NOTE_DONE,    /* what is now true, on standard output */
};

struct note {
	enum note_kind kind;
	char *text; /* as it came, control bytes not escaped; owned */
};

/* Zero-initialised: empty. */
struct notes {
	struct note *list;
	size_t count;
	bool lost; /* one could not be kept: no memory */
};
void notes_free(struct notes *notes);
#define _cleanup_notes_ __attribute__((cleanup(notes_free)))

/* Adds one; `notes` may be NULL: nobody wants to know. */
__attribute__((format(printf, 3, 4))) void notes_add(struct notes *notes, enum note_kind kind,
						     const char *format, ...);

/* Adds a failure below; returns how a command ends by it: STATUS_USAGE for input that is wrong or
 * not supported, else STATUS_FAILED. */
enum exit_status notes_fail(struct notes *notes, int code, const struct error *error);

/* Adds each remark about the text of a file; `warnings`: the warnings too. */
void notes_add_places(struct notes *notes, const char *file, const struct diagnostics *diagnostics,
		      bool warnings);

#endif
