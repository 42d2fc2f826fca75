/* SPDX-License-Identifier: GPL-2.0-only */
#include "carry.h"
#include "enforce.h"
#include "policy/text.h"
#include "state/save.h"
#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* What becomes of the old file. Undo leaves attachments alone, so a change of these alone needs no
 * copy. */
static unsigned save_flags(const struct change *change)
{
	bool keeps = !change->consumed && !change->broken &&
		     !policy_equal(&change->file.policy, &change->file_policy);

	return (keeps ? SAVE_KEEPS : 0) | (change->backup ? SAVE_BACKUP : 0);
}

static int prepare_file(struct change *change, struct save *save, struct error *error)
{
	const char *path = change->invocation->options.policy;

	change->text = text_print(&change->file_policy, true);
	if (!change->text)
		return error_set(error, -ENOMEM, "out of memory");
	save->consumed = change->consumed;
	return save_prepare(save, path, change->text, change->live.now.wall, error);
}

/* Says of each NIC that comes whether file and kernel agree on it by now. */
static void settle_new(struct change *change)
{
	for (size_t i = 0; i < change->nic_count; i++)
		if (change->nics[i].attached)
			attach_settle(&change->live.instance, change->nics[i].index, true);
}

static void unsettle_old(struct change *change)
{
	for (unsigned i = 0; i < MAX_NICS; i++)
		if (change->detach >> i & 1)
			attach_settle(&change->live.instance, i, false);
}

/* The file can no longer fail for want of space when the kernel changes; and with new NICs it is
 * renamed last, since attaching can fail and a rename cannot be taken back. */
static int carry_out_now(struct change *change, struct error *error)
{
	_cleanup_save_ struct save save = SAVE_INIT;
	bool file_last = change->nic_count, prepared = false;
	int code = 0;

	if (change->saves)
		code = prepare_file(change, &save, error);
	if (code == 0 && change->saves)
		code = save_keep(&save, save_flags(change), error);
	memcpy(change->backup_path, save.backup, sizeof(save.backup));
	if (code == 0 && change->publishes) {
		prepared = true;
		code = enforce_prepare(change, error);
	}
	if (code == 0)
		unsettle_old(change);
	if (code == 0 && change->saves && !file_last)
		code = save_commit(&save, error);
	if (code == 0)
		code = enforce_commit(change, error);
	if (code == 0 && change->saves && file_last)
		code = save_commit(&save, error);
	if (code && prepared)
		enforce_undo(change);
	if (code == 0)
		settle_new(change);
	return code;
}

/* Notes what confirming is to save. The file is prepared only to see that it can be. */
static int prepare_pending(struct change *change, struct error *error)
{
	_cleanup_save_ struct save save = SAVE_INIT;
	struct pending *pending = &change->pending;
	bool builds_on = pending->path[0];
	unsigned flags = save_flags(change);
	int code;

	if (!change->saves && !builds_on) {
		pending->text = strdup("");
		return pending->text ? 0 : error_set(error, -ENOMEM, "out of memory");
	}
	code = prepare_file(change, &save, error);
	if (code)
		return code;
	if (builds_on && strcmp(pending->path, save.update.path) != 0)
		return error_set(error, -EBUSY, "the trial that runs is of another file, %s",
				 pending->path);
	memcpy(pending->path, save.update.path, sizeof(pending->path));
	pending->keeps |= flags & SAVE_KEEPS ? 1 : 0;
	pending->backup |= flags & SAVE_BACKUP ? 1 : 0;
	pending->consumed = change->consumed;
	free(pending->text);
	pending->text = strdup(change->text);
	return pending->text ? 0 : error_set(error, -ENOMEM, "out of memory");
}

static int carry_out_trial(struct change *change, struct error *error)
{
	int code = prepare_pending(change, error);

	if (code)
		return code;
	code = enforce_prepare(change, error);
	if (code == 0)
		code = enforce_commit(change, error);
	if (code)
		enforce_undo(change);
	return code;
}

int carry_out(struct change *change, struct error *error)
{
	int code = enforce_check(change, error);

	if (code)
		return code;
	change->publishes = change->publishes && (change->running || change->nic_count);
	return change_is_trial(change) ? carry_out_trial(change, error)
				       : carry_out_now(change, error);
}
