/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Lists of addresses as they are published: one address, prefix or range a line, with comments
 * behind ';', '#' or "//", ended by LF or CRLF, perhaps with a byte order mark.
 */
#include "blocks.h"
#include "blocks_parts.h"
#include "line.h"
#include "utf8.h"
#include "words.h"
#include <errno.h>
#include <string.h>

#define LINE_LENGTH_USUAL 16
#define WORD_MAX 100 /* two addresses of IPv6 and a dash */

struct parser {
	struct block_list list;
	struct diagnostics *diagnostics;
	struct block_line_reader reader;
	bool csv, skips;
	size_t skipped;
	unsigned line_number;
	struct error error;
};

/* Part of a line. */
struct piece {
	const char *text;
	size_t length;
};

static bool is_blank(char byte)
{
	return byte == ' ' || byte == '\t' || byte == '\r' || byte == '\f' || byte == '\v';
}

static struct piece trim(struct piece piece)
{
	while (piece.length && is_blank(*piece.text)) {
		piece.text++;
		piece.length--;
	}
	while (piece.length && is_blank(piece.text[piece.length - 1]))
		piece.length--;
	return piece;
}

/* Without the comment. */
static struct piece strip(struct piece piece)
{
	for (size_t i = 0; i < piece.length; i++) {
		bool slashes =
			piece.text[i] == '/' && i + 1 < piece.length && piece.text[i + 1] == '/';

		if (piece.text[i] == '#' || piece.text[i] == ';' || slashes)
			piece.length = i;
	}
	return trim(piece);
}

/* The first column, without quotes. */
static struct piece first_column(struct piece piece)
{
	piece = trim(piece);
	for (size_t i = 0; i < piece.length; i++)
		if (strchr(",;\t", piece.text[i]) && piece.text[i])
			piece.length = i;
	piece = trim(piece);
	if (piece.length >= 2 && piece.text[0] == '"' && piece.text[piece.length - 1] == '"')
		piece = (struct piece){piece.text + 1, piece.length - 2};
	return strip(piece);
}

/* A copy, as words are read. */
static int copy_word(struct parser *parser, struct piece piece, char word[WORD_MAX + 1])
{
	char quoted[QUOTE_SIZE];

	if (piece.length <= WORD_MAX) {
		memcpy(word, piece.text, piece.length);
		word[piece.length] = '\0';
	}
	if (piece.length <= WORD_MAX && strlen(word) == piece.length)
		return 0;
	return error_set(&parser->error, -EINVAL, "%s is no address",
			 quote(quoted, piece.text, piece.length));
}

static int append(struct parser *parser, const struct prefix *prefix)
{
	return block_list_append(&parser->list, prefix, parser->reader.until);
}

/* --- Ranges ---------------------------------------------------------------------------------- */

typedef unsigned __int128 number;

static number number_of(const struct address6 *address)
{
	return (number)address->high << 64 | address->low;
}

/* The fewest prefixes that are all of it: from the left, the largest that begins there. */
static int append_range(struct parser *parser, unsigned family, number first, number last)
{
	const unsigned bits = prefix_length_max(family);
	int err = 0;

	while (err == 0) {
		unsigned free = 0;
		number size = 1;

		while (free < bits && !(first & size) && first + (size - 1) + size <= last &&
		       first + (size - 1) + size >= first) {
			free++;
			size <<= 1;
		}
		struct address6 start = {(__u64)(first >> 64), (__u64)first};
		struct prefix prefix = prefix_from(family, &start, bits - free);
		err = append(parser, &prefix);
		if (last - first < size || (free == 128))
			break;
		first += size;
	}
	return err;
}

static int read_range(struct parser *parser, struct piece left, struct piece right)
{
	char words[2][WORD_MAX + 1], quoted[QUOTE_SIZE];
	struct piece pieces[2] = {trim(left), trim(right)};
	struct address6 ends[2];
	struct prefix prefix;
	unsigned family = 0;

	for (unsigned i = 0; i < 2; i++) {
		int err = copy_word(parser, pieces[i], words[i]);

		if (err == 0)
			err = words_read_prefix(words[i], &prefix, &parser->error);
		if (err)
			return err;
		if (prefix.length != prefix_length_max(prefix.family) ||
		    (i && prefix.family != family))
			return error_set(&parser->error, -EINVAL,
					 "%s: a range has two addresses of one family",
					 quote(quoted, words[i], strlen(words[i])));
		family = prefix.family;
		ends[i] = prefix_first(&prefix);
	}
	if (number_of(&ends[1]) < number_of(&ends[0]))
		return error_set(&parser->error, -EINVAL, "a range that ends before it begins");
	return append_range(parser, family, number_of(&ends[0]), number_of(&ends[1]));
}

/* --- Lines ----------------------------------------------------------------------------------- */

static int read_word(struct parser *parser, struct piece piece)
{
	char word[WORD_MAX + 1], quoted[QUOTE_SIZE];
	struct prefix prefix;
	int err = copy_word(parser, piece, word);
	size_t end = err ? 0 : strcspn(word, " \t,");

	if (err)
		return err;
	if (word[end] && !parser->csv)
		return error_set(&parser->error, -EINVAL,
				 "%s: one address a line; further columns only with --csv",
				 quote(quoted, word, strlen(word)));
	err = words_read_prefix(word, &prefix, &parser->error);
	return err ? err : append(parser, &prefix);
}

static int read_piece(struct parser *parser, struct piece piece)
{
	const char *dash = memchr(piece.text, '-', piece.length);
	struct block_entry entry;
	size_t before = dash ? (size_t)(dash - piece.text) : 0;

	if (block_line_read(piece.text, piece.length, &parser->reader, &entry))
		return append(parser, &entry.prefix);
	if (!dash)
		return read_word(parser, piece);
	return read_range(parser, (struct piece){piece.text, before},
			  (struct piece){dash + 1, piece.length - before - 1});
}

/* -ENOMEM; -E2BIG: too many errors to go on. Other errors are remarks. */
static int parse_line(void *argument, const char *text, size_t length)
{
	static const char mark[] = "\xef\xbb\xbf"; /* U+FEFF in UTF-8 */
	struct parser *parser = argument;
	struct piece piece = {text, length};
	int err;

	if (++parser->line_number == 1 && length >= 3 && memcmp(text, mark, 3) == 0)
		piece = (struct piece){text + 3, length - 3};
	piece = parser->csv ? first_column(piece) : strip(piece);
	if (!piece.length)
		return 0;
	err = read_piece(parser, piece);
	if (err != -EINVAL)
		return err;
	parser->skipped++;
	if (parser->skips)
		return 0;
	return diagnostics_add(parser->diagnostics, false, parser->line_number,
			       (unsigned)(piece.text - text) + 1, "%s", parser->error.text)
		       ? 0
		       : -E2BIG;
}

int block_list_parse_published(const char *text, size_t length, bool csv, size_t *skipped,
			       struct block_list *list, struct diagnostics *diagnostics)
{
	struct parser parser = {.list = BLOCK_LIST_INIT,
				.diagnostics = diagnostics,
				.reader = {.bare = true},
				.csv = csv,
				.skips = skipped};
	int err = block_list_reserve(&parser.list, length / LINE_LENGTH_USUAL + 1);

	if (!err)
		err = lines_each(text, length, parse_line, &parser);
	block_list_normalise(&parser.list);
	if (!err && parser.list.count > BLOCKS_MAX) {
		diagnostics_add(diagnostics, false, parser.line_number, 1,
				"%zu addresses: at most %d can be blocked", parser.list.count,
				BLOCKS_MAX);
		err = -EINVAL;
	}
	if (!err && diagnostics->errors)
		err = -EINVAL;
	if (err) {
		block_list_free(&parser.list);
		return err == -E2BIG ? -EINVAL : err;
	}
	if (skipped)
		*skipped = parser.skipped;
	*list = parser.list;
	return 0;
}
