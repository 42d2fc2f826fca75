/* SPDX-License-Identifier: GPL-2.0-only */
#include "decide.h"
#include "base/fault.h"
#include "base/signals.h"
#include "guard.h"
#include "policy/text.h"
#include "remarks.h"
#include "restore.h"
#include "state/save.h"
#include <errno.h>
#include <stdlib.h>
#include <string.h>

static enum exit_status open_trial(const struct request *request, struct change *change)
{
	struct have *have = &change->have;
	enum exit_status status;

	change->request = request;
	policy_init(&change->plan.file_policy);
	policy_init(&change->plan.live_policy);
	status = have_read(request, HAVE_DECIDES | HAVE_REPLACES, have, &change->notes);
	if (status || have->trial_deadline)
		return status;
	notes_add(&change->notes, NOTE_ERROR, "%s",
		  have->live.settled
			  ? "the trial's deadline has passed: the policy before it is in force"
			  : "no trial runs");
	return STATUS_FAILED;
}

static enum exit_status outcome(struct change *change, int code, const struct error *error)
{
	if (code == 0)
		return STATUS_DONE;
	notes_fail(&change->notes, code, error);
	return STATUS_FAILED;
}

/* --- confirm ------------------------------------------------------------------------------- */

/* The kernel first, since the deadline does not wait; the file can no longer fail by then. */
static int confirm(struct change *change, struct error *error)
{
	_cleanup_uninterrupted_ struct uninterrupted stretch = signals_hold();
	_cleanup_save_ struct save save = SAVE_INIT;
	struct instance *instance = live_instance(&change->have.live);
	const struct live *live = &change->have.live;
	const struct pending *pending = &change->have.pending;
	unsigned flags = (pending->keeps ? SAVE_KEEPS : 0) | (pending->backup ? SAVE_BACKUP : 0);
	bool saves = pending->path[0];
	int code = 0;

	save.own = paths_are_own(&change->request->paths);
	save.anew = change->have.broken;
	if (saves)
		code = save_prepare(&save, pending->path, pending->text, live->now.wall, error);
	if (code == 0 && saves)
		code = save_keep(&save, flags, error);
	memcpy(change->done.backup_path, save.backup, sizeof(save.backup));
	save.consumed = (unsigned)pending->consumed;
	if (code)
		return code;
	fault_point("confirm");
	code = publish_confirm(instance, error);
	if (code)
		return code;
	fault_point("confirmed");
	if (saves)
		code = save_commit(&save, error);
	if (code)
		return code;
	if (saves && save.own)
		restore_keep_good(change->request, pending->text, strlen(pending->text),
				  &change->notes);
	for (size_t i = 0; i < live->nic_count; i++)
		attach_settle(instance, live->nics[i].index, true);
	fault_point("pending-remove");
	pending_clean(change->request->paths.run_dir, 0);
	fault_point("pending-removed");
	if (policy_equal(&live->policy, &change->plan.file_policy))
		memset(instance->control->stand_in, 0, sizeof(instance->control->stand_in));
	return 0;
}

/* What the file will say. */
static int read_pending(struct change *change, struct error *error)
{
	struct pending *pending = &change->have.pending;
	struct diagnostics diagnostics = {.count = 0};
	int code = pending_read(change->request->paths.run_dir, change->have.trial_deadline,
				pending, error);

	if (code || !pending->path[0])
		return code;
	code = text_parse(pending->text, strlen(pending->text), &change->plan.file_policy,
			  &change->plan.file_attached, &diagnostics);
	return code == -EINVAL ? pending_damaged(error) : code;
}

enum exit_status decide_confirm(const struct request *request, struct change *change)
{
	enum exit_status status = open_trial(request, change);
	struct error error = {""};
	int code;

	if (status)
		return status;
	code = read_pending(change, &error);
	if (code == 0 && !request->dry_run)
		code = confirm(change, &error);
	if (code == 0 && !request->dry_run && change->have.pending.path[0] &&
	    change->have.file.has_comments)
		remarks_note_comments(change->have.pending.path, &change->notes);
	return outcome(change, code, &error);
}

/* --- rollback ------------------------------------------------------------------------------ */

/* The policy that the trial falls back to. */
static int read_fallback(struct change *change, struct error *error)
{
	const struct live *live = &change->have.live;
	struct policy *policy = &change->plan.live_policy;
	struct diagnostics diagnostics = {.count = 0};
	char *text = NULL;
	int code = publish_read_text(live_instance(live), true, &text, error);

	if (code == 0)
		code = text_parse(text, strlen(text), policy, NULL, &diagnostics);
	free(text);
	deadlines_expire(policy, &live->deadlines, &live->now);
	return code;
}

static int rollback(const struct change *change, struct error *error)
{
	_cleanup_uninterrupted_ struct uninterrupted stretch = signals_hold();

	fault_point("rollback");
	int code = publish_rollback(live_instance(&change->have.live), error);

	if (code)
		return code;
	fault_point("rolled-back");
	pending_clean(change->request->paths.run_dir, 0);
	fault_point("pending-removed");
	return 0;
}

enum exit_status decide_rollback(const struct request *request, struct change *change)
{
	enum exit_status status = open_trial(request, change);
	struct error error = {""};
	int code;

	if (status)
		return status;
	code = read_fallback(change, &error);
	if (code == 0)
		guard_warn(&change->have.live, &change->plan.live_policy, request->dry_run,
			   &change->notes);
	if (code == 0 && !request->dry_run)
		code = rollback(change, &error);
	return outcome(change, code, &error);
}
