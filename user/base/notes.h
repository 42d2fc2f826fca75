/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the floors below the commands have to say besides success and failure. They never print:
 * they hand it to whoever speaks to the operator, at once, since what is said of a cut must be said
 * before it.
 */
#ifndef PORTFW_BASE_NOTES_H
#define PORTFW_BASE_NOTES_H

#include "error.h"
#include "exit_status.h"

enum note_kind {
	NOTE_INFO,    /* "portfw: ..." */
	NOTE_WARNING, /* "portfw: warning: ..." */
	NOTE_ERROR,   /* "portfw: COMMAND: ..." */
	NOTE_DONE,    /* what is now true, on standard output */
};

/* Zero-initialised: nobody wants to know. */
struct notes {
	/* Gets the text as it came, control bytes not escaped, for as long as the call lasts. */
	void (*take)(const void *context, enum note_kind kind, const char *text);
	/* A remark on a place of a file: "FILE:LINE:COLUMN: error: ...". */
	void (*place)(const void *context, const char *file, const struct diagnostic *remark);
	const void *context;
};

/* Says one thing; `notes` may be NULL. */
__attribute__((format(printf, 3, 4))) void notes_add(const struct notes *notes, enum note_kind kind,
						     const char *format, ...);

/* Says what failed below; returns how a command ends by it: STATUS_USAGE for input that is wrong or
 * not supported, else STATUS_FAILED. */
enum exit_status notes_fail(const struct notes *notes, int code, const struct error *error);

/* Says each remark about the text of a file; `warnings`: the warnings too. */
void notes_add_places(const struct notes *notes, const char *file,
		      const struct diagnostics *diagnostics, bool warnings);

#endif
