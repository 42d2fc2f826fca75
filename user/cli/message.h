/* SPDX-License-Identifier: GPL-2.0-only */
/* What a command says besides its data. Control bytes are escaped. */
#ifndef PORTFW_CLI_MESSAGE_H
#define PORTFW_CLI_MESSAGE_H

#include "base/notes.h"
#include "invocation.h"
#include <stdio.h>

/* "portfw: COMMAND: ..." on stderr. */
__attribute__((format(printf, 2, 3))) void message_error(const struct invocation *invocation,
							 const char *format, ...);
/* The same of a failure below; returns the exit status that its code stands for: STATUS_USAGE
 * for input that is wrong or not supported, else STATUS_FAILED. */
enum exit_status message_failure(const struct invocation *invocation, int code,
				 const struct error *error);
/* The same where it was not the input's fault: STATUS_FAILED. */
enum exit_status message_failed(const struct invocation *invocation, int code,
				const struct error *error);

/* "portfw: ..." on stderr. */
__attribute__((format(printf, 1, 2))) void message_note(const char *format, ...);
/* "portfw: warning: ..." on stderr. */
__attribute__((format(printf, 1, 2))) void message_warning(const char *format, ...);

/* A line on stdout that says what is now true. Silent with --quiet, --json and --dry-run. */
__attribute__((format(printf, 2, 3))) void message_done(const struct invocation *invocation,
							const char *format, ...);

/* From now on what is for standard error is kept, and message_end() writes it as one JSON object;
 * nothing, if nothing was said. For main(), with --json. */
void message_collect(void);
void message_end(const struct invocation *invocation, enum exit_status status);

/* Says what is noted below, each in its way, as it comes. Valid as long as the invocation. */
struct notes message_notes(const struct invocation *invocation);

/* Whether text for people may go to stdout. */
static inline bool message_wanted(const struct invocation *invocation)
{
	return !option_given(invocation, OPTION_QUIET) && !option_given(invocation, OPTION_JSON);
}

#endif
