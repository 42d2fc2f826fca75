/* SPDX-License-Identifier: GPL-2.0-only */
#include "blocks_change.h"
#include "base/fault.h"
#include "base/signals.h"
#include "guard.h"
#include "kernel/privilege.h"
#include "state/file.h"
#include "state/lock.h"
#include <errno.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

/* Looking a deadline up takes a call to the kernel: more are not looked at in one command, unless
 * the wall clock says that their time has come. */
#define LOOKUPS_MAX 200

/* More changes than these are made by printing the list. */
#define EDITS_MAX 16

static bool is_runtime(const struct blocks_change *change)
{
	return change->request->runtime;
}

/* --- What there is ------------------------------------------------------------------------- */

static int open_kernel(struct blocks_change *change, struct error *error)
{
	const struct paths *paths = &change->request->paths;
	bool dry_run = change->request->dry_run;
	int code = 0;

	change->instance = (struct instance)INSTANCE_INIT;
	change->lock = -1;
	if (dry_run && !is_runtime(change))
		return 0;
	code = privilege_check(error);
	if (!code && !dry_run) {
		change->lock = lock_take(paths->run_dir, error);
		code = change->lock < 0 ? change->lock : 0;
	}
	if (code)
		return code;
	fault_point("locked");
	code = instance_open(paths->pin_dir, !dry_run, &change->instance, error);
	change->running = !code;
	if (code == -ENOENT && is_runtime(change))
		return error_set(error, code,
				 "no NIC is attached, so there is no running block list");
	return code == -ENOENT ? 0 : code;
}

/* 1: the kernel has the address. */
static int find_in_kernel(struct blocks_change *change, const struct block_entry *entry,
			  struct block_item *item, struct error *error)
{
	int code;

	if (!change->running)
		return 0;
	*item = blocks_item(entry, &change->now);
	code = blocks_find(&change->instance, &item->prefix, &item->block, error);
	return code == -ENOENT ? 0 : code ? code : 1;
}

static bool is_over(const struct blocks_change *change, const struct block *block)
{
	return block->until && block->until <= change->now.jiffies;
}

/* Of the file: what is over by the kernel's deadline, or where the kernel does not have the
 * address, by the wall clock. */
static int find_expired(struct blocks_change *change, struct error *error)
{
	const struct block_list *list = &change->file.list;
	unsigned lookups = 0;

	for (size_t i = 0; i < list->count; i++) {
		const struct block_entry *entry = &list->entries[i];
		bool over = entry->until && entry->until <= change->now.wall;
		struct block_item item;
		int code = 0;

		if (!entry->until)
			continue;
		if (over || lookups++ < LOOKUPS_MAX)
			code = find_in_kernel(change, entry, &item, error);
		if (code < 0)
			return code;
		if (code)
			over = is_over(change, &item.block);
		if (over && block_list_append(&change->expired, &entry->prefix, entry->until))
			return -ENOMEM;
	}
	return 0;
}

static int read_list(struct blocks_change *change, const struct notes *notes, struct error *error)
{
	struct block_list *list = &change->file.list;
	struct blocks_kernel kernel;
	int code;

	if (is_runtime(change)) {
		code = blocks_kernel_read(&change->instance, &kernel, error);
		if (code)
			return code;
		*list = kernel.live;
		change->expired = kernel.expired;
	} else {
		code = blocks_file_read(change->request->paths.own, &change->file, notes, error);
		change->now.wall = moment_wall(change->file.path);
		if (!code)
			code = find_expired(change, error);
		if (code)
			return code;
		block_list_subtract(list, &change->expired);
	}
	return block_list_select(list, &change->given, &change->had);
}

/* --- What becomes of it -------------------------------------------------------------------- */

/* Whether the list and the kernel are already as they shall be; 1: so it is. */
static int check_given(struct blocks_change *change, const struct block_entry *entry,
		       struct error *error)
{
	const struct block_entry *have = block_list_find(&change->had, &entry->prefix);
	struct block_item item;
	int code = find_in_kernel(change, entry, &item, error);
	bool expected = change->running; /* in the kernel, for nothing to change */
	bool in_kernel = code > 0;

	if (code < 0)
		return code;
	if (in_kernel)
		change->prior[change->prior_count++] = item;
	in_kernel = in_kernel && !is_over(change, &item.block);
	if (!change->request->block)
		return !have && !in_kernel;
	return !entry->until && have && !have->until && in_kernel == expected &&
	       !(in_kernel && item.block.until);
}

static int plan(struct blocks_change *change, struct error *error)
{
	struct block_list *given = &change->given, *list = &change->file.list;
	const struct block_list none = BLOCK_LIST_INIT;
	int code;

	change->prior = calloc(given->count + 1, sizeof(*change->prior));
	if (!change->prior)
		return -ENOMEM;
	for (size_t i = 0; i < given->count; i++) {
		if (change->request->seconds)
			given->entries[i].until = change->now.wall + change->request->seconds;
		code = check_given(change, &given->entries[i], error);
		if (code < 0)
			return code;
		change->already += (size_t)code;
	}
	if (change->request->block && list->count - change->had.count + given->count > BLOCKS_MAX)
		return error_set(error, -EINVAL,
				 "the block list would have %zu "
				 "addresses: at most %d; nothing changed",
				 list->count - change->had.count + given->count, BLOCKS_MAX);
	change->saves = !is_runtime(change) && blocks_change_needed(change) &&
			(change->expired.count ||
			 !block_list_equal(&change->had, change->request->block ? given : &none));
	change->edited = change->saves && list->canonical && given->count <= EDITS_MAX &&
			 change->file.text && !change->expired.count;
	if (change->edited) {
		code = block_text_edit(list, given, !change->request->block, &change->file.text,
				       &change->file.length);
		if (code)
			return code;
	}
	if (change->request->block)
		return change->edited ? 0 : block_list_merge(list, given);
	block_list_subtract(list, given);
	return 0;
}

static int make_plan(struct blocks_change *change, const struct notes *notes, struct error *error)
{
	int code;

	change->file.list = (struct block_list)BLOCK_LIST_INIT;
	change->expired = change->had = change->file.list;
	code = open_kernel(change, error);
	change->now.wall = time(NULL);
	if (!code && change->running)
		code = moment_read(&change->now, &change->instance, error);
	if (!code)
		code = read_list(change, notes, error);
	return code ? code : plan(change, error);
}

/* --- Making it ----------------------------------------------------------------------------- */

static int remove_list(struct blocks_change *change, const struct block_list *list,
		       struct error *error)
{
	struct block_item *items = calloc(list->count + 1, sizeof(*items));
	int code;

	if (!items)
		return -ENOMEM;
	for (size_t i = 0; i < list->count; i++)
		items[i] = blocks_item(&list->entries[i], &change->now);
	code = blocks_remove(&change->instance, items, list->count, error);
	free(items);
	return code;
}

static int add_given(struct blocks_change *change, struct error *error)
{
	const struct block_list *given = &change->given;
	struct block_item *items = calloc(given->count + 1, sizeof(*items));
	struct blocks_kernel kernel;
	int code;

	if (!items)
		return -ENOMEM;
	for (size_t i = 0; i < given->count; i++)
		items[i] = blocks_item(&given->entries[i], &change->now);
	fault_point("block-add");
	code = blocks_add(&change->instance, items, given->count, error);
	/* Full, perhaps of what expired and was never in the file. */
	if (code == -ENOSPC && blocks_kernel_read(&change->instance, &kernel, NULL) == 0) {
		if (kernel.expired.count && remove_list(change, &kernel.expired, NULL) == 0)
			code = blocks_add(&change->instance, items, given->count, error);
		blocks_kernel_free(&kernel);
	}
	free(items);
	return code;
}

static int change_kernel(struct blocks_change *change, struct error *error)
{
	int code;

	if (!change->running)
		return 0;
	/* Makes room; for packets these are not there any more. */
	code = remove_list(change, &change->expired, error);
	if (code)
		return code;
	if (change->request->block) {
		code = add_given(change, error);
		fault_point("block-added");
		return code;
	}
	fault_point("block-remove");
	code = remove_list(change, &change->given, error);
	fault_point("block-removed");
	return code;
}

/* The given addresses are in the kernel what they were before. */
static void undo_kernel(struct blocks_change *change)
{
	_cleanup_block_list_ struct block_list fresh = BLOCK_LIST_INIT;
	size_t had = 0;

	if (!change->running)
		return;
	for (size_t i = 0; i < change->given.count; i++) {
		const struct block_entry *entry = &change->given.entries[i];
		struct block_item item = blocks_item(entry, &change->now);

		if (had < change->prior_count &&
		    prefix_compare(&change->prior[had].prefix, &item.prefix) == 0)
			had++;
		else
			block_list_append(&fresh, &entry->prefix, 0);
	}
	blocks_add(&change->instance, change->prior, change->prior_count, NULL);
	remove_list(change, &fresh, NULL);
}

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

static int make(struct blocks_change *change, struct error *error)
{
	_cleanup_uninterrupted_ struct uninterrupted stretch = signals_hold();
	_cleanup_file_update_ struct file_update update = FILE_UPDATE_INIT;
	int code = change->saves ? prepare(change, &update, error) : 0;

	if (code)
		return code;
	code = change_kernel(change, error);
	if (!code && change->saves)
		code = commit(change, &update, error);
	if (code)
		undo_kernel(change);
	return code;
}

/* Whether the guard is: it may cut somebody off. */
static bool is_asked(const struct blocks_change *change)
{
	const struct blocks_request *request = change->request;

	return request->block && !request->force && blocks_change_needed(change) &&
	       (change->running || request->dry_run);
}

enum exit_status blocks_change_run(struct blocks_change *change, const struct notes *notes)
{
	struct error error = {""};
	enum exit_status status;
	int code = make_plan(change, notes, &error);

	status = code ? notes_fail(notes, code, &error) : STATUS_DONE;
	if (status == STATUS_DONE && is_asked(change))
		status = guard_block(change->request, &change->given, notes);
	if (status || change->request->dry_run || !blocks_change_needed(change))
		return status;
	code = make(change, &error);
	return code ? notes_fail(notes, code, &error) : STATUS_DONE;
}

void blocks_change_close(struct blocks_change *change)
{
	block_list_free(&change->given);
	block_list_free(&change->had);
	block_list_free(&change->expired);
	blocks_file_free(&change->file);
	free(change->prior);
	if (change->running)
		instance_close(&change->instance);
	if (change->lock >= 0)
		close(change->lock);
}
