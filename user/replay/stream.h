/* SPDX-License-Identifier: GPL-2.0-only */
/* The bytes of a capture, from a file or standard input, gzip unpacked on the way. */
#ifndef PORTFW_REPLAY_STREAM_H
#define PORTFW_REPLAY_STREAM_H

#include "base/error.h"
#include <stdio.h>
#include <sys/types.h>
#include <zlib.h>

#define STREAM_HEAD 8

struct stream {
	FILE *file; /* reads what is unpacked; closing it closes all */
	gzFile packed;
	off_t size; /* of the file; 0: not known */
	/* What the stream begins with, which is read from it all the same. */
	unsigned char head[STREAM_HEAD];
	size_t head_length, head_read;
};

/* "-": standard input. The stream must not move. Negative errno with a message that does not repeat
 * the path; -EPROTO: it is compressed by something else than gzip, which the message names. */
int stream_open(const char *path, struct stream *stream, struct error *error);

/* Behind the end: whether that came too early; 1 with a message, else 0. */
int stream_broken(const struct stream *stream, struct error *error);

/* What part has been read, in percent; negative: that cannot be told. */
int stream_progress(const struct stream *stream);

#endif
