/* SPDX-License-Identifier: GPL-2.0-only */
#include "change/report.h"
#include "cli/message.h"
#include "cli/transact.h"

static void report(const struct invocation *invocation, const struct change *change,
		   const void *argument)
{
	const char *backup = change->have.broken ? "" : change->done.backup_path;
	char where[REPORT_WHERE_MAX];

	(void)argument;
	report_where(change, "", where);
	if (!change_needed(change))
		message_done(invocation, "already reset: default allow, no rules%s", where);
	else
		message_done(invocation, "reset: default allow, no rules%s%s%s", where,
			     *backup ? "; the old policy is in " : "", backup);
}

static enum exit_status run(const struct invocation *invocation)
{
	struct request request;
	struct policy empty;
	enum exit_status status = transact_request(invocation, &request);

	if (status)
		return status;
	policy_init(&empty);
	request.base = BASE_GIVEN;
	request.given = &empty;
	request.backup = true;
	return transact(invocation, &request, report, NULL);
}

const struct command command_reset = {
	.name = "reset",
	.run = run,
	.synopsis = "",
	.summary = "drop every rule, keep a copy of the policy file",
	.help = "Drops every rule and sets the default to allow. Attached NICs stay attached.\n"
		"The old policy file is kept beside the new one, with the date in its name.\n",
	.examples = EXAMPLES("portfw --dry-run reset", "portfw reset"),
	.options = OPTIONS_CHANGE,
	.flags = COMMAND_CHANGES,
};
