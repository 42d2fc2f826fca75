/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Writing policy files. The new version is written under another name in the same directory and
 * synced before it takes the old one's place, so that a crash at any instant leaves one whole
 * version. The name tells the process that writes it; what a dead one left behind is removed.
 */
#include "file.h"
#include "file_kind.h"
#include "file_trust.h"
#include "policy/text.h"
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define TEMPORARY_PREFIX ".portfw-new-"

static void close_fd(int *fd)
{
	if (*fd >= 0)
		close(*fd);
	*fd = -1;
}
#define _cleanup_close_ __attribute__((cleanup(close_fd)))

/* Reports what failed, at which path (NULL: the one the caller knows), and what errno says of it.
 * Returns -errno. */
static int error_errno(struct error *error, const char *what, const char *path)
{
	int code = -errno;

	return error_set(error, code, "%s%s%s: %s", what, path ? " " : "", path ? path : "",
			 strerror(-code));
}

static int write_all(int fd, const char *text, size_t length)
{
	while (length) {
		ssize_t count = write(fd, text, length);

		if (count < 0 && errno != EINTR)
			return -1;
		if (count > 0) {
			text += count;
			length -= (size_t)count;
		}
	}
	return 0;
}

/* The directory part of a path, "." for none; -ENAMETOOLONG. */
static int directory_of(const char *path, char directory[PATH_MAX], struct error *error)
{
	const char *slash = strrchr(path, '/');
	size_t length = slash ? (size_t)(slash - path) : 0;

	if (length >= PATH_MAX)
		return error_set(error, -ENAMETOOLONG, "%s", strerror(ENAMETOOLONG));
	if (length == 0)
		snprintf(directory, PATH_MAX, "%s", slash ? "/" : ".");
	else
		snprintf(directory, PATH_MAX, "%.*s", (int)length, path);
	return 0;
}

static int make_directories(const char *directory, struct error *error)
{
	char path[PATH_MAX];
	char *slash = path;

	snprintf(path, sizeof(path), "%s", directory);
	do {
		slash = strchr(slash + 1, '/');
		if (slash)
			*slash = '\0';
		if (mkdir(path, 0755) != 0 && errno != EEXIST && errno != EISDIR)
			return error_errno(error, "cannot make the directory", path);
		if (slash)
			*slash = '/';
	} while (slash);
	return 0;
}

/* The path without symbolic links but for its last name; makes parent directories. */
static int resolve_directory(const char *path, char resolved[PATH_MAX], struct error *error)
{
	char directory[PATH_MAX], real[PATH_MAX];
	const char *slash = strrchr(path, '/');
	int length, err = directory_of(path, directory, error);

	if (!err)
		err = make_directories(directory, error);
	if (err)
		return err;
	if (!realpath(directory, real))
		return error_errno(error, "cannot reach the directory", directory);
	length = snprintf(resolved, PATH_MAX, "%s/%s", strcmp(real, "/") == 0 ? "" : real,
			  slash ? slash + 1 : path);
	if (length >= PATH_MAX)
		return error_set(error, -ENAMETOOLONG, "%s", strerror(ENAMETOOLONG));
	return 0;
}

/* Where the file is, or will be, without symbolic links. */
static int resolve(const char *path, char resolved[PATH_MAX], struct error *error)
{
	struct stat status;

	if (realpath(path, resolved))
		return 0;
	if (errno != ENOENT)
		return error_errno(error, "cannot write", NULL);
	if (lstat(path, &status) == 0)
		return error_set(error, -ENOENT,
				 "a symbolic link to a file that does "
				 "not exist: make that file first");
	return resolve_directory(path, resolved, error);
}

/* The same for what takes the place of anything: of a link itself, if it leads nowhere or others
 * could change where. */
static int resolve_anew(const char *path, char resolved[PATH_MAX], struct error *error)
{
	if (trust_place(path, NULL) == 0 && realpath(path, resolved))
		return 0;
	return resolve_directory(path, resolved, error);
}

/* Whether this is the name of a temporary whose process is gone. */
static bool is_leftover(const char *name)
{
	long pid;
	char *end;

	if (strncmp(name, TEMPORARY_PREFIX, strlen(TEMPORARY_PREFIX)) != 0)
		return false;
	pid = strtol(name + strlen(TEMPORARY_PREFIX), &end, 10);
	if (pid <= 0 || pid > INT_MAX || *end != '-')
		return false;
	return kill((pid_t)pid, 0) != 0 && errno == ESRCH;
}

/* Untidiness is no reason to fail. */
static void remove_leftovers(int directory_fd)
{
	int fd = openat(directory_fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *directory = fd >= 0 ? fdopendir(fd) : NULL;
	const struct dirent *entry;

	if (!directory) {
		close_fd(&fd);
		return;
	}
	while ((entry = readdir(directory)))
		if (is_leftover(entry->d_name))
			unlinkat(directory_fd, entry->d_name, 0);
	closedir(directory);
}

/* Gives the new version the owner and mode of the old one. */
static int keep_attributes(int fd, const struct stat *old, struct error *error)
{
	struct stat new;

	if (fstat(fd, &new) != 0)
		return error_errno(error, "cannot stat the new version", NULL);
	if ((new.st_uid != old->st_uid || new.st_gid != old->st_gid) &&
	    fchown(fd, old->st_uid, old->st_gid) != 0)
		return error_errno(error, "cannot keep the owner", NULL);
	if (fchmod(fd, old->st_mode & 07777) != 0)
		return error_errno(error, "cannot keep the mode", NULL);
	return 0;
}

/* Writes and syncs; `old` is NULL for a file that is new. */
static int fill(int fd, const char *text, size_t length, const struct stat *old,
		struct error *error)
{
	int err = old ? keep_attributes(fd, old, error) : 0;

	if (err)
		return err;
	if (write_all(fd, text, length) != 0)
		return error_errno(error, "cannot write the new version", NULL);
	if (fsync(fd) != 0)
		return error_errno(error, "cannot sync the new version", NULL);
	return 0;
}

/* Opens the directory of update->path and names the temporary there. */
static int open_directory(struct file_update *update, struct error *error)
{
	char directory[PATH_MAX];
	int err = directory_of(update->path, directory, error);
	int length;

	if (err)
		return err;
	update->directory_fd = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (update->directory_fd < 0)
		return error_errno(error, "cannot open the directory", directory);
	length = snprintf(update->temporary, sizeof(update->temporary), "%s/%s%d-XXXXXX",
			  strcmp(directory, "/") == 0 ? "" : directory, TEMPORARY_PREFIX,
			  (int)getpid());
	if (length < (int)sizeof(update->temporary))
		return 0;
	update->temporary[0] = '\0';
	return error_set(error, -ENAMETOOLONG, "%s", strerror(ENAMETOOLONG));
}

/* The file as it is; *exists says whether it is there. */
static int check_target(const char *path, struct stat *status, bool *exists, struct error *error)
{
	*exists = stat(path, status) == 0;
	if (!*exists && errno != ENOENT)
		return error_errno(error, "cannot write", NULL);
	if (*exists && !S_ISREG(status->st_mode))
		return error_set(error, -EINVAL, "not a regular file but %s",
				 file_kind(status->st_mode));
	return 0;
}

/* Writes what shall take the place of made->path, whose attributes it keeps, if they are known. */
static int prepare(struct file_update *made, const char *text, size_t length,
		   const struct stat *old, struct file_update *update, struct error *error)
{
	_cleanup_close_ int fd = -1;
	int err = open_directory(made, error);

	if (err)
		return err;
	remove_leftovers(made->directory_fd);
	fd = mkstemp(made->temporary);
	if (fd < 0) {
		err = error_errno(error, "cannot make a file in the directory of the policy", NULL);
		made->temporary[0] = '\0';
		return err;
	}
	err = fill(fd, text, length, old, error);
	if (err)
		return err;
	*update = *made;
	*made = (struct file_update)FILE_UPDATE_INIT;
	return 0;
}

int file_prepare(const char *path, const char *text, size_t length, struct file_update *update,
		 struct error *error)
{
	_cleanup_file_update_ struct file_update made = FILE_UPDATE_INIT;
	struct stat status;
	bool exists;
	int err = resolve(path, made.path, error);

	if (!err)
		err = check_target(made.path, &status, &exists, error);
	return err ? err : prepare(&made, text, length, exists ? &status : NULL, update, error);
}

int file_prepare_anew(const char *path, const char *text, size_t length, struct file_update *update,
		      struct error *error)
{
	_cleanup_file_update_ struct file_update made = FILE_UPDATE_INIT;
	int err = resolve_anew(path, made.path, error);

	return err ? err : prepare(&made, text, length, NULL, update, error);
}

/* Puts it in the place of a directory, which moves to `aside`: at once, where the file system can
 * do that. */
static int exchange(struct file_update *update, const char *aside)
{
	if (rmdir(aside) || rename(update->temporary, aside))
		return -1;
	if (renameat2(AT_FDCWD, aside, AT_FDCWD, update->path, RENAME_EXCHANGE) == 0)
		return 0;
	if (rename(aside, update->temporary) || rename(update->path, aside))
		return -1;
	return rename(update->temporary, update->path);
}

int file_commit_over(struct file_update *update, const char *aside, struct error *error)
{
	int code = rename(update->temporary, update->path);

	if (code && errno == EISDIR && aside)
		code = exchange(update, aside);
	if (code)
		return error_errno(error, "cannot put the new version in place", NULL);
	update->temporary[0] = '\0';
	update->unsynced = fsync(update->directory_fd) ? -errno : 0;
	file_abandon(update);
	return 0;
}

int file_commit(struct file_update *update, struct error *error)
{
	return file_commit_over(update, NULL, error);
}

void file_abandon(struct file_update *update)
{
	if (update->temporary[0])
		unlink(update->temporary);
	update->temporary[0] = '\0';
	close_fd(&update->directory_fd);
}

/* --- What is kept of the old one ------------------------------------------------------------ */

static int create_file(const char *path, const char *backup)
{
	(void)path;
	return open(backup, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
}

static int create_directory(const char *path, const char *backup)
{
	(void)path;
	return mkdir(backup, 0700);
}

static int create_link(const char *path, const char *backup)
{
	return linkat(AT_FDCWD, path, AT_FDCWD, backup, 0);
}

/* Makes "path.TIME", "path.TIME.1", ... that was not there; its name is in `backup`. Returns what
 * `create` does. */
static int create_backup(const char *path, int (*create)(const char *path, const char *backup),
			 char backup[PATH_MAX], struct error *error)
{
	enum { NAMES_MAX = 1000 };
	char stamp[sizeof("YYYY-MM-DDTHH:MM:SSZ")], suffix[16] = "";
	time_t now = time(NULL);
	struct tm utc;

	strftime(stamp, sizeof(stamp), "%Y-%m-%dT%H:%M:%SZ", gmtime_r(&now, &utc));
	for (int i = 1; i <= NAMES_MAX; i++) {
		int length = snprintf(backup, PATH_MAX, "%s.%s%s", path, stamp, suffix);
		int made;

		if (length >= PATH_MAX)
			return error_set(error, -ENAMETOOLONG, "%s", strerror(ENAMETOOLONG));
		made = create(path, backup);
		if (made >= 0)
			return made;
		if (errno != EEXIST)
			break;
		snprintf(suffix, sizeof(suffix), ".%d", i);
	}
	return error_errno(error, "cannot make the backup", NULL);
}

static int copy_all(int from, int to, struct error *error)
{
	char buffer[64 * 1024];

	for (;;) {
		ssize_t count = read(from, buffer, sizeof(buffer));

		if (count == 0)
			return 0;
		if (count < 0 && errno == EINTR)
			continue;
		if (count < 0)
			return error_errno(error, "cannot read what is to be kept", NULL);
		if (write_all(to, buffer, (size_t)count) != 0)
			return error_errno(error, "cannot write the backup", NULL);
	}
}

static int sync_directory(const char *path, struct error *error)
{
	char directory[PATH_MAX];
	_cleanup_close_ int fd = -1;
	int err = directory_of(path, directory, error);

	if (err)
		return err;
	fd = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0 || fsync(fd) != 0)
		return error_errno(error, "cannot sync the directory of the backup", NULL);
	return 0;
}

static int copy_file(const char *path, int from, const struct stat *status, char backup[PATH_MAX],
		     struct error *error)
{
	_cleanup_close_ int to = create_backup(path, create_file, backup, error);
	int err;

	if (to < 0)
		return to;
	err = keep_attributes(to, status, error);
	if (!err)
		err = copy_all(from, to, error);
	if (!err && fsync(to) != 0)
		err = error_errno(error, "cannot sync the backup", NULL);
	if (err)
		unlink(backup);
	return err;
}

int file_backup(const char *path, char backup[PATH_MAX], struct error *error)
{
	_cleanup_close_ int from = -1;
	struct stat status;
	int err;

	if (lstat(path, &status) != 0)
		return error_errno(error, "cannot read what is to be kept", NULL);
	if (S_ISREG(status.st_mode) && status.st_size <= TEXT_FILE_MAX)
		from = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC | O_NOCTTY | O_NOFOLLOW);
	if (from >= 0)
		err = copy_file(path, from, &status, backup, error);
	else
		err = create_backup(path, S_ISDIR(status.st_mode) ? create_directory : create_link,
				    backup, error);
	return err < 0 ? err : sync_directory(path, error);
}
