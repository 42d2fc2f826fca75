/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The text of a block list. Every command that changes the list reads and writes all of it, up to
 * BLOCKS_MAX lines, so lines of the usual form take a short path; all others are read as words,
 * which also says what is wrong with them.
 */
#include "blocks.h"
#include "blocks_parts.h"
#include "line.h"
#include "utf8.h"
#include "words.h"
#include <errno.h>
#include <string.h>

#define LINE_LENGTH_USUAL 16

struct parser {
	const char *text;
	struct block_list list;
	struct diagnostics *diagnostics;
	struct block_line_reader reader;
	bool tolerant; /* lines with errors are left out */
	unsigned line_number;
	struct line line;
	struct error error;
};

/* `until TIME` from word `at` on. *bad receives the index of the word at fault. */
static int read_until(struct parser *parser, size_t at, size_t *bad, __s64 *until)
{
	const struct line *line = &parser->line;
	char quoted[QUOTE_SIZE];
	int err;

	*bad = at;
	if (at == line->count)
		return 0;
	if (parser->reader.bare)
		return error_set(&parser->error, -EINVAL, "unexpected word %s: one address a line",
				 quote(quoted, line->words[at], strlen(line->words[at])));
	if (strcmp(line->words[at], "until") != 0)
		return error_set(&parser->error, -EINVAL,
				 "unexpected word %s: after the address comes \"until TIME\"",
				 quote(quoted, line->words[at], strlen(line->words[at])));
	*bad = ++at;
	if (at == line->count)
		return error_set(&parser->error, -EINVAL, "\"until\" needs a time");
	err = words_read_time(line->words[at], until, &parser->error);
	if (err)
		return err;
	*bad = ++at;
	if (at < line->count)
		return error_set(&parser->error, -EINVAL, "unexpected word %s after the time",
				 quote(quoted, line->words[at], strlen(line->words[at])));
	return 0;
}

static int read_words(struct parser *parser, size_t *bad, struct block_entry *entry)
{
	const struct line *line = &parser->line;
	size_t at = parser->reader.bare ? 0 : 1;
	char quoted[QUOTE_SIZE];
	int err;

	*bad = 0;
	if (!parser->reader.bare && strcmp(line->words[0], "block") != 0)
		return error_set(&parser->error, -EINVAL,
				 "unknown word %s: a line begins with block",
				 quote(quoted, line->words[0], strlen(line->words[0])));
	*bad = at;
	if (at == line->count)
		return error_set(&parser->error, -EINVAL, "\"block\" needs an address or prefix");
	err = words_read_prefix(line->words[at], &entry->prefix, &parser->error);
	entry->until = parser->reader.until;
	return err ? err : read_until(parser, at + 1, bad, &entry->until);
}

static int add_error(struct parser *parser, unsigned column)
{
	return diagnostics_add(parser->diagnostics, false, parser->line_number, column, "%s",
			       parser->error.text) ||
			       parser->tolerant
		       ? 0
		       : -E2BIG;
}

static int append(struct parser *parser, const struct block_entry *entry, const char *line)
{
	struct block_list *list = &parser->list;
	int err = block_list_append(list, &entry->prefix, entry->until);

	if (!err)
		list->entries[list->count - 1].order = (unsigned)(line - parser->text);
	return err;
}

/* -ENOMEM; -E2BIG: too many errors to go on. Other errors are remarks. */
static int parse_line(void *argument, const char *text, size_t length)
{
	struct parser *parser = argument;
	struct block_entry entry;
	unsigned column;
	size_t bad;

	parser->line_number++;
	if (!block_line_read(text, length, &parser->reader, &entry)) {
		parser->reader.strange = true;
		if (line_split(text, length, &parser->line, &column, &parser->error))
			return add_error(parser, column);
		if (parser->line.count == 0)
			return 0;
		if (read_words(parser, &bad, &entry))
			return add_error(parser, bad < parser->line.count
							 ? parser->line.columns[bad]
							 : (unsigned)parser->line.end);
	}
	return append(parser, &entry, text);
}

static int parse(struct parser *parser, const char *text, size_t length, struct block_list *list)
{
	int err = block_list_reserve(&parser->list, length / LINE_LENGTH_USUAL + 1);

	parser->text = text;
	if (!err)
		err = lines_each(text, length, parse_line, parser);
	parser->list.canonical = !parser->reader.bare && !parser->reader.strange &&
				 parser->list.normal && (length == 0 || text[length - 1] == '\n');
	block_list_normalise(&parser->list);
	if (!err && parser->list.count > BLOCKS_MAX) {
		error_set(&parser->error, -EINVAL, "%zu addresses: at most %d can be blocked",
			  parser->list.count, BLOCKS_MAX);
		err = add_error(parser, 1);
	}
	if (!err && parser->tolerant && parser->list.count > BLOCKS_MAX)
		parser->list.count = BLOCKS_MAX;
	if (!err && parser->diagnostics->errors && !parser->tolerant)
		err = -EINVAL;
	if (err) {
		block_list_free(&parser->list);
		return err == -E2BIG ? -EINVAL : err;
	}
	*list = parser->list;
	return 0;
}

static void parser_start(struct parser *parser, struct diagnostics *diagnostics)
{
	/* The line is written as far as it is used. */
	parser->list = (struct block_list)BLOCK_LIST_INIT;
	parser->diagnostics = diagnostics;
	parser->reader = (struct block_line_reader){0};
	parser->tolerant = false;
	parser->line_number = 0;
}

int block_list_parse(const char *text, size_t length, struct block_list *list,
		     struct diagnostics *diagnostics)
{
	struct parser parser;

	parser_start(&parser, diagnostics);
	return parse(&parser, text, length, list);
}

int block_list_parse_tolerant(const char *text, size_t length, struct block_list *list,
			      struct diagnostics *diagnostics)
{
	struct parser parser;

	parser_start(&parser, diagnostics);
	parser.tolerant = true;
	return parse(&parser, text, length, list);
}

int block_list_parse_addresses(const char *text, size_t length, __s64 until,
			       struct block_list *list, struct diagnostics *diagnostics)
{
	struct parser parser;

	parser_start(&parser, diagnostics);
	parser.reader.bare = true;
	parser.reader.until = until;
	return parse(&parser, text, length, list);
}
