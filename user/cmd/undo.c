/* SPDX-License-Identifier: GPL-2.0-only */
#include "change/report.h"
#include "cli/message.h"
#include "cli/transact.h"

static void report(const struct invocation *invocation, const struct change *change,
		   const void *argument)
{
	char policy[64], where[REPORT_WHERE_MAX];

	(void)argument;
	report_policy(change, policy);
	report_where(change, "", where);
	message_done(invocation, "undone: %s%s", policy, where);
}

static enum exit_status run(const struct invocation *invocation)
{
	struct request request;
	enum exit_status status = transact_request(invocation, &request);

	request.base = BASE_KEPT;
	return status ? status : transact(invocation, &request, report, NULL);
}

const struct command command_undo = {
	.name = "undo",
	.run = run,
	.synopsis = "",
	.summary = "go back to the policy before the last change",
	.help = "Goes back to the rules and the default before the last change that was saved;\n"
		"again, to those before that. The last 10 are kept beside the policy file, as\n"
		"FILE.undo-1, FILE.undo-2, ... NICs are neither attached nor detached.\n",
	.examples = EXAMPLES("portfw --dry-run undo", "portfw undo"),
	.options = OPTIONS_CHANGE & ~OPTION_RUNTIME,
	.flags = COMMAND_CHANGES,
};
