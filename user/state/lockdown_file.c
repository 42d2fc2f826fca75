/* SPDX-License-Identifier: GPL-2.0-only */
#include "lockdown_file.h"
#include "base/fault.h"
#include "beside.h"
#include "file.h"
#include "kernel/lockdown.h"
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

/* --- Reading ------------------------------------------------------------------------------- */

int lockdown_file_path(const char *policy, char path[PATH_MAX], struct error *error)
{
	return beside_policy(policy, "lockdown", "the lockdown file", path, error);
}

static void parse(const char *text, size_t length, struct lockdown_file *file,
		  const struct notes *notes)
{
	struct diagnostics diagnostics = {.count = 0};

	file->there = lockdown_parse_tolerant(text, length, &file->lockdown, &diagnostics);
	file->damaged = file->there && (file->damaged || diagnostics.errors);
	notes_add_places(notes, file->path, &diagnostics, true);
	if (diagnostics.errors)
		notes_add(notes, NOTE_ERROR,
			  "%s is damaged: it isolates with what could be read of it; `portfw "
			  "lockdown` or `portfw unlock` replaces it",
			  file->path);
}

/* Something is there that was not read: a directory, a FIFO, a link to nothing, a file that cannot
 * be read. */
static void parse_nothing(const struct error *why, struct lockdown_file *file,
			  const struct notes *notes)
{
	file->there = file->damaged = true;
	notes_add(notes, NOTE_ERROR,
		  "%s: %s: it isolates, and keeps nothing; `portfw lockdown` or `portfw unlock` "
		  "replaces it",
		  file->path, why->text);
}

int lockdown_file_read(const char *policy, struct lockdown_file *file, const struct notes *notes,
		       struct error *error)
{
	struct lockdown_file made = {.there = false};
	struct error why = {""};
	char *text = NULL;
	struct stat status;
	size_t length;
	int code = lockdown_file_path(policy, made.path, error);

	if (code)
		return code;
	if (lstat(made.path, &status)) {
		*file = made;
		return 0;
	}
	code = file_read_own(made.path, &text, &length, &why);
	if (code == -EPERM) {
		/* Whoever wrote it, it says that the host is to be isolated. */
		made.damaged = true;
		notes_add(notes, NOTE_ERROR, "%s: %s", made.path, why.text);
		code = file_read_any(made.path, &text, &length, &why);
	}
	if (code == -ENOMEM)
		return error_set(error, code, "%s: %s", made.path, why.text);
	if (code == 0)
		parse(text, length, &made, notes);
	else if (lstat(made.path, &status) == 0) /* it may have been removed meanwhile */
		parse_nothing(&why, &made, notes);
	free(text);
	made.on = made.there && (!made.lockdown.until || made.lockdown.until > time(NULL));
	*file = made;
	return 0;
}

/* --- Writing ------------------------------------------------------------------------------- */

static bool is_file(const char *path)
{
	struct stat status;

	return stat(path, &status) == 0 && S_ISREG(status.st_mode);
}

/* Moves aside what is no file but has its name. */
static int make_way(const char *path, struct error *error)
{
	char aside[PATH_MAX];
	struct stat status;

	if (lstat(path, &status) || is_file(path))
		return 0;
	for (unsigned i = 0; i < 1000; i++) {
		if (snprintf(aside, sizeof(aside), "%s.%lld%s%.0u", path, (long long)time(NULL),
			     i ? "." : "", i) >= (int)sizeof(aside))
			return error_set(error, -ENAMETOOLONG, "%s: path too long", path);
		if (lstat(aside, &status))
			break;
	}
	return rename(path, aside) ? error_set(error, -errno, "%s: %s", path, strerror(errno)) : 0;
}

static int write_file(const char *path, const struct lockdown *lockdown, struct error *error)
{
	_cleanup_file_update_ struct file_update update = FILE_UPDATE_INIT;
	char *text = lockdown_print(lockdown);
	struct error why = {""};
	int code;

	if (!text)
		return error_set(error, -ENOMEM, "out of memory");
	fault_point("lockdown-write");
	code = make_way(path, error);
	if (code == 0) {
		code = file_prepare_anew(path, text, strlen(text), &update, &why);
		if (code == 0)
			code = file_commit(&update, &why);
		if (code)
			error_set(error, code, "%s: %s", path, why.text);
	}
	free(text);
	fault_point("lockdown-written");
	return code;
}

static int remove_file(const char *path, struct error *error)
{
	struct stat status;
	int code = 0;

	fault_point("lockdown-remove");
	if (lstat(path, &status))
		return errno == ENOENT || errno == ENOTDIR
			       ? 0
			       : error_set(error, -errno, "%s: %s", path, strerror(errno));
	if (S_ISDIR(status.st_mode))
		code = make_way(path, error);
	else if (unlink(path) && errno != ENOENT)
		code = error_set(error, -errno, "%s: %s", path, strerror(errno));
	fault_point("lockdown-removed");
	return code;
}

int lockdown_file_remove(const char *policy, struct error *error)
{
	char path[PATH_MAX];
	int code = lockdown_file_path(policy, path, error);

	return code ? code : remove_file(path, error);
}

static void note_saved(struct instance *instance, __u64 word)
{
	__atomic_store_n(&instance->control->lockdown_saved, word, __ATOMIC_RELEASE);
}

int lockdown_file_save(const char *policy, struct instance *instance, struct error *error)
{
	struct lockdown lockdown;
	struct moment now = {.wall = time(NULL)};
	char path[PATH_MAX];
	__u64 word;
	int code = lockdown_file_path(policy, path, error);

	if (code == 0)
		code = moment_read(&now, instance, error);
	if (code)
		return code;
	do {
		word = lockdown_word(instance);
		code = lockdown_in_kernel(instance, &now, &lockdown)
			       ? write_file(path, &lockdown, error)
			       : remove_file(path, error);
		if (code)
			return code;
		note_saved(instance, word);
	} while (lockdown_word(instance) != word);
	return 0;
}

/* --- The kernel ---------------------------------------------------------------------------- */

/* Switches from *word only, as lockdown_switch_on() does. */
static int enforce(const struct lockdown *lockdown, struct instance *instance, __u64 *word,
		   struct error *error)
{
	struct moment now = {.wall = time(NULL)};
	__s64 left = lockdown->until - now.wall;
	__u64 until = 0;
	int code;

	fault_point("lockdown-switch");
	/* Without a clock it is for ever: better too long than not at all. */
	if (lockdown->until && moment_read(&now, instance, NULL) == 0)
		until = now.jiffies + (left > 0 ? (__u64)left : 0) * now.hz;
	code = lockdown_switch_on(instance, lockdown->keep, lockdown->keep_count, until, word,
				  error);
	fault_point("lockdown-switched");
	return code;
}

int lockdown_enforce(const struct lockdown *lockdown, struct instance *instance,
		     struct error *error)
{
	return enforce(lockdown, instance, NULL, error);
}

bool lockdown_in_kernel(const struct instance *instance, const struct moment *now,
			struct lockdown *lockdown)
{
	/* Where no policy names a NIC, a restore attaches all of them. */
	struct lockdown found = {.attach_all = true};
	__u64 until;

	if (!lockdown_is_on(instance, now->jiffies, &until, found.keep, &found.keep_count))
		return false;
	*lockdown = found;
	if (until)
		lockdown->until =
			time(NULL) + (__s64)((until - now->jiffies + now->hz - 1) / now->hz);
	return true;
}

/* --- Both ---------------------------------------------------------------------------------- */

static bool same_sources(const struct lockdown *one, const struct lockdown *other)
{
	for (size_t i = 0; i < one->keep_count; i++)
		if (!lockdown_keeps(other, &one->keep[i]))
			return false;
	for (size_t i = 0; i < other->keep_count; i++)
		if (!lockdown_keeps(one, &other->keep[i]))
			return false;
	return true;
}

/* The kernel follows the file, which nobody switched it away from. -EAGAIN: by now somebody has. */
static int follow(struct lockdown_file *file, struct instance *instance, struct moment *now,
		  __u64 word, struct error *error)
{
	struct lockdown *wanted = &file->lockdown, kernel = {.until = 0};
	bool on = lockdown_in_kernel(instance, now, &kernel);
	/* Within one boot the kernel's deadline is the truth: what ended is not begun again. */
	bool over = !file->on || (!on && LOCKDOWN_UNTIL(word) && wanted->until);
	int code = 0;

	if (on && file->there && !file->damaged && !same_sources(wanted, &kernel)) {
		wanted->until = kernel.until;
		code = enforce(wanted, instance, &word, error);
	} else if (!on && file->there && !over) {
		code = enforce(wanted, instance, &word, error);
	} else if (on && !file->there) {
		code = lockdown_switch_off(instance, &word, error);
	}
	if (code)
		return code;
	note_saved(instance, word);
	/* That it cannot be removed changes nothing. */
	if (file->there && over && !on)
		remove_file(file->path, NULL);
	return 0;
}

int lockdown_file_load(const char *policy, struct instance *instance, const struct notes *notes,
		       unsigned *failures, struct error *error)
{
	struct moment now = {.wall = 0};
	struct lockdown_file file = {.there = false};
	int code = moment_read(&now, instance, error);

	while (code == 0) {
		__u64 word = lockdown_word(instance);

		code = lockdown_file_read(policy, &file, notes, error);
		if (code)
			return code;
		if (word != instance->control->lockdown_saved)
			code = lockdown_file_save(policy, instance, error);
		else
			code = follow(&file, instance, &now, word, error);
		if (code != -EAGAIN) {
			*failures += file.damaged;
			return code;
		}
		code = 0;
	}
	return code;
}
