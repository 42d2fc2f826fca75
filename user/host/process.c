/* SPDX-License-Identifier: GPL-2.0-only */
#include "process.h"

#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define DELETED " (deleted)"

/* A file of the process as a string, cut at `size`. */
static bool read_file(int proc, pid_t pid, const char *name, char *text, size_t size)
{
	char path[64];
	ssize_t length;
	int fd;

	snprintf(path, sizeof(path), "%d/%s", (int)pid, name);
	fd = openat(proc, path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return false;
	length = read(fd, text, size - 1);
	close(fd);
	text[length < 0 ? 0 : length] = '\0';
	return length >= 0;
}

/* --- Its name ------------------------------------------------------------------------------ */

/* The program file's, which the process cannot choose, unlike its comm. */
static bool read_program_name(int proc, pid_t pid, char *name, size_t size)
{
	char link[64], target[PATH_MAX];
	const char *slash;
	ssize_t length;

	snprintf(link, sizeof(link), "%d/exe", (int)pid);
	length = readlinkat(proc, link, target, sizeof(target) - 1);
	if (length <= 0)
		return false;
	target[length] = '\0';
	if ((size_t)length > strlen(DELETED) &&
	    strcmp(target + length - strlen(DELETED), DELETED) == 0)
		target[(size_t)length - strlen(DELETED)] = '\0';
	slash = strrchr(target, '/');
	snprintf(name, size, "%.*s", (int)size - 1, slash ? slash + 1 : target);
	return true;
}

/* --- Its unit ------------------------------------------------------------------------------ */

static bool is_unit(const char *name, size_t length)
{
	static const char *const suffixes[] = {".service", ".scope", ".socket", ".mount", ".swap"};

	for (size_t i = 0; i < sizeof(suffixes) / sizeof(*suffixes); i++) {
		size_t suffix = strlen(suffixes[i]);

		if (length > suffix && memcmp(name + length - suffix, suffixes[i], suffix) == 0)
			return true;
	}
	return false;
}

/* The last component of a cgroup's path that is a unit; below it may be cgroups of its own. */
static bool find_unit(const char *path, char *unit, size_t size)
{
	size_t end = strlen(path);

	while (end) {
		size_t start = end;

		while (start && path[start - 1] != '/')
			start--;
		if (is_unit(path + start, end - start)) {
			snprintf(unit, size, "%.*s", (int)(end - start), path + start);
			return true;
		}
		end = start ? start - 1 : 0;
	}
	return false;
}

/* Lines of "NUMBER:CONTROLLERS:PATH". systemd's are those of cgroup v2, which has no controllers
 * there, and of a hierarchy of that name in v1. */
static void read_unit(int proc, pid_t pid, char *unit, size_t size)
{
	static const char *const hierarchies[] = {"0::", ":name=systemd:"};
	char text[8192], *rest = text;

	*unit = '\0';
	if (!read_file(proc, pid, "cgroup", text, sizeof(text)))
		return;
	for (char *line = strsep(&rest, "\n"); line; line = strsep(&rest, "\n")) {
		const char *systemd = strstr(line, hierarchies[1]);

		if (strncmp(line, hierarchies[0], strlen(hierarchies[0])) == 0 &&
		    find_unit(line + strlen(hierarchies[0]), unit, size))
			return;
		if (systemd && find_unit(systemd + strlen(hierarchies[1]), unit, size))
			return;
	}
}

/* --- The whole ----------------------------------------------------------------------------- */

bool process_describe(int proc, pid_t pid, struct process *process)
{
	struct process found = {.pid = pid};
	struct stat facts;
	char directory[32];

	snprintf(directory, sizeof(directory), "%d", (int)pid);
	if (fstatat(proc, directory, &facts, 0))
		return false;
	found.uid = facts.st_uid;
	if (!read_program_name(proc, pid, found.name, sizeof(found.name))) {
		if (!read_file(proc, pid, "comm", found.name, sizeof(found.name)))
			return false;
		found.name[strcspn(found.name, "\n")] = '\0';
	}
	read_unit(proc, pid, found.unit, sizeof(found.unit));
	*process = found;
	return true;
}
