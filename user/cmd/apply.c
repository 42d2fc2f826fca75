/* SPDX-License-Identifier: GPL-2.0-only */
#include "change/change.h"
#include "change/report.h"
#include "cli/message.h"
#include "policy/union.h"
#include "policy/words.h"
#include <string.h>

static int edit_apply(struct policy *policy, const void *argument, struct error *error)
{
	_cleanup_policy_ struct policy result;
	int code;

	policy_init(&result);
	code = union_attachments(argument, policy, &result, error);
	if (code)
		return code;
	policy_free(policy);
	*policy = result;
	policy_init(&result);
	return 0;
}

static void warn_of_modes(const struct change *change)
{
	for (size_t i = 0; i < change->attach_count; i++) {
		const struct attachment *wanted = &change->attach[i];
		const struct nic_status *have = live_nic(&change->live, wanted->nic, true);
		if (have && wanted->mode != ATTACH_AUTO && wanted->mode != have->mode)
			message_warning("%s stays attached in %s mode; to change that: `portfw "
					"detach --runtime %s`, then `portfw restore`",
					wanted->nic, words_mode_name(have->mode), wanted->nic);
	}
}

static void report(const struct change *change, const char *path)
{
	char policy[64], mode[640], where[REPORT_WHERE_MAX];

	for (size_t i = 0; i < change->nic_count; i++) {
		report_mode(&change->nics[i], mode);
		message_done(change->invocation, "attached %s (%s)", change->nics[i].wanted.nic,
			     mode);
	}
	report_policy(change, policy);
	report_where(change, "", where);
	message_done(change->invocation, "%sapplied %s: %s%s",
		     change_needed(change) ? "" : "already ", load_name(path), policy, where);
}

static int run(const struct invocation *invocation)
{
	_cleanup_loaded_ struct loaded input;
	_cleanup_change_ struct change change = {.lock = -1};
	const char *path = invocation->operands[0];

	int status = load_file(invocation, path, ", nothing changed", &input);
	if (status)
		return status;
	status = change_open(&change, invocation, CHANGE_REPLACES);
	if (status)
		return status;
	change.edit = edit_apply;
	change.argument = &input.policy;
	change.replaces = true;
	change.whole = true;
	change.attach_count = input.policy.attachment_count;
	memcpy(change.attach, input.policy.attachments, sizeof(change.attach));
	status = change_plan(&change);
	if (status == STATUS_DONE)
		status = change_make(&change);
	if (status)
		return status;
	warn_of_modes(&change);
	report(&change, path);
	return STATUS_DONE;
}

const struct command command_apply = {
	.name = "apply",
	.run = run,
	.synopsis = "FILE|-",
	.summary = "replace the whole policy by that of a file",
	.help = "Replaces the policy, at once and whole or not at all. NICs that the new policy "
		"attaches\n"
		"are attached; no NIC is ever detached. `-` reads standard input.\n",
	.options = OPTIONS_CHANGE,
	.flags = COMMAND_CHANGES,
	.operands_min = 1,
	.operands_max = 1,
};
