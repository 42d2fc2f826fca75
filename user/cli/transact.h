/* SPDX-License-Identifier: GPL-2.0-only */
/* How commands hand their requests over, and say what became of them. */
#ifndef PORTFW_CLI_TRANSACT_H
#define PORTFW_CLI_TRANSACT_H

#include "change/change.h"
#include "invocation.h"

/* What the options say; the rest is for the command to fill. Says what is wrong with one. */
enum exit_status transact_request(const struct invocation *invocation, struct request *request);

/* Says what is now true, with message_done(); `argument` is the command's. */
typedef void transact_report(const struct invocation *invocation, const struct change *change,
			     const void *argument);

/* Makes the change and says all there is to say: what was noted, with --json and --dry-run the
 * changes, and the command's report. */
enum exit_status transact(const struct invocation *invocation, const struct request *request,
			  transact_report *report, const void *argument);

/* The changes from one policy to another; `needed`: something changes, if only attachments or the
 * kernel's tables do; `none`: what is said where there is no difference. */
enum exit_status transact_show(const struct invocation *invocation, const struct diff_side *old,
			       const struct diff_side *new, bool needed, const char *none);

#endif
