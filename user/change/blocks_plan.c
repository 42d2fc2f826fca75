/* SPDX-License-Identifier: GPL-2.0-only */
#include "base/fault.h"
#include "blocks_parts.h"
#include "kernel/privilege.h"
#include "policy/text.h"
#include "state/lock.h"
#include "upgrade.h"
#include <errno.h>
#include <stdlib.h>
#include <time.h>

/* Looking a deadline up takes a call to the kernel: more are not looked at in one command, unless
 * the wall clock says that their time has come. */
#define LOOKUPS_MAX 200

/* More changes than these are made by printing the list. */
#define EDITS_MAX 16

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
	if (dry_run && !blocks_is_runtime(change))
		return 0;
	code = privilege_check(error);
	if (code)
		return code;
	/* If it is free: what the file has is then known before the kernel changes. */
	if (!dry_run && !blocks_is_runtime(change))
		change->lock = lock_take_within(paths->run_dir, 0, NULL);
	fault_point("locked");
	code = instance_open(paths->pin_dir, !dry_run, &change->instance, error);
	code = replace_instance(change, notes, code, error);
	change->running = !code;
	if (code == -ENOENT && blocks_is_runtime(change))
		return error_set(error, code,
				 "no NIC is attached, so there is no running block list");
	return code == -ENOENT ? 0 : code;
}

int blocks_find_in_kernel(struct blocks_change *change, const struct block_entry *entry,
			  struct block_item *item, struct error *error)
{
	int code;

	if (!change->running)
		return 0;
	*item = blocks_item(entry, &change->now);
	code = blocks_find(&change->instance, &item->prefix, &item->block, error);
	return code == -ENOENT ? 0 : code ? code : 1;
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
			code = blocks_find_in_kernel(change, entry, &item, error);
		if (code < 0)
			return code;
		if (code)
			over = blocks_is_over(change, &item.block);
		if (over && block_list_append(&change->expired, &entry->prefix, entry->until))
			return -ENOMEM;
	}
	return 0;
}

int blocks_read_file(struct blocks_change *change, const struct notes *notes, struct error *error)
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

	if (blocks_is_runtime(change)) {
		code = blocks_kernel_read(&change->instance, &kernel, error);
		if (code)
			return code;
		*list = kernel.live;
		change->expired = kernel.expired;
	} else {
		code = blocks_read_file(change, notes, &change->why);
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
	int code = blocks_find_in_kernel(change, entry, &item, error);
	bool in_kernel = code > 0;

	if (code < 0)
		return code;
	if (in_kernel)
		change->prior[change->prior_count++] = item;
	in_kernel = in_kernel && !blocks_is_over(change, &item.block);
	if (!change->request->block)
		return !have && !in_kernel;
	keep_longer(entry, have, in_kernel ? &item : NULL);
	return have && have->until == entry->until &&
	       (in_kernel ? (__s64)item.block.wall == entry->until : !change->running);
}

/* What is written must be read again. Printed only where it could be too much. */
static int check_size(const struct block_list *list, struct error *error)
{
	size_t length;
	char *text;

	if (list->count * BLOCK_LINE_SIZE <= TEXT_FILE_MAX)
		return 0;
	text = block_list_print(list, &length);
	free(text);
	if (!text)
		return -ENOMEM;
	if (length <= TEXT_FILE_MAX)
		return 0;
	return error_set(error, -EINVAL,
			 "the file of the block list would have %zu MiB: at most %u; nothing "
			 "changed",
			 length >> 20, TEXT_FILE_MAX >> 20);
}

int blocks_plan_file(struct blocks_change *change, struct error *error)
{
	struct block_list *given = &change->given, *list = &change->file.list;
	const struct block_list none = BLOCK_LIST_INIT;
	int code;

	if (change->request->block && list->count - change->had.count + given->count > BLOCKS_MAX)
		return error_set(error, -EINVAL,
				 "the block list would have %zu "
				 "addresses: at most %d; nothing changed",
				 list->count - change->had.count + given->count, BLOCKS_MAX);
	change->saves = !blocks_is_runtime(change) && blocks_change_needed(change) &&
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
	if (!change->request->block) {
		block_list_subtract(list, given);
		return 0;
	}
	if (change->edited)
		return change->file.length <= TEXT_FILE_MAX
			       ? 0
			       : error_set(error, -EINVAL,
					   "the file of the block list would be larger than %u "
					   "MiB; nothing changed",
					   TEXT_FILE_MAX >> 20);
	code = block_list_merge(list, given);
	return code || !change->saves ? code : check_size(list, error);
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
	return blocks_plan_file(change, error);
}

int blocks_plan(struct blocks_change *change, const struct notes *notes, struct error *error)
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
