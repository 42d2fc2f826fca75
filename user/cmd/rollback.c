/* SPDX-License-Identifier: GPL-2.0-only */
#include "base/fault.h"
#include "change/guard.h"
#include "change/trial.h"
#include "cli/message.h"
#include "policy/text.h"
#include <stdlib.h>
#include <string.h>

/* The policy that the trial falls back to. */
static int read_fallback(struct change *change, struct error *error)
{
	struct policy *policy = &change->live_policy;
	const struct policy *live = &change->live.policy;
	struct diagnostics diagnostics = {.count = 0};
	char *text = NULL;
	int code = publish_read_text(&change->live.instance, true, &text, error);

	if (code == 0)
		code = text_parse(text, strlen(text), policy, &diagnostics);
	free(text);
	for (size_t i = 0; i < live->attachment_count && code == 0; i++)
		code = policy_attach(policy, live->attachments[i].nic, live->attachments[i].mode);
	deadlines_expire(policy, &change->live.deadlines, &change->live.now);
	return code;
}

static int rollback(struct change *change, struct error *error)
{
	fault_point("rollback");
	int code = publish_rollback(&change->live.instance, error);

	if (code)
		return code;
	fault_point("rolled-back");
	pending_clean(change->invocation->options.run_dir, 0);
	fault_point("pending-removed");
	return 0;
}

static int run(const struct invocation *invocation)
{
	_cleanup_change_ struct change change = {.lock = -1};
	bool dry_run = option_given(invocation, OPTION_DRY_RUN);
	struct error error = {""};
	char text[1200];
	int status = change_open(&change, invocation, CHANGE_DECIDES | CHANGE_REPLACES);

	if (status)
		return status;
	if (!trial_runs(&change))
		return STATUS_FAILED;
	int code = read_fallback(&change, &error);
	if (code == 0)
		guard_warn(invocation, &change.live, &change.live_policy);
	if (code == 0 && !dry_run)
		code = rollback(&change, &error);
	if (code) {
		message_failure(invocation, code, &error);
		return STATUS_FAILED;
	}
	if (dry_run || option_given(invocation, OPTION_JSON))
		return trial_write_changes(&change, &change.live.policy, &change.live_policy);
	trial_describe(&change, &change.live_policy, text);
	message_done(invocation, "rolled back: %s", text);
	return STATUS_DONE;
}

const struct command command_rollback = {
	.name = "rollback",
	.run = run,
	.synopsis = "",
	.summary = "end a trial at once: back to the policy before it",
	.help = "Ends the trial that --confirm began: the policy before it is in force again. NICs "
		"that\n"
		"it attached stay attached and let everything pass, until `portfw detach`.\n",
	.options = OPTION_JSON | OPTION_DRY_RUN | OPTION_QUIET | OPTION_POLICY,
	.flags = COMMAND_CHANGES,
};
