/* SPDX-License-Identifier: GPL-2.0-only */
#include "lockdown_file.h"
#include "base/fault.h"
#include "beside.h"
#include "file.h"
#include "kernel/lockdown.h"
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define FILE_NAME "lockdown"

int lockdown_file_read(const char *policy, struct lockdown_file *file, struct error *error)
{
	struct error why = {""};
	char *text = NULL;
	size_t length;
	int code;

	memset(file, 0, sizeof(*file));
	code = beside_policy(policy, FILE_NAME, "the lockdown file", file->path, error);
	if (code)
		return code;
	code = file_read(file->path, &text, &length, &why);
	if (code == -ENOENT)
		return 0;
	if (code == 0)
		code = lockdown_parse(text, &file->lockdown, &why);
	free(text);
	if (code)
		return error_set(error, code, "%s: %s", file->path, why.text);
	file->there = true;
	file->on = !file->lockdown.until || file->lockdown.until > time(NULL);
	return 0;
}

int lockdown_file_write(const struct lockdown_file *file, struct error *error)
{
	_cleanup_file_update_ struct file_update update = FILE_UPDATE_INIT;
	char *text = lockdown_print(&file->lockdown);
	struct error why = {""};
	int code;

	if (!text)
		return error_set(error, -ENOMEM, "out of memory");
	fault_point("lockdown-write");
	code = file_prepare(file->path, text, strlen(text), &update, &why);
	free(text);
	if (code == 0)
		code = file_commit(&update, &why);
	fault_point("lockdown-written");
	return code ? error_set(error, code, "%s: %s", file->path, why.text) : 0;
}

int lockdown_file_remove(const struct lockdown_file *file, struct error *error)
{
	fault_point("lockdown-remove");
	if (unlink(file->path) && errno != ENOENT)
		return error_set(error, -errno, "%s: %s", file->path, strerror(errno));
	fault_point("lockdown-removed");
	return 0;
}

int lockdown_file_enforce(const struct lockdown_file *file, struct instance *instance,
			  struct error *error)
{
	const struct lockdown *lockdown = &file->lockdown;
	struct moment now = {.wall = time(NULL)};
	__s64 left = lockdown->until - now.wall;
	int code = moment_read(&now, instance, error);

	if (code)
		return code;
	fault_point("lockdown-switch");
	code = lockdown_switch_on(
		instance, lockdown->keep, lockdown->keep_count,
		lockdown->until ? now.jiffies + (left > 0 ? (__u64)left : 0) * now.hz : 0, NULL,
		error);
	fault_point("lockdown-switched");
	return code;
}

int lockdown_file_load(const char *policy, struct instance *instance, bool *on, struct error *error)
{
	struct lockdown_file file;
	struct moment now = {.wall = 0};
	int code = lockdown_file_read(policy, &file, error);
	bool is_on;

	if (code == 0)
		code = moment_read(&now, instance, error);
	if (code)
		return code;
	is_on = lockdown_is_on(instance, now.jiffies, NULL, NULL, NULL);
	if (file.on && !is_on)
		code = lockdown_file_enforce(&file, instance, error);
	else if (!file.there && is_on)
		lockdown_switch_off(instance);
	else if (file.there && !file.on && !is_on)
		code = lockdown_file_remove(&file, error);
	if (on)
		*on = code == 0 && (file.on || (file.there && is_on));
	return code;
}

bool lockdown_in_kernel(const struct instance *instance, const struct moment *now,
			struct lockdown *lockdown)
{
	struct lockdown found = {.keep_count = 0};
	__u64 until;

	if (!lockdown_is_on(instance, now->jiffies, &until, found.keep, &found.keep_count))
		return false;
	*lockdown = found;
	if (until)
		lockdown->until =
			time(NULL) + (__s64)((until - now->jiffies + now->hz - 1) / now->hz);
	return true;
}
