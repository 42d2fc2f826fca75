/* SPDX-License-Identifier: GPL-2.0-only */
#include "lock.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define WAIT_SECONDS 10
#define RETRY_NANOSECONDS 10000000

/* The command name of a process, "?" if it cannot be read. */
static void process_name(pid_t pid, char *name, size_t size)
{
	char path[64];
	FILE *file;

	snprintf(name, size, "?");
	snprintf(path, sizeof(path), "/proc/%d/comm", (int)pid);
	file = fopen(path, "re");
	if (!file)
		return;
	if (fgets(name, (int)size, file))
		name[strcspn(name, "\n")] = '\0';
	fclose(file);
}

static int say_holder(int fd, unsigned seconds, struct error *error)
{
	struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
	char name[32];

	if (fcntl(fd, F_GETLK, &lock) || lock.l_type == F_UNLCK)
		return error_set(error, -EBUSY, "another portfw command is at work; try again");
	process_name(lock.l_pid, name, sizeof(name));
	return error_set(error, -EBUSY,
			 "another command has held the lock for %u s: process %d (%s)", seconds,
			 (int)lock.l_pid, name);
}

/* Like mkdir -p; the last component gets mode 0700. */
static int make_directory(const char *path)
{
	char part[PATH_MAX];

	if (snprintf(part, sizeof(part), "%s", path) >= (int)sizeof(part))
		return -ENAMETOOLONG;
	for (char *slash = strchr(part + 1, '/'); slash; slash = strchr(slash + 1, '/')) {
		*slash = '\0';
		if (mkdir(part, 0755) && errno != EEXIST)
			return -errno;
		*slash = '/';
	}
	return mkdir(part, 0700) && errno != EEXIST ? -errno : 0;
}

int lock_take(const char *run_dir, struct error *error)
{
	return lock_take_within(run_dir, WAIT_SECONDS, error);
}

int lock_take_within(const char *run_dir, unsigned seconds, struct error *error)
{
	struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
	const struct timespec pause = {.tv_nsec = RETRY_NANOSECONDS};
	struct timespec start, now;
	char path[PATH_MAX];
	int fd, code;

	code = make_directory(run_dir);
	if (code)
		return error_set(error, code, "cannot make %s: %s", run_dir, strerror(-code));
	if (snprintf(path, sizeof(path), "%s/lock", run_dir) >= (int)sizeof(path))
		return error_set(error, -ENAMETOOLONG, "%s: path too long", run_dir);
	fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (fd < 0)
		return error_set(error, -errno, "cannot open %s: %s", path, strerror(errno));
	clock_gettime(CLOCK_MONOTONIC, &start);
	while (fcntl(fd, F_SETLK, &lock)) {
		code = -errno;
		if (code != -EAGAIN && code != -EACCES && code != -EINTR) {
			close(fd);
			return error_set(error, code, "cannot lock %s: %s", path, strerror(-code));
		}
		clock_gettime(CLOCK_MONOTONIC, &now);
		if (now.tv_sec - start.tv_sec - (now.tv_nsec < start.tv_nsec) >= (time_t)seconds) {
			code = say_holder(fd, seconds, error);
			close(fd);
			return code;
		}
		nanosleep(&pause, NULL);
	}
	return fd;
}

bool lock_is_held(const char *run_dir)
{
	struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
	char path[PATH_MAX];
	bool held;
	int fd;

	if (snprintf(path, sizeof(path), "%s/lock", run_dir) >= (int)sizeof(path))
		return false;
	fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	if (fd < 0)
		return false;
	held = fcntl(fd, F_GETLK, &lock) == 0 && lock.l_type != F_UNLCK;
	close(fd);
	return held;
}
