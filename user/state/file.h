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
 * -ENOENT: no such file, and no link that leads nowhere; -EACCES: unreadable, or everybody can
 * write it; -EINVAL: not a regular file; -EFBIG; other errno of read(2). The message does not
 * repeat the path.
 */
int file_read(const char *path, char **text, size_t *length, struct error *error);
/* The same of a file of the instance's own: -EPERM where others could change it, as trust_file()
 * says. "-" is a name like others. */
int file_read_own(const char *path, char **text, size_t *length, struct error *error);
/* The same whoever could change it: for what must be enforced all the same, and be told. */
int file_read_any(const char *path, char **text, size_t *length, struct error *error);

/* A new version of a file, written beside it and synced, not yet in its place. */
struct file_update {
	char path[PATH_MAX];	  /* the file, symbolic links resolved */
	char temporary[PATH_MAX]; /* "" : nothing pending */
	int directory_fd;
	/* Once it is in place: 0, or why the directory could not be synced (-errno), so that the
	 * old version may come back with a power failure. */
	int unsynced;
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
/* The same for what takes the place of anything: of a directory, a FIFO, a link that leads nowhere
 * or that others could change, a file of somebody else. It gets mode 0600. */
int file_prepare_anew(const char *path, const char *text, size_t length, struct file_update *update,
		      struct error *error);
/* Renames it into place and syncs the directory; an error means that it is not there. A directory
 * that is in its place moves to `aside`, the name of an empty one (NULL: it stays, an error). */
int file_commit_over(struct file_update *update, const char *aside, struct error *error);
int file_commit(struct file_update *update, struct error *error);
/* Removes what is pending, if anything. */
void file_abandon(struct file_update *update);
#define _cleanup_file_update_ __attribute__((cleanup(file_abandon)))

/* Copies `path` to "path.YYYY-MM-DDTHH:MM:SSZ" (".1", ".2", ... behind it if that exists) and
 * syncs it; `backup` receives the name. What is no file that can be read and copied gets that as a
 * second name; of a directory it is an empty one, for file_commit_over(). Links are not followed.
 * -ENOENT: there is nothing. */
int file_backup(const char *path, char backup[PATH_MAX], struct error *error);

#endif
