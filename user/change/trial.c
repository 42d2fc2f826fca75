/* SPDX-License-Identifier: GPL-2.0-only */
#include "trial.h"
#include "base/fault.h"
#include "cli/message.h"
#include "output/changes.h"
#include "output/policy.h"
#include "policy/text.h"
#include <errno.h>
#include <stdio.h>
#include <string.h>

void trial_settle(const struct change *change)
{
	const char *run_dir = change->invocation->options.run_dir;

	if (change->live.settled && !(change->flags & CHANGE_DECIDES))
		message_note(
			"the trial's deadline has passed: the policy before it is in force again");
	fault_point("pending-remove");
	pending_clean(run_dir, change->trial_deadline);
}

bool trial_refuses(const struct change *change)
{
	if (!change->trial_deadline || change_is_trial(change))
		return false;
	message_error(change->invocation,
		      "a trial runs, %lld s left: first `portfw confirm` to keep it or `portfw "
		      "rollback` to end it; or replace it with --confirm DURATION",
		      live_trial_seconds(&change->live));
	return true;
}

int trial_build_on(struct change *change)
{
	const struct options *options = &change->invocation->options;
	struct diagnostics diagnostics = {.count = 0};
	struct error error = {""};
	struct policy policy;
	int code = pending_read(options->run_dir, change->trial_deadline, &change->pending, &error);

	if (code == 0 && change->pending.path[0]) {
		policy_init(&policy);
		code = text_parse(change->pending.text, strlen(change->pending.text), &policy,
				  &diagnostics);
		if (code == 0) {
			policy_free(&change->file.policy);
			change->file.policy = policy;
		}
	}
	if (code == 0)
		return STATUS_DONE;
	message_failure(change->invocation, code, &error);
	return STATUS_FAILED;
}

int trial_check_plan(const struct change *change, struct error *error)
{
	if (!change_is_trial(change) || !change_needed(change))
		return 0;
	if (!change->running && !change->nic_count)
		return error_set(error, -ENODEV,
				 "no NIC is attached, so there is nothing to try it on; without "
				 "--confirm it is saved");
	if (change->running && change->nic_count)
		return error_set(error, -EBUSY,
				 "%s cannot be attached as a trial beside NICs that are attached: "
				 "what it falls back to holds for all of them; attach it first",
				 change->nics[0].wanted.nic);
	return 0;
}

bool trial_runs(const struct change *change)
{
	if (change->trial_deadline)
		return true;
	if (change->live.settled)
		message_error(change->invocation,
			      "the trial's deadline has passed: the policy before it is in force");
	else
		message_error(change->invocation, "no trial runs");
	return false;
}

void trial_describe(const struct change *change, const struct policy *policy, char text[1200])
{
	const struct policy *attached = &change->live.policy;
	size_t rules = 0, length;

	policy_count_rules(policy, &rules);
	length =
		(size_t)snprintf(text, 1200, "default %s, %zu rule%s",
				 action_name(policy->default_action), rules, rules == 1 ? "" : "s");
	for (size_t i = 0; i < attached->attachment_count; i++)
		length += (size_t)snprintf(text + length, 1200 - length, ", %s",
					   attached->attachments[i].nic);
}

int trial_write_changes(const struct change *change, const struct policy *old,
			const struct policy *new)
{
	_cleanup_diff_ struct diff diff = {NULL, 0};
	int code = diff_policies(old, new, true, &diff);

	if (code)
		return message_failure(change->invocation, code, &(struct error){""});
	if (option_given(change->invocation, OPTION_JSON))
		changes_json(true, &diff, stdout);
	else
		changes_text(&diff, stdout);
	if (!diff.count && message_wanted(change->invocation))
		puts("no rule would change");
	return STATUS_DONE;
}
