/* SPDX-License-Identifier: GPL-2.0-only */
/* A line of policy text, split into words. */
#ifndef PORTFW_POLICY_LINE_H
#define PORTFW_POLICY_LINE_H

#include "text.h"

#define LINE_WORDS_MAX (TEXT_LINE_MAX / 2 + 1)

struct line {
	size_t count;
	size_t end; /* the column just behind the last word */
	const char *words[LINE_WORDS_MAX];
	unsigned columns[LINE_WORDS_MAX];
	/* The words, without quotes and escapes, each with its NUL. */
	char buffer[TEXT_LINE_MAX + LINE_WORDS_MAX];
};

/* Splits `length` bytes without a newline: words between blanks, double quotes with \" and \\,
 * `#` at the start of a word begins a comment. -EINVAL: not text, too long or badly quoted;
 * *column receives the place. Of *line only the parts in use are written. */
int line_split(const char *text, size_t length, struct line *line, unsigned *column,
	       struct error *error);

/* Hands each line of a text, without its newline, to `take`, until that does not return 0. */
int lines_each(const char *text, size_t length,
	       int (*take)(void *argument, const char *line, size_t length), void *argument);

#endif
