/* SPDX-License-Identifier: GPL-2.0-only */
#include "bpffs.h"

#include <dirent.h>
#include <errno.h>
#include <linux/magic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#define SYSTEM_BPFFS "/sys/fs/bpf"
/* Marks a mount of ours in /proc/self/mountinfo. */
#define MOUNT_SOURCE "portfw"

/* Whether the path, or the nearest directory above it that exists, is in a bpffs. */
static bool in_bpffs(const char *path)
{
	char part[PATH_MAX];
	struct statfs facts;

	snprintf(part, sizeof(part), "%s", path);
	while (statfs(part, &facts)) {
		char *slash = strrchr(part, '/');

		if (!slash || slash == part)
			return false;
		*slash = '\0';
	}
	return (unsigned long)facts.f_type == BPF_FS_MAGIC;
}

/* Whether two paths lead to the same file; *known: it could be told. */
static bool is_same(const char *one, const char *other, bool whole, bool *known)
{
	struct stat first, second;

	*known = !stat(one, &first) && !stat(other, &second);
	return *known && first.st_dev == second.st_dev && (!whole || first.st_ino == second.st_ino);
}

int bpffs_check_lasting(const char *directory, struct error *error)
{
	char part[PATH_MAX], theirs[PATH_MAX + 16];
	struct stat status;
	bool known;

	if (is_same("/proc/self/ns/mnt", "/proc/1/ns/mnt", true, &known) ||
	    access("/proc/1/root/", X_OK))
		return 0;
	/* The directory, or the nearest above it that exists. */
	snprintf(part, sizeof(part), "%s", directory);
	while (stat(part, &status) && strrchr(part, '/') > part)
		*strrchr(part, '/') = '\0';
	snprintf(theirs, sizeof(theirs), "/proc/1/root%s", part);
	if (in_bpffs(directory) && is_same(part, theirs, false, &known))
		return 0;
	return error_set(error, -EXDEV,
			 "%s: not in a bpffs that process 1 sees: pins that this mount namespace "
			 "alone has end with it, and the guard with them (PORTFW_PRIVATE_BPFFS=1 "
			 "says that this is meant)",
			 directory);
}

/* Whether something could be mounted over that would be hidden, or is no directory. */
static int check_mount_point(const char *path, struct error *error)
{
	DIR *directory = opendir(path);
	const struct dirent *entry;
	bool empty = true;

	if (!directory)
		return error_set(error, -errno, "%s: %s", path, strerror(errno));
	while (empty && (entry = readdir(directory)))
		empty = !strcmp(entry->d_name, ".") || !strcmp(entry->d_name, "..");
	closedir(directory);
	if (empty)
		return 0;
	return error_set(error, -ENOTEMPTY,
			 "%s: no bpffs, and not empty: what is in it would be hidden by mounting "
			 "one; name another directory in PORTFW_PIN_DIR",
			 path);
}

/* Like mkdir -p, with mode 0700. */
static int make_directories(const char *path, struct error *error)
{
	char part[PATH_MAX];

	snprintf(part, sizeof(part), "%s", path);
	for (char *slash = strchr(part + 1, '/');; slash = strchr(slash + 1, '/')) {
		if (slash)
			*slash = '\0';
		if (mkdir(part, 0700) && errno != EEXIST)
			return error_set(error, -errno, "cannot make %s: %s%s", part,
					 strerror(errno),
					 errno == EPERM && strchr(strrchr(part, '/'), '.')
						 ? " (names in a bpffs may not contain a dot)"
						 : "");
		if (!slash)
			return 0;
		*slash = '/';
	}
}

static bool is_below(const char *path, const char *directory)
{
	size_t length = strlen(directory);

	return !strncmp(path, directory, length) && (!path[length] || path[length] == '/');
}

int bpffs_make_directory(const char *directory, char mount_point[PATH_MAX], struct error *error)
{
	bool system = is_below(directory, SYSTEM_BPFFS);
	const char *where = system ? SYSTEM_BPFFS : directory;
	int code;

	*mount_point = '\0';
	if (*directory != '/' || strlen(directory) >= PATH_MAX)
		return error_set(error, -EINVAL, "%s: not an absolute path", directory);
	if (!in_bpffs(directory)) {
		code = system ? 0 : make_directories(directory, error);
		if (!code)
			code = check_mount_point(where, error);
		if (code)
			return code;
		if (mount(system ? "bpf" : MOUNT_SOURCE, where, "bpf",
			  MS_NOSUID | MS_NODEV | MS_NOEXEC, "mode=700"))
			return error_set(error, -errno, "cannot mount a bpffs on %s: %s", where,
					 strerror(errno));
		snprintf(mount_point, PATH_MAX, "%s", where);
	}
	code = make_directories(directory, error);
	if (!code && chmod(directory, 0700))
		code = error_set(error, -errno, "cannot set the mode of %s: %s", directory,
				 strerror(errno));
	return code;
}

/* Blanks, tabs, line breaks and backslashes are "\\ooo" there. */
static void unescape(char *text)
{
	char *to = text;

	for (; *text; text++) {
		unsigned value = 0, digits = 0;

		while (*text == '\\' && digits < 3 && text[1 + digits] >= '0' &&
		       text[1 + digits] <= '7')
			value = value * 8 + (unsigned)(text[1 + digits++] - '0');
		*to++ = digits == 3 ? (char)value : *text;
		text += digits == 3 ? 3 : 0;
	}
	*to = '\0';
}

/* Whether a bpffs of ours is mounted on the directory. The format: proc_pid_mountinfo(5). */
static bool is_our_mount(const char *directory)
{
	char *line = NULL;
	size_t size = 0;
	bool found = false;
	FILE *file = fopen("/proc/self/mountinfo", "re");

	if (!file)
		return false;
	while (!found && getline(&line, &size, file) > 0) {
		char point[PATH_MAX], type[64], source[64];
		char *dash = strstr(line, " - ");

		if (!dash || sscanf(line, "%*s %*s %*s %*s %4095s", point) != 1 ||
		    sscanf(dash, " - %63s %63s", type, source) != 2)
			continue;
		unescape(point);
		found = !strcmp(point, directory) && !strcmp(type, "bpf") &&
			!strcmp(source, MOUNT_SOURCE);
	}
	free(line);
	fclose(file);
	return found;
}

int bpffs_remove_directory(const char *directory, struct error *error)
{
	if (is_our_mount(directory) && umount2(directory, 0))
		return error_set(error, -errno, "cannot unmount %s: %s", directory,
				 strerror(errno));
	if (rmdir(directory) && errno != ENOENT)
		return error_set(error, -errno, "cannot remove %s: %s", directory, strerror(errno));
	return 0;
}
