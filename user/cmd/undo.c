/* SPDX-License-Identifier: GPL-2.0-only */
#include "change/change.h"
#include "change/report.h"
#include "cli/message.h"
#include "state/history.h"
#include <errno.h>
#include <string.h>

/* The rules and the default of the kept policy, the attachments of the policy that there is. */
static int edit_undo(struct policy *policy, const void *argument, struct error *error)
{
	struct policy kept;
	int code;

	(void)error;
	policy_init(&kept);
	code = policy_copy(argument, &kept);
	if (code)
		return code;
	memcpy(kept.attachments, policy->attachments, sizeof(kept.attachments));
	kept.attachment_count = policy->attachment_count;
	policy_free(policy);
	*policy = kept;
	return 0;
}

/* The newest kept policy that differs from the one that there is. Sets change->consumed. */
static int find_kept(struct change *change, struct loaded *kept, struct error *error)
{
	const char *policy_path = change->invocation->options.policy;
	char path[PATH_MAX], name[PATH_MAX];
	struct error why = {""};
	unsigned number = UINT_MAX;
	int code;

	history_resolve(policy_path, path);
	for (;;) {
		code = history_find(path, number, &number, name, error);
		if (code == -ENOENT)
			return error_set(error, code,
					 "no earlier policy is kept beside %s, nothing to undo",
					 policy_path);
		if (code)
			return code;
		code = load_read(name, NULL, kept, &why);
		if (code)
			return error_set(error, code, "%s: %s", name, why.text);
		deadlines_expire(&kept->policy, &change->live.deadlines, &change->live.now);
		change->consumed = number;
		if (change->broken || !policy_equal(&kept->policy, &change->file.policy))
			return 0;
		load_free(kept);
	}
}

static void report(const struct change *change)
{
	char policy[64], where[REPORT_WHERE_MAX];

	report_policy(change, policy);
	report_where(change, "", where);
	message_done(change->invocation, "undone: %s%s", policy, where);
}

static int run(const struct invocation *invocation)
{
	_cleanup_loaded_ struct loaded kept = {.found = false};
	_cleanup_change_ struct change change = {.lock = -1};
	struct error error = {""};

	policy_init(&kept.policy);
	int status = change_open(&change, invocation, CHANGE_REPLACES);
	if (status)
		return status;
	int code = find_kept(&change, &kept, &error);
	if (code) {
		message_failure(invocation, code, &error);
		return STATUS_FAILED;
	}
	change.edit = edit_undo;
	change.argument = &kept.policy;
	change.replaces = true;
	change.whole = true;
	status = change_plan(&change);
	if (status == STATUS_DONE)
		status = change_make(&change);
	if (status == STATUS_DONE)
		report(&change);
	return status;
}

const struct command command_undo = {
	.name = "undo",
	.run = run,
	.synopsis = "",
	.summary = "go back to the policy before the last change",
	.help = "Goes back to the rules and the default before the last change that was saved; "
		"again,\n"
		"to those before that. The last 10 are kept beside the policy file, as\n"
		"FILE.undo-1, FILE.undo-2, ... NICs are neither attached nor detached.\n",
	.options = OPTIONS_CHANGE & ~OPTION_RUNTIME,
	.flags = COMMAND_CHANGES,
};
