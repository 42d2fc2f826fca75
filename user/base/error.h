/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * How the layers below the commands report. They never print: a function returns 0 or a negative
 * errno and fills a struct error; input that can hold many errors fills a struct diagnostics.
 */
#ifndef PORTFW_BASE_ERROR_H
#define PORTFW_BASE_ERROR_H

#include <stdbool.h>
#include <stddef.h>

/* One failure, as it follows "portfw: COMMAND: ". Empty text: none. Never longer than the array;
 * a longer message is cut. Needs no release. */
struct error {
	char text[512];
};

/* Fills *error (which may be NULL) and returns `code`, so that a caller can write
 * return error_set(error, -EINVAL, "...", ...). An earlier message is replaced. */
__attribute__((format(printf, 3, 4))) int error_set(struct error *error, int code,
						    const char *format, ...);

/* One remark about a place in an input text. */
struct diagnostic {
	bool warning;	 /* else an error */
	unsigned line;	 /* from 1 */
	unsigned column; /* from 1, in bytes; a tab counts as one */
	char text[256];
};

/* Remarks in the order of the text. After DIAGNOSTICS_MAX errors the reader stops and `truncated`
 * is set; warnings beyond DIAGNOSTICS_MAX are only counted. Zero-initialised: empty. */
#define DIAGNOSTICS_MAX 20
struct diagnostics {
	struct diagnostic list[2 * DIAGNOSTICS_MAX];
	unsigned count, errors, warnings;
	bool truncated;
};

/* Appends a remark; false: the limit of errors is reached, stop reading. */
__attribute__((format(printf, 5, 6))) bool diagnostics_add(struct diagnostics *diagnostics,
							   bool warning, unsigned line,
							   unsigned column, const char *format,
							   ...);

#endif
