/* SPDX-License-Identifier: GPL-2.0-only */
#include "change/change.h"
#include "change/report.h"
#include "cli/message.h"

/* Drops the default and the rules, not the attachments. */
static int edit_reset(struct policy *policy, const void *argument, struct error *error)
{
	struct policy empty;
	int code = 0;

	(void)argument;
	(void)error;
	policy_init(&empty);
	for (size_t i = 0; i < policy->attachment_count && code == 0; i++)
		code = policy_attach(&empty, policy->attachments[i].nic,
				     policy->attachments[i].mode);
	if (code) {
		policy_free(&empty);
		return code;
	}
	policy_free(policy);
	*policy = empty;
	return 0;
}

static int run(const struct invocation *invocation)
{
	_cleanup_change_ struct change change = {.lock = -1};
	char where[REPORT_WHERE_MAX];
	int status = change_open(&change, invocation, CHANGE_REPLACES);

	if (status)
		return status;
	change.edit = edit_reset;
	change.replaces = true;
	change.whole = true;
	change.backup = true;
	status = change_plan(&change);
	if (status == STATUS_DONE)
		status = change_make(&change);
	if (status)
		return status;
	report_where(&change, "", where);
	if (!change_needed(&change))
		message_done(invocation, "already reset: default allow, no rules%s", where);
	else
		message_done(invocation, "reset: default allow, no rules%s%s%s", where,
			     change.backup_path[0] && !change.broken ? "; the old policy is in "
								     : "",
			     change.broken ? "" : change.backup_path);
	return STATUS_DONE;
}

const struct command command_reset = {
	.name = "reset",
	.run = run,
	.synopsis = "",
	.summary = "drop every rule, keep a copy of the policy file",
	.help = "Drops every rule and sets the default to allow. Attached NICs stay attached. The "
		"old\n"
		"policy file is kept beside the new one, with the date in its name.\n",
	.options = OPTIONS_CHANGE,
	.flags = COMMAND_CHANGES,
};
