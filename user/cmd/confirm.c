/* SPDX-License-Identifier: GPL-2.0-only */
#include "change/decide.h"
#include "change/report.h"
#include "cli/message.h"
#include "cli/transact.h"

static void report(const struct invocation *invocation, const struct change *change)
{
	const char *backup = change->done.backup_path;
	char text[REPORT_DECISION_MAX];

	report_decision(change, &change->have.live.policy, text);
	message_done(invocation, "confirmed: %s%s%s%s", text,
		     *change->have.pending.path ? "" : "; not saved",
		     *backup ? "; the old policy is in " : "", backup);
}

static enum exit_status show(const struct invocation *invocation, const struct change *change)
{
	const struct loaded *file = &change->have.file;
	const struct diff_side old = {&file->policy, &file->attached};
	const struct diff_side new = {&change->plan.file_policy, &change->plan.file_attached};

	return transact_show(invocation, &old, change->have.pending.path[0] ? &new : &old, true,
			     "no rule would change");
}

static enum exit_status run(const struct invocation *invocation)
{
	_cleanup_change_ struct change change = CHANGE_INIT(message_notes(invocation));
	struct request request;
	enum exit_status status = transact_request(invocation, &request);

	if (status)
		return status;
	status = decide_confirm(&request, &change);
	if (status)
		return status;
	if (request.dry_run || option_given(invocation, OPTION_JSON))
		return show(invocation, &change);
	report(invocation, &change);
	return STATUS_DONE;
}

const struct command command_confirm = {
	.name = "confirm",
	.run = run,
	.synopsis = "",
	.summary = "keep the change that --confirm made on trial",
	.help = "Makes the policy that is on trial permanent and saves it in the policy file.\n"
		"Refused when the trial's time is up: then the policy before it is in force\n"
		"again.\n",
	.examples = EXAMPLES("portfw --confirm 5m default deny", "portfw confirm"),
	.options = OPTION_JSON | OPTION_DRY_RUN | OPTION_QUIET | OPTION_POLICY,
	.flags = COMMAND_CHANGES,
};
