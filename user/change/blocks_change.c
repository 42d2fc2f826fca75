/* SPDX-License-Identifier: GPL-2.0-only */
#include "blocks_change.h"
#include "base/fault.h"
#include "base/signals.h"
#include "guard.h"
#include "kernel/privilege.h"
#include "state/file.h"
#include "state/lock.h"
#include "upgrade.h"
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

/* Of another version, or damaged: who blocks does not wait for a restore. */
static int replace_instance(struct blocks_change *change, const struct notes *notes, int code,
			    struct error *error)
{
	const struct request request = {.paths = change->request->paths,
					.dry_run = change->request->dry_run,
					.urgent = change->request->block};

	if (!upgrade_is_due(&request, code))
		return code;
	if (change->lock < 0)
		change->lock = lock_take(request.paths.run_dir, error);
	if (change->lock < 0)
		return change->lock;
	code = upgrade_run(&request, notes, error);
	return code ? code : instance_open(request.paths.pin_dir, true, &change->instance, error);
}

static int open_kernel(struct blocks_change *change, const struct notes *notes, struct error *error)
{
	const struct paths *paths = &change->request->paths;
	bool dry_run = change->request->dry_run;
	int code = 0;

	change->instance = (struct instance)INSTANCE_INIT;
	change->lock = -1;
	if (dry_run && !is_runtime(change))
		return 0;
	code = privilege_check(error);
	if (code)
		return code;
	/* If it is free: what the file has is then known before the kernel changes. */
	if (!dry_run && !is_runtime(change))
		change->lock = lock_take_within(paths->run_dir, 0, NULL);
	fault_point("locked");
	code = instance_open(paths->pin_dir, !dry_run, &change->instance, error);
	code = replace_instance(change, notes, code, error);
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

/* The file, with what is over set aside. */
static int read_file(struct blocks_change *change, const struct notes *notes, struct error *error)
{
	int code = blocks_file_read(change->request->paths.own, &change->file, notes, error);

	change->now.wall = moment_wall(change->file.path);
	if (!code)
		code = find_expired(change, error);
	if (!code)
		block_list_subtract(&change->file.list, &change->expired);
	return code;
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
		code = read_file(change, notes, &change->why);
		if (code == -ENOMEM || (code && !change->running))
			return error_set(error, code, "%s", change->why.text);
		change->unreadable = code;
	}
	return block_list_select(list, &change->given, &change->had);
}

/* --- What becomes of it -------------------------------------------------------------------- */

static bool is_longer(__s64 until, __s64 than)
{
	return than && (!until || until > than);
}

/* A block that is there and holds for longer than the new one stays. */
static void keep_longer(struct block_entry *entry, const struct block_entry *have,
			const struct block_item *item)
{
	if (have && is_longer(have->until, entry->until))
		entry->until = have->until;
	if (item && is_longer((__s64)item->block.wall, entry->until))
		entry->until = (__s64)item->block.wall;
}

/* Whether the list and the kernel are already as they shall be; 1: so it is. */
static int check_given(struct blocks_change *change, struct block_entry *entry, struct error *error)
{
	const struct block_entry *have = block_list_find(&change->had, &entry->prefix);
	struct block_item item;
	int code = find_in_kernel(change, entry, &item, error);
	bool in_kernel = code > 0;

	if (code < 0)
		return code;
	if (in_kernel)
		change->prior[change->prior_count++] = item;
	in_kernel = in_kernel && !is_over(change, &item.block);
	if (!change->request->block)
		return !have && !in_kernel;
	keep_longer(entry, have, in_kernel ? &item : NULL);
	return have && have->until == entry->until &&
	       (in_kernel ? (__s64)item.block.wall == entry->until : !change->running);
}

/* Given the file as it is: whether it is to be written, and what it shall be. */
static int plan_file(struct blocks_change *change, struct error *error)
{
	struct block_list *given = &change->given, *list = &change->file.list;
	const struct block_list none = BLOCK_LIST_INIT;
	int code;

	if (change->request->block && list->count - change->had.count + given->count > BLOCKS_MAX)
		return error_set(error, -EINVAL,
				 "the block list would have %zu "
				 "addresses: at most %d; nothing changed",
				 list->count - change->had.count + given->count, BLOCKS_MAX);
	change->saves = !is_runtime(change) && blocks_change_needed(change) &&
			(change->expired.count || change->unreadable ||
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

static int plan(struct blocks_change *change, struct error *error)
{
	struct block_list *given = &change->given;
	int code;

	change->prior = calloc(given->count + 1, sizeof(*change->prior));
	if (!change->prior)
		return -ENOMEM;
	for (size_t i = 0; i < given->count; i++) {
		given->entries[i].until = blocks_change_until(change);
		code = check_given(change, &given->entries[i], error);
		if (code < 0)
			return code;
		change->already += (size_t)code;
	}
	return plan_file(change, error);
}

static int make_plan(struct blocks_change *change, const struct notes *notes, struct error *error)
{
	int code;

	change->file.list = (struct block_list)BLOCK_LIST_INIT;
	change->expired = change->had = change->file.list;
	code = open_kernel(change, notes, error);
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

/* The given ones that the kernel does not have like that. */
static size_t items_to_add(struct blocks_change *change, struct block_item *items)
{
	size_t prior = 0, count = 0;

	for (size_t i = 0; i < change->given.count; i++) {
		struct block_item item = blocks_item(&change->given.entries[i], &change->now);
		const struct block_item *had = NULL;

		if (prior < change->prior_count &&
		    prefix_compare(&change->prior[prior].prefix, &item.prefix) == 0)
			had = &change->prior[prior++];
		if (!had || is_over(change, &had->block) || had->block.wall != item.block.wall)
			items[count++] = item;
	}
	return count;
}

static int add_given(struct blocks_change *change, struct error *error)
{
	struct block_item *items = calloc(change->given.count + 1, sizeof(*items));
	struct blocks_kernel kernel;
	size_t count;
	int code;

	if (!items)
		return -ENOMEM;
	count = items_to_add(change, items);
	fault_point("block-add");
	code = blocks_add(&change->instance, items, count, error);
	/* Full, perhaps of what expired and was never in the file. */
	if (code == -ENOSPC && blocks_kernel_read(&change->instance, &kernel, NULL) == 0) {
		if (kernel.expired.count && remove_list(change, &kernel.expired, NULL) == 0)
			code = blocks_add(&change->instance, items, count, error);
		blocks_kernel_free(&kernel);
	}
	free(items);
	return code;
}

static int change_kernel(struct blocks_change *change, struct error *error)
{
	int code;

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

/* --- The file behind the kernel ------------------------------------------------------------- */

/* Another command may have changed the same addresses in the kernel since: what that has now is
 * what the file is to say of them. */
static int ask_kernel(struct blocks_change *change, struct error *error)
{
	_cleanup_block_list_ struct block_list there = BLOCK_LIST_INIT, gone = BLOCK_LIST_INIT;
	int code = 0;

	for (size_t i = 0; i < change->given.count && !code; i++) {
		const struct block_entry *entry = &change->given.entries[i];
		struct block_item item;
		int found = find_in_kernel(change, entry, &item, error);

		if (found < 0)
			return found;
		if (found && !is_over(change, &item.block))
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
	code = read_file(change, NULL, error);
	change->unreadable = code;
	if (!code)
		code = block_list_select(&change->file.list, &change->given, &change->had);
	return code ? code : plan_file(change, error);
}

static int save(struct blocks_change *change, struct error *error)
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

/* It holds, but until the next reboot. */
static enum exit_status unsaved(struct blocks_change *change, const struct error *error,
				const struct notes *notes)
{
	notes_add(notes, NOTE_ERROR, "%s: %s",
		  change->request->block ? "blocked, but not saved: a reboot lifts it"
					 : "unblocked, but not saved: a reboot brings it back",
		  error->text[0] ? error->text : "out of memory");
	return STATUS_UNSAVED;
}

static enum exit_status make(struct blocks_change *change, const struct notes *notes)
{
	_cleanup_uninterrupted_ struct uninterrupted stretch = signals_hold();
	struct error error = {""};
	bool counts = change->running && !is_runtime(change);
	int code = 0;

	if (counts)
		blocks_begin(&change->instance);
	if (change->running)
		code = change_kernel(change, &error);
	if (code) {
		undo_kernel(change);
		if (counts)
			blocks_settle(&change->instance, 1);
		return notes_fail(notes, code, &error);
	}
	change->done = change->running;
	/* Makes room; for packets these are not there any more. */
	if (change->running)
		remove_list(change, &change->expired, NULL);
	if (is_runtime(change))
		return STATUS_DONE;
	code = save(change, &error);
	if (code && change->running)
		return unsaved(change, &error, notes);
	if (counts)
		blocks_settle(&change->instance, 1);
	change->done = code == 0;
	return code ? notes_fail(notes, code, &error) : STATUS_DONE;
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
	return make(change, notes);
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
