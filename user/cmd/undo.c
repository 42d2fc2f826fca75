/* SPDX-License-Identifier: GPL-2.0-only */
#include "change/report.h"
#include "cli/message.h"
#include "cli/transact.h"

static void report(const struct invocation *invocation, const struct change *change,
		   const void *argument)
{
	char result[REPORT_RESULT_MAX];

	(void)argument;
	report_result(change, result);
	message_done(invocation, "undone: %s", result);
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
