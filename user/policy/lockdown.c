/* SPDX-License-Identifier: GPL-2.0-only */
#include "lockdown.h"
#include "line.h"
#include "scope.h"
#include "utf8.h"
#include "words.h"
#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int lockdown_keep(struct lockdown *lockdown, const struct prefix *prefix, struct error *error)
{
	if (lockdown_keeps(lockdown, prefix))
		return 0;
	if (lockdown->keep_count == KEEP_MAX)
		return error_set(error, -ENOSPC, "lockdown keeps at most %d sources", KEEP_MAX);
	lockdown->keep[lockdown->keep_count++] = *prefix;
	return 0;
}

bool lockdown_keeps(const struct lockdown *lockdown, const struct prefix *prefix)
{
	for (size_t i = 0; i < lockdown->keep_count; i++)
		if (prefix_holds(&lockdown->keep[i], prefix))
			return true;
	return false;
}

/* --- Reading ------------------------------------------------------------------------------- */

/* Where the reader is, and what it has found. */
struct reader {
	struct lockdown found;
	struct diagnostics *diagnostics;
	unsigned number; /* of the line */
	bool anything;	 /* but blanks */
	struct line line;
};

static int read_words(struct reader *reader, struct error *error)
{
	const char *const *words = reader->line.words;
	size_t count = reader->line.count;
	struct prefix prefix;
	char quoted[QUOTE_SIZE];

	if (count == 2 && strcmp(words[0], "keep") == 0) {
		int code = words_read_prefix(words[1], &prefix, error);
		return code ? code : lockdown_keep(&reader->found, &prefix, error);
	}
	if (count == 2 && strcmp(words[0], "until") == 0)
		return words_read_time(words[1], &reader->found.until, error);
	if (count == 2 && strcmp(words[0], "attach") == 0 && strcmp(words[1], "all") == 0) {
		reader->found.attach_all = true;
		return 0;
	}
	return error_set(error, -EINVAL,
			 "not understood, at the word %s: a line is \"keep ADDRESS\", \"until "
			 "TIME\" or \"attach all\"",
			 quote(quoted, words[0], strlen(words[0])));
}

/* Goes on after a line that it cannot read. */
static int read_line(void *argument, const char *text, size_t length)
{
	struct reader *reader = argument;
	struct error error = {""};
	unsigned column = 1;
	int code;

	reader->number++;
	while (length && isspace((unsigned char)text[length - 1]))
		length--;
	if (length)
		reader->anything = true;
	code = line_split(text, length, &reader->line, &column, &error);
	if (code == 0 && reader->line.count)
		code = read_words(reader, &error);
	if (code)
		diagnostics_add(reader->diagnostics, false, reader->number, column, "%s",
				error.text);
	return 0;
}

bool lockdown_parse_tolerant(const char *text, size_t length, struct lockdown *lockdown,
			     struct diagnostics *diagnostics)
{
	struct reader reader;

	reader.found = (struct lockdown){.keep_count = 0};
	reader.diagnostics = diagnostics;
	reader.number = 0;
	reader.anything = false;
	lines_each(text, length, read_line, &reader);
	if (reader.anything)
		*lockdown = reader.found;
	return reader.anything;
}

int lockdown_parse(const char *text, struct lockdown *lockdown, struct error *error)
{
	struct lockdown found = {.keep_count = 0};
	struct diagnostics diagnostics = {.count = 0};

	lockdown_parse_tolerant(text, strlen(text), &found, &diagnostics);
	if (diagnostics.errors)
		return error_set(error, -EINVAL, "line %u: %s", diagnostics.list[0].line,
				 diagnostics.list[0].text);
	*lockdown = found;
	return 0;
}

/* --- Writing ------------------------------------------------------------------------------- */

char *lockdown_print(const struct lockdown *lockdown)
{
	char *text = NULL,
	     word[WORDS_PREFIX_SIZE > WORDS_TIME_SIZE ? WORDS_PREFIX_SIZE : WORDS_TIME_SIZE];
	size_t length;
	FILE *out = open_memstream(&text, &length);

	if (!out)
		return NULL;
	fputs("# Lockdown is on: written by `portfw lockdown`, removed by `portfw unlock`.\n", out);
	for (size_t i = 0; i < lockdown->keep_count; i++) {
		words_print_prefix(&lockdown->keep[i], word);
		fprintf(out, "keep %s\n", word);
	}
	if (lockdown->until) {
		words_print_time(lockdown->until, word);
		fprintf(out, "until %s\n", word);
	}
	if (lockdown->attach_all)
		fputs("attach all\n", out);
	if (fclose(out)) {
		free(text);
		return NULL;
	}
	return text;
}
