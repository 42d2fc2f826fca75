/* SPDX-License-Identifier: GPL-2.0-only */
#include "base/fault.h"
#include "change/remarks.h"
#include "change/trial.h"
#include "cli/message.h"
#include "policy/text.h"
#include "state/save.h"
#include <errno.h>
#include <string.h>

/* The kernel first, since the deadline does not wait; the file can no longer fail by then. */
static int confirm(struct change *change, struct error *error)
{
	_cleanup_save_ struct save save = SAVE_INIT;
	const struct pending *pending = &change->pending;
	unsigned flags = (pending->keeps ? SAVE_KEEPS : 0) | (pending->backup ? SAVE_BACKUP : 0);
	bool saves = pending->path[0];
	int code = 0;

	if (saves)
		code = save_prepare(&save, pending->path, pending->text, change->live.now.wall,
				    error);
	if (code == 0 && saves)
		code = save_keep(&save, flags, error);
	memcpy(change->backup_path, save.backup, sizeof(save.backup));
	save.consumed = (unsigned)pending->consumed;
	if (code)
		return code;
	fault_point("confirm");
	code = publish_confirm(&change->live.instance, error);
	if (code)
		return code;
	fault_point("confirmed");
	if (saves)
		code = save_commit(&save, error);
	if (code)
		return code;
	for (size_t i = 0; i < change->live.nic_count; i++)
		attach_settle(&change->live.instance, change->live.nics[i].index, true);
	fault_point("pending-remove");
	pending_clean(change->invocation->options.run_dir, 0);
	fault_point("pending-removed");
	return 0;
}

/* What the file will say. */
static int read_pending(struct change *change, struct error *error)
{
	const struct options *options = &change->invocation->options;
	struct diagnostics diagnostics = {.count = 0};
	int code = pending_read(options->run_dir, change->trial_deadline, &change->pending, error);

	if (code || !change->pending.path[0])
		return code;
	return text_parse(change->pending.text, strlen(change->pending.text), &change->file_policy,
			  &diagnostics);
}

static void report(const struct change *change)
{
	const char *path = change->pending.path;
	char text[1200];

	trial_describe(change, &change->live.policy, text);
	message_done(change->invocation, "confirmed: %s%s%s%s%s", text, *path ? "" : "; not saved",
		     change->backup_path[0] ? "; the old policy is in " : "", change->backup_path,
		     "");
}

static int run(const struct invocation *invocation)
{
	_cleanup_change_ struct change change = {.lock = -1};
	bool dry_run = option_given(invocation, OPTION_DRY_RUN);
	struct error error = {""};
	int status = change_open(&change, invocation, CHANGE_DECIDES | CHANGE_REPLACES);

	if (status)
		return status;
	if (!trial_runs(&change))
		return STATUS_FAILED;
	int code = read_pending(&change, &error);
	if (code == 0 && !dry_run)
		code = confirm(&change, &error);
	if (code) {
		message_failure(invocation, code, &error);
		return STATUS_FAILED;
	}
	if (!dry_run && change.pending.path[0] && change.file.has_comments)
		remarks_warn_of_comments(change.pending.path);
	if (dry_run || option_given(invocation, OPTION_JSON))
		return trial_write_changes(&change, &change.file.policy,
					   change.pending.path[0] ? &change.file_policy
								  : &change.file.policy);
	report(&change);
	return STATUS_DONE;
}

const struct command command_confirm = {
	.name = "confirm",
	.run = run,
	.synopsis = "",
	.summary = "keep the change that --confirm made on trial",
	.help = "Makes the policy that is on trial permanent and saves it in the policy file. "
		"Refused\n"
		"when the trial's time is up: then the policy before it is in force again.\n",
	.options = OPTION_JSON | OPTION_DRY_RUN | OPTION_QUIET | OPTION_POLICY,
	.flags = COMMAND_CHANGES,
};
