/* SPDX-License-Identifier: GPL-2.0-only */
#include "stand_in.h"
#include "base/fault.h"
#include "file.h"
#include "file_trust.h"
#include "history.h"
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

static int good_path(const char *policy, char path[PATH_MAX], struct error *error)
{
	if (snprintf(path, PATH_MAX, "%s.good", policy) >= PATH_MAX)
		return error_set(error, -ENAMETOOLONG, "%s.good: %s", policy,
				 strerror(ENAMETOOLONG));
	return 0;
}

static bool is_kept(const char *path, const char *text, size_t length)
{
	size_t old_length = 0;
	struct stat status;
	char *old = NULL;
	bool same = stat(path, &status) == 0 && (size_t)status.st_size == length &&
		    file_read_own(path, &old, &old_length, NULL) == 0 && old_length == length &&
		    memcmp(old, text, length) == 0;

	free(old);
	return same;
}

int stand_in_keep(const char *policy, const char *text, size_t length, struct error *error)
{
	_cleanup_file_update_ struct file_update update = FILE_UPDATE_INIT;
	struct error why = {""};
	char path[PATH_MAX];
	int code = good_path(policy, path, error);

	if (code || is_kept(path, text, length))
		return code;
	fault_point("good-keep");
	code = file_prepare_anew(path, text, length, &update, &why);
	if (code == 0)
		code = file_commit(&update, &why);
	fault_point("good-kept");
	return code ? error_set(error, code, "%s: %s", path, why.text) : 0;
}

void stand_in_free(struct stand_in *found)
{
	load_free(&found->file);
}

const char *stand_in_name(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

/* A search among what is kept, in its order. */
struct search {
	const struct paths *paths;
	const struct notes *notes;
	bool any; /* whoever could change it: else only what nobody could */
	struct stand_in *found;
};

/* 0: this is it; -ENOMEM; other errors: it is not. */
static int try_file(const struct search *search, const char *path)
{
	struct stand_in *found = search->found;
	struct error why = {""};
	int trusted = trust_file(path, &why), code = -EPERM;

	load_free(&found->file);
	memset(&found->file, 0, sizeof(found->file));
	if (!trusted || search->any)
		code = load_read(path, LOAD_ANY, NULL, &found->file, search->any ? NULL : &why);
	/* It was kept before anything was attached: that is not what is missing. */
	if (code == 0 && !found->file.attached.count)
		return -ENOENT;
	if (code == 0)
		snprintf(found->path, PATH_MAX, "%s", path);
	/* What was tried before is known to be trusted, and no good. */
	if (search->any ? code == 0 : code != 0 && code != -ENOENT)
		notes_add(search->notes, NOTE_WARNING, "%s: %s", path, why.text);
	return code;
}

static int try_kept(const struct search *search)
{
	char resolved[PATH_MAX], path[PATH_MAX];
	unsigned number = UINT_MAX;
	int code;

	history_resolve(search->paths->policy, resolved);
	do {
		code = history_find(resolved, number, &number, path, NULL);
		if (code)
			return -ENOENT;
		code = try_file(search, path);
	} while (code && code != -ENOMEM);
	return code;
}

static int try_all(const struct search *search)
{
	const char *policy = search->paths->policy;
	char path[PATH_MAX];
	int code = search->any ? try_file(search, policy) : -ENOENT;

	if (code && code != -ENOMEM && good_path(policy, path, NULL) == 0)
		code = try_file(search, path);
	return code && code != -ENOMEM ? try_kept(search) : code;
}

int stand_in_find(const struct paths *paths, struct stand_in *found, const struct notes *notes,
		  struct error *error)
{
	struct search search = {.paths = paths, .notes = notes, .found = found};
	int code = try_all(&search);

	if (code == -ENOENT) {
		search.any = true;
		code = try_all(&search);
	}
	return code == -ENOMEM ? error_set(error, code, "out of memory") : code;
}
