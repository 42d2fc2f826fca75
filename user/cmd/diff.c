/* SPDX-License-Identifier: GPL-2.0-only */
#include "policy/diff.h"
#include "cli/input.h"
#include "cli/message.h"
#include "output/changes.h"
#include "state/live.h"
#include "state/load.h"
#include <stdio.h>

/* Compares a policy with what applying the input would make of it: no NIC is ever detached by that.
 * Rules whose time is up do not count. */
static enum exit_status compare(const struct invocation *invocation, const struct live *live,
				struct policy *old, const struct attachments *old_attached,
				struct loaded *input)
{
	_cleanup_diff_ struct diff diff = {NULL, 0};
	struct attachments attached = input->attached;
	struct error error = {""};
	int code = attachments_join(&attached, old_attached, &error);

	deadlines_expire(old, &live->deadlines, &live->now);
	deadlines_expire(&input->policy, &live->deadlines, &live->now);
	if (code == 0)
		code = diff_files(&(struct diff_side){old, old_attached},
				  &(struct diff_side){&input->policy, &attached}, &diff);
	if (code)
		return message_failure(invocation, code, &error);
	if (option_given(invocation, OPTION_JSON))
		changes_json(diff.count, &diff, stdout);
	else if (diff.count)
		changes_text(&diff, stdout);
	else
		message_done(invocation, "no difference");
	return diff.count ? STATUS_NO : STATUS_DONE;
}

static enum exit_status run(const struct invocation *invocation)
{
	_cleanup_loaded_ struct loaded input;
	_cleanup_live_ struct live live = LIVE_INIT;
	const struct paths paths = invocation_paths(invocation);
	struct error error = {""};
	int code;
	enum exit_status status = input_file(invocation, invocation->operands[0], "", &input);

	policy_init(&live.policy);
	live.now.wall = moment_wall(invocation->options.policy);
	if (status)
		return status;
	if (option_given(invocation, OPTION_RUNTIME)) {
		code = live_open(&paths, &live, &error);
		live_adopt_modes(&live, &input.attached);
		return code ? message_failed(invocation, code, &error)
			    : compare(invocation, &live, &live.policy, &live.attached, &input);
	}
	_cleanup_loaded_ struct loaded file;
	status = input_policy(invocation, &file);
	return status ? status : compare(invocation, &live, &file.policy, &file.attached, &input);
}

const struct command command_diff = {
	.name = "diff",
	.run = run,
	.synopsis = "FILE|-",
	.summary = "show what applying a file would change",
	.help = "Compares the policy with that of a file or of standard input: `+` lines would\n"
		"be added by `apply`, `-` lines removed, and in `~` lines ports would change\n"
		"their state. With --runtime compares the policy that the kernel enforces. Exit\n"
		"status 0: no difference; 4: they differ.\n",
	.examples = EXAMPLES("portfw diff policy.new", "portfw diff --runtime /etc/portfw/policy"),
	.options = OPTION_JSON | OPTION_QUIET | OPTION_RUNTIME | OPTION_POLICY,
	.operands_min = 1,
	.operands_max = 1,
};
