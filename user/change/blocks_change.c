/* SPDX-License-Identifier: GPL-2.0-only */
#include "blocks_change.h"
#include "base/fault.h"
#include "base/signals.h"
#include "blocks_parts.h"
#include "guard.h"
#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

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
		if (!had || blocks_is_over(change, &had->block) ||
		    had->block.wall != item.block.wall)
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
	bool counts = change->running && !blocks_is_runtime(change);
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
	if (blocks_is_runtime(change))
		return STATUS_DONE;
	code = blocks_save(change, &error);
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
	int code = blocks_plan(change, notes, &error);

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
