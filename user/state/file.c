/* SPDX-License-Identifier: GPL-2.0-only */
/* Reading policy files. */
#include "file.h"
#include "file_kind.h"
#include "file_trust.h"
#include "policy/buffer.h"
#include "policy/text.h"
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static void free_pointer(void *pointer)
{
	free(*(void **)pointer);
}
#define _cleanup_free_ __attribute__((cleanup(free_pointer)))

static void close_fd(int *fd)
{
	if (*fd >= 0)
		close(*fd);
}
#define _cleanup_close_ __attribute__((cleanup(close_fd)))

const char *file_kind(mode_t mode)
{
	static const struct {
		mode_t type;
		const char *name;
	} kinds[] = {
		{S_IFDIR, "a directory"},    {S_IFIFO, "a FIFO"},
		{S_IFSOCK, "a socket"},	     {S_IFCHR, "a character device"},
		{S_IFBLK, "a block device"}, {S_IFREG, "a regular file"},
	};

	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		if ((mode & S_IFMT) == kinds[i].type)
			return kinds[i].name;
	return "no file";
}

static int too_large(struct error *error)
{
	return error_set(error, -EFBIG, "larger than %u MiB", TEXT_FILE_MAX / (1024 * 1024));
}

/* Standard input may have been made non-blocking by whoever else holds it. */
static ssize_t read_some(int fd, char *buffer, size_t size)
{
	for (;;) {
		ssize_t count = read(fd, buffer, size);

		if (count >= 0)
			return count;
		if (errno == EAGAIN) {
			struct pollfd ready = {.fd = fd, .events = POLLIN};

			if (poll(&ready, 1, -1) < 0 && errno != EINTR)
				return -errno;
		} else if (errno != EINTR) {
			return -errno;
		}
	}
}

/* Reads to the end; `expected` bytes are likely. */
static int read_all(int fd, size_t expected, char **text, size_t *length, struct error *error)
{
	size_t capacity = expected + 2, count = 0; /* the NUL, and one byte to see the end */
	_cleanup_free_ char *buffer = buffer_allocate(capacity);

	if (!buffer)
		return error_set(error, -ENOMEM, "out of memory");
	for (;;) {
		ssize_t got = read_some(fd, buffer + count, capacity - count - 1);

		if (got < 0)
			return error_set(error, (int)got, "cannot read: %s", strerror((int)-got));
		count += (size_t)got;
		if (got == 0)
			break;
		if (count > TEXT_FILE_MAX)
			return too_large(error);
		if (count + 1 == capacity) {
			char *larger = realloc(buffer, 2 * capacity);

			if (!larger)
				return error_set(error, -ENOMEM, "out of memory");
			buffer = larger;
			capacity *= 2;
		}
	}
	buffer[count] = '\0';
	*text = buffer;
	*length = count;
	buffer = NULL;
	return 0;
}

static int open_file(const char *path, struct error *error)
{
	int fd = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC | O_NOCTTY);
	int code = -errno;
	struct stat status;

	if (fd >= 0)
		return fd;
	/* Somebody put it there: that is not the same as no file. */
	if (code == -ENOENT && lstat(path, &status) == 0)
		return error_set(error, -EINVAL, "a symbolic link to a file that does not exist");
	if (code == -ENXIO && stat(path, &status) == 0) /* what open(2) says of a socket */
		return error_set(error, -EINVAL, "not a regular file but %s",
				 file_kind(status.st_mode));
	return error_set(error, code, "%s", strerror(-code));
}

static int check_file(const struct stat *status, bool given, struct error *error)
{
	if (!S_ISREG(status->st_mode))
		return error_set(error, -EINVAL, "not a regular file but %s",
				 file_kind(status->st_mode));
	if (given && status->st_mode & S_IWOTH)
		return error_set(error, -EACCES,
				 "everybody can write to it: fix that with chmod o-w");
	if (status->st_size > TEXT_FILE_MAX)
		return too_large(error);
	return 0;
}

static int read_file(const char *path, bool given, char **text, size_t *length, struct error *error)
{
	_cleanup_close_ int fd = open_file(path, error);
	struct stat status;
	int err;

	if (fd < 0)
		return fd;
	if (fstat(fd, &status) != 0) {
		err = -errno;
		return error_set(error, err, "%s", strerror(-err));
	}
	err = check_file(&status, given, error);
	if (err)
		return err;
	return read_all(fd, (size_t)status.st_size, text, length, error);
}

int file_read(const char *path, char **text, size_t *length, struct error *error)
{
	enum { STANDARD_INPUT_EXPECTED = 64 * 1024 };

	if (strcmp(path, "-") == 0)
		return read_all(STDIN_FILENO, STANDARD_INPUT_EXPECTED, text, length, error);
	return read_file(path, true, text, length, error);
}

int file_read_own(const char *path, char **text, size_t *length, struct error *error)
{
	int code = trust_file(path, error);

	return code ? code : read_file(path, false, text, length, error);
}

int file_read_any(const char *path, char **text, size_t *length, struct error *error)
{
	return read_file(path, false, text, length, error);
}
