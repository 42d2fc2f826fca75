/* SPDX-License-Identifier: GPL-2.0-only */
#include "line.h"
#include "utf8.h"
#include <errno.h>
#include <string.h>

/* Where the reader stands in the line, and where its words go. */
struct cursor {
	const char *text;
	size_t at, length;
	char *out;
	struct error *error;
};

static bool at_blank(const struct cursor *cursor)
{
	return cursor->at < cursor->length &&
	       (cursor->text[cursor->at] == ' ' || cursor->text[cursor->at] == '\t');
}

static bool at_word_end(const struct cursor *cursor)
{
	return cursor->at == cursor->length || at_blank(cursor);
}

static int quoted_read(struct cursor *cursor)
{
	size_t opened = cursor->at++;

	while (cursor->at < cursor->length && cursor->text[cursor->at] != '"') {
		if (cursor->text[cursor->at] == '\\') {
			cursor->at++;
			if (cursor->at == cursor->length ||
			    !strchr("\"\\", cursor->text[cursor->at])) {
				cursor->at--;
				return error_set(cursor->error, -EINVAL,
						 "only \\\" and \\\\ may "
						 "follow a backslash in quotes");
			}
		}
		*cursor->out++ = cursor->text[cursor->at++];
	}
	if (cursor->at == cursor->length) {
		cursor->at = opened;
		return error_set(cursor->error, -EINVAL, "the quote is not closed");
	}
	cursor->at++;
	if (!at_word_end(cursor))
		return error_set(cursor->error, -EINVAL, "a blank must follow the closing quote");
	return 0;
}

static int bare_read(struct cursor *cursor)
{
	for (; !at_word_end(cursor); cursor->at++) {
		if (cursor->text[cursor->at] == '"')
			return error_set(cursor->error, -EINVAL,
					 "a quote inside a word: quote the whole word");
		*cursor->out++ = cursor->text[cursor->at];
	}
	return 0;
}

static int words_split(struct cursor *cursor, struct line *line)
{
	for (;;) {
		int err;

		while (at_blank(cursor))
			cursor->at++;
		if (cursor->at == cursor->length || cursor->text[cursor->at] == '#')
			return 0;
		line->words[line->count] = cursor->out;
		line->columns[line->count++] = (unsigned)cursor->at + 1;
		err = cursor->text[cursor->at] == '"' ? quoted_read(cursor) : bare_read(cursor);
		if (err)
			return err;
		*cursor->out++ = '\0';
		line->end = cursor->at + 1;
	}
}

int line_split(const char *text, size_t length, struct line *line, unsigned *column,
	       struct error *error)
{
	struct cursor cursor = {
		.text = text, .length = length, .out = line->buffer, .error = error};
	const char *fault;
	size_t place;
	int err;

	line->count = 0;
	line->end = 1;
	if (length > TEXT_LINE_MAX) {
		*column = TEXT_LINE_MAX + 1;
		return error_set(error, -EINVAL, "the line is too long: %zu bytes, at most %d",
				 length, TEXT_LINE_MAX);
	}
	if (!utf8_check(text, length, true, &place, &fault)) {
		*column = (unsigned)place + 1;
		return error_set(error, -EINVAL, "%s", fault);
	}
	err = words_split(&cursor, line);
	if (err)
		*column = (unsigned)cursor.at + 1;
	return err;
}

int lines_each(const char *text, size_t length,
	       int (*take)(void *argument, const char *line, size_t length), void *argument)
{
	const char *end = text + length, *next;
	int code = 0;

	for (; text < end && code == 0; text = next) {
		const char *newline = memchr(text, '\n', (size_t)(end - text));

		next = newline ? newline + 1 : end;
		code = take(argument, text, (size_t)((newline ? newline : end) - text));
	}
	return code;
}
