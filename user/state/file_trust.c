/* SPDX-License-Identifier: GPL-2.0-only */
#include "file_trust.h"
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define LINKS_MAX 40 /* as in the kernel */

/* A way through the file system, one name after the other. */
struct walk {
	char done[PATH_MAX]; /* where it has come, without links; "" is the root directory */
	char rest[PATH_MAX]; /* of the path */
	unsigned links;
	bool judges;	 /* owners and modes matter */
	bool place_only; /* but not those of the file */
	bool stays;	 /* where the last name is a link, it is not followed */
	struct error *error;
};

/* --- Owners and modes ----------------------------------------------------------------------- */

static bool is_foreign(const struct stat *status)
{
	return status->st_uid != 0 && status->st_uid != geteuid();
}

static bool others_write(const struct stat *status)
{
	return status->st_mode & S_IWOTH || (status->st_mode & S_IWGRP && status->st_gid != 0);
}

/* The directory that the walk has come to holds what is looked at next. */
static int judge_directory(const struct walk *walk)
{
	const char *path = *walk->done ? walk->done : "/";
	struct stat status;

	if (stat(path, &status))
		return error_set(walk->error, -errno, "%s: %s", path, strerror(errno));
	if (is_foreign(&status))
		return error_set(walk->error, -EPERM,
				 "its directory belongs to user %u, who could replace it: `chown "
				 "root %s`",
				 status.st_uid, path);
	/* With the sticky bit nobody else can rename or remove what is in it, and what somebody
	 * else made there has that owner. */
	if (!(status.st_mode & S_ISVTX) && others_write(&status))
		return error_set(walk->error, -EPERM,
				 "others can write to its directory: `chmod go-w %s`", path);
	return 0;
}

static int judge_link(const struct walk *walk, const char *path, const struct stat *status)
{
	int code = judge_directory(walk);

	if (code == 0 && is_foreign(status))
		return error_set(walk->error, -EPERM,
				 "the symbolic link %s belongs to user %u, who could replace it: "
				 "`chown -h root %s`",
				 path, status->st_uid, path);
	return code;
}

static int judge_file(const struct walk *walk, const char *path, const struct stat *status)
{
	int code = judge_directory(walk);

	if (code || walk->place_only)
		return code;
	if (is_foreign(status))
		return error_set(walk->error, -EPERM,
				 "it belongs to user %u, who could change it: `chown root %s`",
				 status->st_uid, path);
	if (others_write(status))
		return error_set(walk->error, -EPERM, "others can write to it: `chmod go-w %s`",
				 path);
	return 0;
}

/* --- The way -------------------------------------------------------------------------------- */

static int too_long(const struct walk *walk)
{
	return error_set(walk->error, -ENAMETOOLONG, "%s", strerror(ENAMETOOLONG));
}

/* Takes the next name off the rest: `path` receives it behind what is done. False: none is left. */
static bool take_name(struct walk *walk, char path[PATH_MAX], int *code)
{
	const char *name = walk->rest + strspn(walk->rest, "/");
	size_t length = strcspn(name, "/");

	*code = 0;
	if (!length)
		return false;
	if (snprintf(path, PATH_MAX, "%s/%.*s", walk->done, (int)length, name) >= PATH_MAX)
		*code = too_long(walk);
	memmove(walk->rest, name + length, strlen(name + length) + 1);
	return true;
}

/* Goes on where the link leads. */
static int follow(struct walk *walk, const char *path)
{
	char target[PATH_MAX], rest[PATH_MAX];
	ssize_t length = readlink(path, target, sizeof(target) - 1);

	if (length < 0)
		return error_set(walk->error, -errno, "%s: %s", path, strerror(errno));
	target[length] = '\0';
	if (++walk->links > LINKS_MAX)
		return error_set(walk->error, -ELOOP, "%s", strerror(ELOOP));
	if (snprintf(rest, sizeof(rest), "%s%s%s", target, *walk->rest ? "/" : "", walk->rest) >=
	    PATH_MAX)
		return too_long(walk);
	if (*target == '/')
		walk->done[0] = '\0';
	memcpy(walk->rest, rest, strlen(rest) + 1);
	return 0;
}

/* What is not there yet is as it is named. */
static int finish(struct walk *walk, const char *path)
{
	char rest[PATH_MAX];
	bool last = !walk->rest[strspn(walk->rest, "/")];
	int code = last && walk->judges ? judge_directory(walk) : 0;

	memcpy(rest, walk->rest, sizeof(rest));
	if (code == 0 && snprintf(walk->done, PATH_MAX, "%s%s", path, last ? "" : rest) >= PATH_MAX)
		return too_long(walk);
	return code;
}

static int walk_on(struct walk *walk)
{
	char path[PATH_MAX];
	struct stat status;
	int code;

	while (take_name(walk, path, &code)) {
		if (code)
			return code;
		if (lstat(path, &status))
			return errno == ENOENT
				       ? finish(walk, path)
				       : error_set(walk->error, -errno, "%s", strerror(errno));
		bool last = !walk->rest[strspn(walk->rest, "/")];
		if (S_ISLNK(status.st_mode) && !(last && walk->stays)) {
			code = walk->judges ? judge_link(walk, path, &status) : 0;
			code = code ? code : follow(walk, path);
		} else {
			if (walk->judges && last)
				code = judge_file(walk, path, &status);
			memcpy(walk->done, path, strlen(path) + 1);
		}
		if (code)
			return code;
	}
	return 0;
}

static int walk_start(struct walk *walk, const char *path)
{
	walk->done[0] = walk->rest[0] = '\0';
	if (strlen(path) >= sizeof(walk->rest))
		return too_long(walk);
	memcpy(walk->rest, path, strlen(path) + 1);
	if (*path != '/')
		snprintf(walk->done, sizeof(walk->done), ".");
	return walk_on(walk);
}

int trust_resolve(const char *path, char resolved[PATH_MAX], struct error *error)
{
	struct walk walk = {.links = 0, .error = error};
	int code = walk_start(&walk, path);

	if (code == 0)
		memcpy(resolved, walk.done, sizeof(walk.done));
	return code;
}

int trust_file(const char *path, struct error *error)
{
	struct walk walk = {.links = 0, .judges = true, .error = error};

	return walk_start(&walk, path);
}

int trust_place(const char *path, struct error *error)
{
	struct walk walk = {.links = 0, .judges = true, .place_only = true, .error = error};

	return walk_start(&walk, path);
}

int trust_directory(const char *path, struct error *error)
{
	struct walk walk = {
		.links = 0, .judges = true, .place_only = true, .stays = true, .error = error};

	return walk_start(&walk, path);
}
