/* SPDX-License-Identifier: GPL-2.0-only */
#include "stream.h"
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define BUFFER_SIZE (256 * 1024)

/* --- What is not read ----------------------------------------------------------------------- */

/* The beginnings of what else captures are compressed by, and what unpacks it. */
static const struct {
	const char *magic, *name, *tool;
} others[] = {
	{"\x28\xb5\x2f\xfd", "zstd", "zstd -dc"},
	{"\xfd"
	 "7zXZ",
	 "xz", "xz -dc"},
	{"BZh", "bzip2", "bzip2 -dc"},
	{"\x04\x22\x4d\x18", "lz4", "lz4 -dc"},
	{"PK\x03\x04", "zip", "unzip -p"},
	{"\x1f\x9d", "compress", "zcat"},
};

static int refuse_others(const struct stream *stream, struct error *error)
{
	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
		size_t length = strlen(others[i].magic);

		if (stream->head_length >= length &&
		    memcmp(stream->head, others[i].magic, length) == 0)
			return error_set(error, -EPROTO,
					 "compressed by %s, unpack it: `%s FILE | portfw replay -`",
					 others[i].name, others[i].tool);
	}
	return 0;
}

/* --- The file ------------------------------------------------------------------------------- */

static ssize_t read_cookie(void *cookie, char *buffer, size_t size)
{
	struct stream *stream = cookie;
	size_t left = stream->head_length - stream->head_read;
	int count;

	if (left) {
		size = size < left ? size : left;
		memcpy(buffer, stream->head + stream->head_read, size);
		stream->head_read += size;
		return (ssize_t)size;
	}
	count = gzread(stream->packed, buffer, (unsigned)(size < BUFFER_SIZE ? size : BUFFER_SIZE));
	if (count < 0 && !errno)
		errno = EIO;
	return count;
}

static int close_cookie(void *cookie)
{
	struct stream *stream = cookie;

	return gzclose(stream->packed) == Z_OK ? 0 : -1;
}

static int open_packed(const char *path, struct stream *stream, struct error *error)
{
	bool standard = strcmp(path, "-") == 0;
	int fd = standard ? fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 3)
			  : open(path, O_RDONLY | O_CLOEXEC);
	struct stat status;

	if (fd < 0)
		return error_set(error, -errno, "%s", strerror(errno));
	if (fstat(fd, &status) == 0 && S_ISREG(status.st_mode))
		stream->size = status.st_size;
	stream->packed = gzdopen(fd, "rb");
	if (stream->packed)
		return 0;
	close(fd);
	return error_set(error, -ENOMEM, "out of memory");
}

static int read_head(struct stream *stream, struct error *error)
{
	int count;

	errno = 0;
	count = gzread(stream->packed, stream->head, sizeof(stream->head));
	if (count < 0)
		return stream_broken(stream, error) ? -EPROTO : -EIO;
	stream->head_length = (size_t)count;
	return refuse_others(stream, error);
}

int stream_open(const char *path, struct stream *stream, struct error *error)
{
	const cookie_io_functions_t functions = {.read = read_cookie, .close = close_cookie};
	int code;

	*stream = (struct stream){.file = NULL};
	code = open_packed(path, stream, error);
	if (code)
		return code;
	gzbuffer(stream->packed, BUFFER_SIZE);
	code = read_head(stream, error);
	if (code == 0)
		stream->file = fopencookie(stream, "r", functions);
	if (code == 0 && !stream->file)
		code = error_set(error, -ENOMEM, "out of memory");
	if (code)
		gzclose(stream->packed);
	else
		setvbuf(stream->file, NULL, _IOFBF, BUFFER_SIZE);
	return code;
}

int stream_broken(const struct stream *stream, struct error *error)
{
	int number;
	const char *why = gzerror(stream->packed, &number);

	if (number == Z_OK || number == Z_STREAM_END)
		return 0;
	if (number == Z_BUF_ERROR)
		error_set(error, -EPROTO, "the compressed file ends in the middle");
	else if (number == Z_ERRNO)
		error_set(error, -EPROTO, "%s", strerror(errno));
	else
		error_set(error, -EPROTO, "the compressed file is broken: %s", why);
	return 1;
}

int stream_progress(const struct stream *stream)
{
	off_t at = stream->size ? gzoffset(stream->packed) : -1;

	return at < 0 ? -1 : (int)(at * 100 / stream->size);
}
