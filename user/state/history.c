/* SPDX-License-Identifier: GPL-2.0-only */
#include "history.h"
#include "file_trust.h"
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define MARK ".undo-"

struct numbers {
	unsigned *list; /* newest first */
	size_t count;
};

static void numbers_free(struct numbers *numbers)
{
	free(numbers->list);
}
#define _cleanup_numbers_ __attribute__((cleanup(numbers_free)))

static void close_fd(int *fd)
{
	if (*fd >= 0)
		close(*fd);
}
#define _cleanup_close_ __attribute__((cleanup(close_fd)))

void history_resolve(const char *path, char resolved[PATH_MAX])
{
	if (!realpath(path, resolved) && trust_resolve(path, resolved, NULL))
		snprintf(resolved, PATH_MAX, "%s", path);
}

static int name_of(const char *path, unsigned number, char name[PATH_MAX], struct error *error)
{
	if (snprintf(name, PATH_MAX, "%s" MARK "%u", path, number) >= PATH_MAX)
		return error_set(error, -ENAMETOOLONG, "%s", strerror(ENAMETOOLONG));
	return 0;
}

/* The number in the name of a kept policy of the file `leaf`; 0: it is none. */
static unsigned number_of(const char *name, const char *leaf)
{
	size_t length = strlen(leaf);
	unsigned long number;
	char *end;

	if (strncmp(name, leaf, length) != 0 || strncmp(name + length, MARK, strlen(MARK)) != 0)
		return 0;
	name += length + strlen(MARK);
	number = strtoul(name, &end, 10);
	return *name >= '1' && *name <= '9' && !*end && number < UINT_MAX ? (unsigned)number : 0;
}

static int newer_first(const void *a, const void *b)
{
	unsigned left = *(const unsigned *)a, right = *(const unsigned *)b;

	return (left < right) - (left > right);
}

static int add(struct numbers *numbers, size_t *capacity, unsigned number)
{
	if (numbers->count == *capacity) {
		size_t larger = *capacity ? 2 * *capacity : 2 * HISTORY_MAX;
		unsigned *list = reallocarray(numbers->list, larger, sizeof(*list));
		if (!list)
			return -ENOMEM;
		numbers->list = list;
		*capacity = larger;
	}
	numbers->list[numbers->count++] = number;
	return 0;
}

static int find_all(const char *path, struct numbers *numbers, struct error *error)
{
	const char *slash = strrchr(path, '/'), *leaf = slash ? slash + 1 : path;
	char directory[PATH_MAX];
	const struct dirent *entry;
	size_t capacity = 0;
	int code = 0;

	*numbers = (struct numbers){NULL, 0};
	snprintf(directory, sizeof(directory), "%.*s", slash ? (int)(slash - path) + 1 : 1,
		 slash ? path : ".");
	DIR *stream = opendir(directory);
	if (!stream)
		return errno == ENOENT ? 0
				       : error_set(error, -errno, "cannot read %s: %s", directory,
						   strerror(errno));
	while (code == 0 && (entry = readdir(stream))) {
		unsigned number = number_of(entry->d_name, leaf);
		if (number)
			code = add(numbers, &capacity, number);
	}
	closedir(stream);
	if (numbers->count)
		qsort(numbers->list, numbers->count, sizeof(*numbers->list), newer_first);
	return code;
}

/* --- Keeping --------------------------------------------------------------------------------- */

static int copy(int from, int to)
{
	char buffer[64 * 1024];
	ssize_t count;

	while ((count = read(from, buffer, sizeof(buffer))) > 0) {
		for (ssize_t done = 0, written; done < count; done += written) {
			written = write(to, buffer + done, (size_t)(count - done));
			if (written < 0)
				return -errno;
		}
	}
	return count < 0 ? -errno : 0;
}

/* Copies the file, if there is one. */
static int write_copy(const char *path, const char *kept)
{
	_cleanup_close_ int from = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC | O_NOCTTY);
	_cleanup_close_ int to = -1;
	int code = from < 0 && errno != ENOENT ? -errno : 0;

	if (code)
		return code;
	to = open(kept, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (to < 0)
		return -errno;
	code = from < 0 ? 0 : copy(from, to);
	if (code == 0 && fsync(to))
		code = -errno;
	if (code)
		unlink(kept);
	return code;
}

/* The file as it stands will be replaced, not written to: where its mode is right already, another
 * name for it is enough. */
static bool link_suffices(const struct stat *file, const char *path, const char *kept)
{
	return S_ISREG(file->st_mode) && (file->st_mode & 07777) == 0600 &&
	       file->st_uid == geteuid() && link(path, kept) == 0;
}

int history_keep(const char *path, char kept[PATH_MAX], struct error *error)
{
	_cleanup_numbers_ struct numbers numbers = {NULL, 0};
	struct stat file = {0}, newest;
	int code = find_all(path, &numbers, error);
	unsigned last = numbers.count ? numbers.list[0] : 0;

	if (code == 0 && last)
		code = name_of(path, last, kept, error);
	if (code)
		return code;
	bool exists = stat(path, &file) == 0;
	/* A command that was killed has kept this file already. */
	if (last && exists && stat(kept, &newest) == 0 && newest.st_ino == file.st_ino &&
	    newest.st_dev == file.st_dev)
		return 0;
	code = name_of(path, last + 1, kept, error);
	if (code == 0 && !(exists && link_suffices(&file, path, kept)))
		code = write_copy(path, kept);
	if (code) {
		error_set(error, code, "cannot keep the old policy as %s: %s", kept,
			  strerror(-code));
		kept[0] = '\0';
	}
	return code;
}

void history_trim(const char *path, unsigned consumed)
{
	_cleanup_numbers_ struct numbers numbers = {NULL, 0};
	size_t left = 0;

	if (find_all(path, &numbers, NULL))
		return;
	for (size_t i = 0; i < numbers.count; i++) {
		char name[PATH_MAX];
		bool goes = consumed && numbers.list[i] >= consumed;
		if (!goes && left++ < HISTORY_MAX)
			continue;
		if (name_of(path, numbers.list[i], name, NULL) == 0)
			unlink(name);
	}
}

int history_find(const char *path, unsigned before, unsigned *number, char name[PATH_MAX],
		 struct error *error)
{
	_cleanup_numbers_ struct numbers numbers = {NULL, 0};
	int code = find_all(path, &numbers, error);

	for (size_t i = 0; code == 0 && i < numbers.count; i++) {
		if (numbers.list[i] >= before)
			continue;
		*number = numbers.list[i];
		return name_of(path, *number, name, error);
	}
	return code ? code : -ENOENT;
}
