/* SPDX-License-Identifier: GPL-2.0-only */
#include "commit.h"
#include "enforce.h"
#include "policy/text.h"
#include "restore.h"
#include "state/save.h"
#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* What becomes of the old file. Undo leaves attach lines alone, so a change of these alone needs no
 * copy. */
static unsigned save_flags(const struct making *making)
{
	const struct have *have = making->have;
	const struct plan *plan = making->plan;
	bool keeps = !plan->consumed && !have->broken &&
		     !policy_equal(&have->file.policy, &plan->file_policy);

	return (keeps ? SAVE_KEEPS : 0) | (plan->backup ? SAVE_BACKUP : 0);
}

/* What is written must be read again, a trial's also with what stands before it. */
static int check_size(struct making *making, struct error *error)
{
	size_t most = TEXT_FILE_MAX - (request_is_trial(making->request) ? 2 * PATH_MAX : 0);
	size_t length = strlen(making->done->text);

	if (length <= most)
		return 0;
	making->done->past_limit = true;
	return error_set(error, -EINVAL,
			 "the policy would have %zu MiB as text: at most %u; nothing changed",
			 length >> 20, TEXT_FILE_MAX >> 20);
}

static int prepare_file(struct making *making, struct save *save, struct error *error)
{
	int code;

	struct done *done = making->done;

	done->text = text_print(&making->plan->file_policy, &making->plan->file_attached);
	if (!done->text)
		return error_set(error, -ENOMEM, "out of memory");
	code = check_size(making, error);
	if (code)
		return code;
	save->consumed = making->plan->consumed;
	save->own = paths_are_own(&making->request->paths);
	save->anew = making->have->broken;
	return save_prepare(save, making->request->paths.policy, done->text,
			    making->have->live.now.wall, error);
}

/* Says of each NIC that comes whether file and kernel agree on it by now. */
static void settle_new(struct making *making)
{
	for (size_t i = 0; i < making->done->nic_count; i++)
		if (making->done->nics[i].attached)
			attach_settle(making->instance, making->done->nics[i].index, true);
}

static void unsettle_old(struct making *making)
{
	for (unsigned i = 0; i < MAX_NICS; i++)
		if (making->plan->detach >> i & 1)
			attach_settle(making->instance, i, false);
}

/* The file is in its place. */
static void settle_file(struct making *making, const struct save *save)
{
	const struct request *request = making->request;

	if (save->update.unsynced)
		notes_add(making->notes, NOTE_WARNING,
			  "%s: its directory could not be synced (%s): a power failure may bring "
			  "the old policy back",
			  request->paths.policy, strerror(-save->update.unsynced));
	if (paths_are_own(&request->paths))
		restore_keep_good(request, making->done->text, strlen(making->done->text),
				  making->notes);
}

/* What is detached cannot be taken back, and is said. */
static int save_last(struct making *making, struct save *save, struct error *error)
{
	struct error why = {""};
	int code = save_commit(save, &why);

	return code ? error_set(error, code, "%s%s",
				making->plan->detach ? "detached, but not saved: " : "", why.text)
		    : 0;
}

/* The file can no longer fail for want of space when the kernel changes; and with NICs that come or
 * go it is renamed last, since that can fail and a rename cannot be taken back. */
static int commit_now(struct making *making, struct error *error)
{
	_cleanup_save_ struct save save = SAVE_INIT;
	bool saves = making->plan->saves, publishes = making_publishes(making);
	bool file_last = making->done->nic_count || making->plan->detach;
	int code = 0;

	if (saves)
		code = prepare_file(making, &save, error);
	if (code == 0 && saves)
		code = save_keep(&save, save_flags(making), error);
	memcpy(making->done->backup_path, save.backup, sizeof(save.backup));
	if (code)
		return code;
	if (publishes)
		code = enforce_prepare(making, error);
	if (code == 0 && publishes)
		code = enforce_ready(making, error);
	if (code == 0)
		unsettle_old(making);
	if (code == 0 && saves && !file_last)
		code = save_commit(&save, error);
	if (code == 0)
		code = enforce_commit(making, error);
	if (code == 0 && saves && file_last)
		code = save_last(making, &save, error);
	if (code && publishes)
		enforce_undo(making);
	if (code == 0)
		settle_new(making);
	if (code == 0 && saves)
		settle_file(making, &save);
	return code;
}

/* Notes what confirming is to save. The file is prepared only to see that it can be. */
static int prepare_pending(struct making *making, struct pending *pending, struct error *error)
{
	_cleanup_save_ struct save save = SAVE_INIT;
	const struct pending *old = &making->have->pending;
	bool builds_on = old->path[0];
	unsigned flags = save_flags(making);
	int code;

	*pending = *old;
	pending->text = NULL;
	if (!making->plan->saves && !builds_on) {
		pending->text = strdup("");
		return pending->text ? 0 : error_set(error, -ENOMEM, "out of memory");
	}
	code = prepare_file(making, &save, error);
	if (code)
		return code;
	if (builds_on && strcmp(old->path, save.update.path) != 0)
		return error_set(error, -EBUSY, "the trial that runs is of another file, %s",
				 old->path);
	memcpy(pending->path, save.update.path, sizeof(pending->path));
	pending->keeps |= flags & SAVE_KEEPS ? 1 : 0;
	pending->backup |= flags & SAVE_BACKUP ? 1 : 0;
	pending->consumed = making->plan->consumed;
	pending->text = strdup(making->done->text);
	return pending->text ? 0 : error_set(error, -ENOMEM, "out of memory");
}

static int commit_trial(struct making *making, struct error *error)
{
	_cleanup_pending_ struct pending pending = {.text = NULL};
	int code = prepare_pending(making, &pending, error);

	if (code)
		return code;
	making->pending = &pending;
	code = enforce_prepare(making, error);
	if (code == 0)
		code = enforce_ready(making, error);
	if (code == 0)
		code = enforce_commit(making, error);
	if (code)
		enforce_undo(making);
	making->pending = NULL;
	return code;
}

int commit(struct making *making, struct error *error)
{
	int code = enforce_check(making, error);

	if (code)
		return code;
	return request_is_trial(making->request) ? commit_trial(making, error)
						 : commit_now(making, error);
}
