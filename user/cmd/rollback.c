/* SPDX-License-Identifier: GPL-2.0-only */
#include "change/decide.h"
#include "change/report.h"
#include "cli/message.h"
#include "cli/transact.h"

static enum exit_status run(const struct invocation *invocation)
{
	_cleanup_change_ struct change change = CHANGE_INIT(message_notes(invocation));
	const struct policy *fallback = &change.plan.live_policy;
	char text[REPORT_DECISION_MAX];
	struct request request;
	enum exit_status status = transact_request(invocation, &request);

	if (status)
		return status;
	status = decide_rollback(&request, &change);
	if (status)
		return status;
	if (request.dry_run || option_given(invocation, OPTION_JSON))
		return transact_show(
			invocation, &(struct diff_side){&change.have.live.policy, NULL},
			&(struct diff_side){fallback, NULL}, true, "no rule would change");
	report_decision(&change, fallback, text);
	message_done(invocation, "rolled back: %s", text);
	return STATUS_DONE;
}

const struct command command_rollback = {
	.name = "rollback",
	.run = run,
	.synopsis = "",
	.summary = "end a trial at once: back to the policy before it",
	.help = "Ends the trial that --confirm began: the policy before it is in force again.\n"
		"NICs that it attached stay attached and let everything pass, until `portfw\n"
		"detach`.\n",
	.examples = EXAMPLES("portfw rollback"),
	.options = OPTION_JSON | OPTION_DRY_RUN | OPTION_QUIET | OPTION_POLICY,
	.flags = COMMAND_CHANGES,
};
