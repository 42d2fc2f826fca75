/* SPDX-License-Identifier: GPL-2.0-only */
#include "blocks_file.h"
#include "beside.h"
#include "file.h"
#include "file_trust.h"
#include "kernel/clock.h"
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define FILE_NAME "blocks"

/* --- The file ------------------------------------------------------------------------------ */

static int parse(struct blocks_file *file, const struct notes *notes, struct error *error)
{
	struct diagnostics diagnostics = {.count = 0};
	int code = block_list_parse(file->text, file->length, &file->list, &diagnostics);

	notes_add_places(notes, file->path, &diagnostics, true);
	if (code == -EINVAL)
		error_set(error, code, "%s: %u error%s%s", file->path, diagnostics.errors,
			  diagnostics.errors == 1 ? "" : "s",
			  diagnostics.truncated ? ", the rest was not read" : "");
	return code;
}

static int start(const char *policy, struct blocks_file *file, struct error *error)
{
	memset(file, 0, sizeof(*file));
	file->list = (struct block_list)BLOCK_LIST_INIT;
	return beside_policy(policy, FILE_NAME, "the block list", file->path, error);
}

int blocks_file_read(const char *policy, struct blocks_file *file, const struct notes *notes,
		     struct error *error)
{
	struct error why = {""};
	int code = start(policy, file, error);

	if (code)
		return code;
	code = file_read_own(file->path, &file->text, &file->length, &why);
	if (code == -ENOENT)
		return 0;
	if (code)
		return error_set(error, code, "%s: %s", file->path, why.text);
	return parse(file, notes, error);
}

int blocks_file_salvage(const char *policy, struct blocks_file *file, const struct notes *notes,
			struct error *error)
{
	struct diagnostics diagnostics = {.count = 0};
	struct error why = {""};
	int code = start(policy, file, error), foreign;

	if (code)
		return code;
	foreign = trust_file(file->path, &why);
	code = file_read_any(file->path, &file->text, &file->length, foreign ? NULL : &why);
	if (code == -ENOENT)
		return 0;
	if (code)
		return error_set(error, code, "%s: %s", file->path, why.text);
	if (foreign)
		error_set(error, foreign, "%s: %s", file->path, why.text);
	code = block_list_parse_tolerant(file->text, file->length, &file->list, &diagnostics);
	notes_add_places(notes, file->path, &diagnostics, true);
	if (code == 0 && diagnostics.errors)
		error_set(error, -EINVAL, "%s: %u error%s%s: the other lines hold", file->path,
			  diagnostics.errors, diagnostics.errors == 1 ? "" : "s",
			  diagnostics.truncated ? " or more" : "");
	file->damaged = foreign || diagnostics.errors;
	return code;
}

void blocks_file_free(struct blocks_file *file)
{
	block_list_free(&file->list);
	free(file->text);
	file->text = NULL;
}

/* --- The kernel ------------------------------------------------------------------------------ */

struct block_item blocks_item(const struct block_entry *entry, const struct moment *now)
{
	struct block_item item = {
		.prefix = entry->prefix,
		.block = {.wall = (__u64)entry->until},
	};
	__s64 left = entry->until - now->wall;

	if (entry->until)
		item.block.until = now->jiffies + (left > 0 ? (__u64)left : 0) * now->hz;
	return item;
}

struct collector {
	struct blocks_kernel kernel;
	__u64 jiffies;
};

static int collect(const struct block_item *item, void *argument)
{
	struct collector *collector = argument;
	bool expired = item->block.until && item->block.until <= collector->jiffies;

	return block_list_append(expired ? &collector->kernel.expired : &collector->kernel.live,
				 &item->prefix, (__s64)item->block.wall);
}

int blocks_kernel_read(struct instance *instance, struct blocks_kernel *kernel, struct error *error)
{
	struct collector collector = {
		.kernel = {.live = BLOCK_LIST_INIT, .expired = BLOCK_LIST_INIT}};
	int code = clock_now(instance, &collector.jiffies, error);

	if (!code)
		code = blocks_list(instance, collect, &collector, error);
	if (code) {
		blocks_kernel_free(&collector.kernel);
		return code;
	}
	block_list_normalise(&collector.kernel.live);
	block_list_normalise(&collector.kernel.expired);
	*kernel = collector.kernel;
	return 0;
}

void blocks_kernel_free(struct blocks_kernel *kernel)
{
	block_list_free(&kernel->live);
	block_list_free(&kernel->expired);
}

/* Of the file, what is still blocked: by the kernel's deadline where it has the address, else by
 * the wall clock. */
static int still_blocked(const struct blocks_file *file, const struct blocks_kernel *kernel,
			 struct block_list *list)
{
	__s64 now = moment_wall(file->path);

	for (size_t i = 0; i < file->list.count; i++) {
		const struct block_entry *entry = &file->list.entries[i];

		if (block_list_find(&kernel->expired, &entry->prefix))
			continue;
		if (entry->until && entry->until <= now &&
		    !block_list_find(&kernel->live, &entry->prefix))
			continue;
		if (block_list_append(list, &entry->prefix, entry->until))
			return -ENOMEM;
	}
	return 0;
}

int blocks_list_read(const char *policy, struct instance *instance, struct block_list *list,
		     const struct notes *notes, struct error *error)
{
	_cleanup_blocks_kernel_ struct blocks_kernel kernel = {BLOCK_LIST_INIT, BLOCK_LIST_INIT};
	_cleanup_blocks_file_ struct blocks_file file = {.list = BLOCK_LIST_INIT};
	int code;

	if (!instance) {
		code = blocks_file_read(policy, &file, notes, error);
		return code ? code : still_blocked(&file, &kernel, list);
	}
	code = blocks_kernel_read(instance, &kernel, error);
	if (!code) {
		*list = kernel.live;
		kernel.live = (struct block_list)BLOCK_LIST_INIT;
	}
	return code;
}

void blocks_list_salvage(const char *policy, struct block_list *list)
{
	_cleanup_blocks_kernel_ struct blocks_kernel kernel = {BLOCK_LIST_INIT, BLOCK_LIST_INIT};
	_cleanup_blocks_file_ struct blocks_file file = {.list = BLOCK_LIST_INIT};

	if (blocks_file_salvage(policy, &file, NULL, NULL) == 0)
		still_blocked(&file, &kernel, list);
}

/* --- The kernel follows the file ------------------------------------------------------------- */

/* The entries of a list as the kernel takes them, but those in `without` that end at the same time
 * and those that are over; to be freed. */
static int make_items(const struct block_list *list, const struct block_list *without,
		      const struct moment *now, struct block_item **items, size_t *count)
{
	struct block_item *made = calloc(list->count + 1, sizeof(*made));
	size_t used = 0;

	if (!made)
		return -ENOMEM;
	for (size_t i = 0; i < list->count; i++) {
		const struct block_entry *entry = &list->entries[i];
		const struct block_entry *other = block_list_find(without, &entry->prefix);

		if (other ? other->until != entry->until
			  : !entry->until || entry->until > now->wall)
			made[used++] = blocks_item(entry, now);
	}
	*items = made;
	*count = used;
	return 0;
}

int blocks_file_save(const char *policy, struct instance *instance, struct error *error)
{
	_cleanup_blocks_kernel_ struct blocks_kernel kernel = {BLOCK_LIST_INIT, BLOCK_LIST_INIT};
	_cleanup_file_update_ struct file_update update = FILE_UPDATE_INIT;
	__u32 unsaved = blocks_unsaved(instance);
	struct error why = {""};
	char path[PATH_MAX], *text = NULL;
	size_t length;
	int code = beside_policy(policy, FILE_NAME, "the block list", path, error);

	if (!code)
		code = blocks_kernel_read(instance, &kernel, error);
	if (code)
		return code;
	text = block_list_print(&kernel.live, &length);
	code = text ? file_prepare(path, text, length, &update, &why) : -ENOMEM;
	free(text);
	if (!code)
		code = file_commit(&update, &why);
	if (code)
		return error_set(error, code, "%s: %s", path, why.text);
	blocks_settle(instance, unsaved);
	return 0;
}

int blocks_file_load(const char *policy, struct instance *instance, const struct notes *notes,
		     struct error *error)
{
	_cleanup_blocks_kernel_ struct blocks_kernel kernel = {BLOCK_LIST_INIT, BLOCK_LIST_INIT};
	_cleanup_blocks_file_ struct blocks_file file = {.list = BLOCK_LIST_INIT};
	_cleanup_block_list_ struct block_list none = BLOCK_LIST_INIT;
	struct block_list *had = &kernel.live;
	struct block_item *add = NULL, *remove = NULL;
	size_t add_count, remove_count = 0;
	struct moment now;
	struct error fault = {""};
	int code = blocks_file_salvage(policy, &file, notes, &fault);

	if (code)
		return error_set(error, code, "%s", fault.text);
	if (blocks_unsaved(instance))
		return file.damaged ? error_set(error, -EINVAL, "%s", fault.text)
				    : blocks_file_save(policy, instance, error);
	code = blocks_kernel_read(instance, &kernel, error);
	if (!code)
		code = moment_read(&now, instance, error);
	if (!code)
		code = block_list_merge(had, &kernel.expired);
	now.wall = moment_wall(file.path);
	if (!code)
		code = make_items(&file.list, had, &now, &add, &add_count);
	if (!code && !file.damaged) {
		block_list_subtract(had, &file.list);
		code = make_items(had, &none, &(struct moment){.wall = -1}, &remove, &remove_count);
	}
	if (!code)
		code = blocks_add(instance, add, add_count, error);
	if (!code)
		code = blocks_remove(instance, remove, remove_count, error);
	free(add);
	free(remove);
	return code || !file.damaged ? code : error_set(error, -EINVAL, "%s", fault.text);
}

/* Entries of a list that the other does not have with the same end. */
static size_t count_missing(const struct block_list *list, const struct block_list *other)
{
	size_t count = 0;

	for (size_t i = 0; i < list->count; i++) {
		const struct block_entry *entry = &list->entries[i];
		const struct block_entry *twin = block_list_find(other, &entry->prefix);

		count += !twin || twin->until != entry->until;
	}
	return count;
}

static int compare(const char *policy, struct instance *instance, struct blocks_drift *drift,
		   const struct notes *notes, struct error *error)
{
	_cleanup_blocks_kernel_ struct blocks_kernel kernel = {BLOCK_LIST_INIT, BLOCK_LIST_INIT};
	_cleanup_blocks_file_ struct blocks_file file = {.list = BLOCK_LIST_INIT};
	_cleanup_block_list_ struct block_list wanted = BLOCK_LIST_INIT;
	struct blocks_drift found = {0, 0};
	int code = blocks_file_read(policy, &file, notes, error);

	if (!code)
		code = blocks_kernel_read(instance, &kernel, error);
	if (!code)
		code = still_blocked(&file, &kernel, &wanted);
	if (code)
		return code;
	found.only_file = count_missing(&wanted, &kernel.live);
	found.only_kernel = count_missing(&kernel.live, &wanted);
	*drift = found;
	return 0;
}

int blocks_file_drift(const char *policy, struct instance *instance, struct blocks_drift *drift,
		      const struct notes *notes, struct error *error)
{
	const struct timespec pause = {.tv_nsec = 20000000};
	int code = compare(policy, instance, drift, notes, error);

	/* A change that goes on meanwhile, with one of the two done, is none. */
	for (unsigned i = 0; i < 2 && !code && (drift->only_file || drift->only_kernel); i++) {
		nanosleep(&pause, NULL);
		code = compare(policy, instance, drift, notes, error);
	}
	return code;
}
