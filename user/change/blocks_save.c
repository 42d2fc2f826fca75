/* SPDX-License-Identifier: GPL-2.0-only */
#include "base/fault.h"
#include "blocks_parts.h"
#include "state/file.h"
#include "state/lock.h"
#include <errno.h>
#include <stdlib.h>

static int prepare(const struct blocks_change *change, struct file_update *update,
		   struct error *error)
{
	size_t length = change->file.length;
	char *text =
		change->edited ? change->file.text : block_list_print(&change->file.list, &length);
	struct error why = {""};
	int code;

	if (!text)
		return -ENOMEM;
	fault_point("file-prepare");
	code = file_prepare(change->file.path, text, length, update, &why);
	fault_point("file-prepared");
	if (!change->edited)
		free(text);
	return code ? error_set(error, code, "%s: %s", change->file.path, why.text) : 0;
}

static int commit(const struct blocks_change *change, struct file_update *update,
		  struct error *error)
{
	struct error why = {""};
	int code;

	fault_point("blocks-rename");
	code = file_commit(update, &why);
	fault_point("blocks-renamed");
	return code ? error_set(error, code, "%s: %s", change->file.path, why.text) : 0;
}

/* Another command may have changed the same addresses in the kernel since: what that has now is
 * what the file is to say of them. */
static int ask_kernel(struct blocks_change *change, struct error *error)
{
	_cleanup_block_list_ struct block_list there = BLOCK_LIST_INIT, gone = BLOCK_LIST_INIT;
	int code = 0;

	for (size_t i = 0; i < change->given.count && !code; i++) {
		const struct block_entry *entry = &change->given.entries[i];
		struct block_item item;
		int found = blocks_find_in_kernel(change, entry, &item, error);

		if (found < 0)
			return found;
		if (found && !blocks_is_over(change, &item.block))
			code = block_list_append(&there, &entry->prefix, (__s64)item.block.wall);
		else
			code = block_list_append(&gone, &entry->prefix, 0);
	}
	block_list_normalise(&there);
	block_list_normalise(&gone);
	if (!code && (change->request->block ? gone.count : there.count)) {
		change->edited = false;
		code = block_list_merge(&change->file.list, &there);
		block_list_subtract(&change->file.list, &gone);
	}
	return code;
}

/* The file as it is by now, under the lock that was not to be had before. */
static int read_again(struct blocks_change *change, struct error *error)
{
	int code;

	change->lock = lock_take(change->request->paths.run_dir, error);
	if (change->lock < 0)
		return change->lock;
	block_list_free(&change->had);
	block_list_free(&change->expired);
	blocks_file_free(&change->file);
	change->had = change->expired = (struct block_list)BLOCK_LIST_INIT;
	code = blocks_read_file(change, NULL, error);
	change->unreadable = code;
	if (!code)
		code = block_list_select(&change->file.list, &change->given, &change->had);
	return code ? code : blocks_plan_file(change, error);
}

int blocks_save(struct blocks_change *change, struct error *error)
{
	_cleanup_file_update_ struct file_update update = FILE_UPDATE_INIT;
	int code = 0;

	if (change->lock < 0)
		code = read_again(change, error);
	else if (change->unreadable)
		code = error_set(error, change->unreadable, "%s", change->why.text);
	if (code || !change->saves)
		return code;
	/* Others could not save theirs. */
	if (change->running && blocks_unsaved(&change->instance) > 1)
		return blocks_file_save(change->request->paths.own, &change->instance, error);
	if (change->running)
		code = ask_kernel(change, error);
	if (!code)
		code = prepare(change, &update, error);
	return code ? code : commit(change, &update, error);
}
