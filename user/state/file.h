/* SPDX-License-Identifier: GPL-2.0-only */
/* Policy files on disk: read with suspicion, written whole or not at all. */
#ifndef PORTFW_STATE_FILE_H
#define PORTFW_STATE_FILE_H

#include "base/error.h"
#include <limits.h>
#include <stddef.h>

/*
 * Reads a whole file ("-": standard input) of at most TEXT_FILE_MAX bytes into *text, to be freed,
 * with a NUL behind its *length bytes. Never blocks on a FIFO.
 * -ENOENT: no such file; -EACCES: unreadable, or everybody can write it;
 * -EINVAL: not a regular file; -EFBIG; other errno of read(2). The message does not repeat the
 * path.
 */
int file_read(const char *path, char **text, size_t *length, struct error *error);

/* A new version of a file, written beside it and synced, not yet in its place. */
struct file_update {
	char path[PATH_MAX];	  /* the file, symbolic links resolved */
	char temporary[PATH_MAX]; /* "" : nothing pending */
	int directory_fd;
};
#define FILE_UPDATE_INIT           \
	{                          \
		.directory_fd = -1 \
	}

/* Writes the text beside `path` and syncs it; parent directories are made (0755), the file gets
 * mode 0600 or keeps the mode and owner that it has. All that can fail for want of space or
 * permission fails here. */
int file_prepare(const char *path, const char *text, size_t length, struct file_update *update,
		 struct error *error);
/* Renames it into place and syncs the directory. */
int file_commit(struct file_update *update, struct error *error);
/* Removes what is pending, if anything. */
void file_abandon(struct file_update *update);
#define _cleanup_file_update_ __attribute__((cleanup(file_abandon)))

/* Copies `path` to "path.YYYY-MM-DDTHH:MM:SSZ" (".1", ".2", ... behind it if that exists) and
 * syncs it; `backup` receives the name. -ENOENT: there is no file to copy. */
int file_backup(const char *path, char backup[PATH_MAX], struct error *error);

#endif
