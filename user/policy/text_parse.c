/* SPDX-License-Identifier: GPL-2.0-only */
#include "line.h"
#include "text.h"
#include "utf8.h"
#include "words.h"
#include <errno.h>
#include <string.h>

struct parser {
	struct policy policy;
	struct attachments attached;
	struct diagnostics *diagnostics;
	unsigned line_number;
	unsigned default_line; /* the last `default` so far, 0: none */
	struct line line;
	/* The words behind the verb, and what the verb's reader says of them. */
	struct words words;
	size_t bad_word; /* index into words */
	struct error error, warning;
};

static int parse_attach(struct parser *parser)
{
	const struct words *words = &parser->words;
	enum attach_mode mode = ATTACH_AUTO;
	char quoted[QUOTE_SIZE];
	int err;

	parser->bad_word = 0;
	if (words->count == 0)
		return error_set(&parser->error, -EINVAL, "\"attach\" needs the name of a NIC");
	err = words_check_nic(words->text[0], &parser->error);
	if (err)
		return err;
	parser->bad_word = 1;
	if (words->count > 1)
		err = words_read_mode(words->text[1], &mode, &parser->error);
	if (err)
		return err;
	parser->bad_word = 2;
	if (words->count > 2)
		return error_set(&parser->error, -EINVAL, "unexpected word %s after the mode",
				 quote(quoted, words->text[2], strlen(words->text[2])));
	parser->bad_word = 0;
	if (attachments_find(&parser->attached, words->text[0]))
		error_set(&parser->warning, 0, "overrides an earlier attach line of %s",
			  words->text[0]);
	err = attachments_add(&parser->attached, words->text[0], mode);
	if (err == -ENOSPC)
		return error_set(&parser->error, -EINVAL, "more than %d NICs", MAX_NICS);
	return err;
}

static int parse_default(struct parser *parser)
{
	int err = words_read_default(&parser->words, &parser->policy.default_action,
				     &parser->bad_word, &parser->error);

	if (err)
		return err;
	if (parser->default_line)
		error_set(&parser->warning, 0, "overrides the default of line %u",
			  parser->default_line);
	parser->default_line = parser->line_number;
	return 0;
}

static int parse_rule(struct parser *parser, enum action action)
{
	return words_read_rule(&parser->words, action, parser->line_number, 0, &parser->policy,
			       &parser->bad_word, &parser->error, &parser->warning);
}

static int parse_allow(struct parser *parser)
{
	return parse_rule(parser, ACTION_ALLOW);
}

static int parse_deny(struct parser *parser)
{
	return parse_rule(parser, ACTION_DENY);
}

static int parse_unknown(struct parser *parser)
{
	const char *word = parser->line.words[0];
	char quoted[QUOTE_SIZE];

	return error_set(&parser->error, -EINVAL,
			 "unknown word %s: a line begins with attach, default, allow or deny",
			 quote(quoted, word, strlen(word)));
}

static int (*verb_parser(const char *word))(struct parser *)
{
	static const struct {
		const char *word;
		int (*parse)(struct parser *parser);
	} verbs[] = {
		{"allow", parse_allow},
		{"deny", parse_deny},
		{"default", parse_default},
		{"attach", parse_attach},
	};

	for (size_t i = 0; i < sizeof(verbs) / sizeof(verbs[0]); i++)
		if (strcmp(word, verbs[i].word) == 0)
			return verbs[i].parse;
	return parse_unknown;
}

/* The column of a word behind the verb; of the end of the line if the word is missing. */
static unsigned word_column(const struct parser *parser, size_t word)
{
	if (word < parser->words.count)
		return parser->words.columns[word];
	return (unsigned)parser->line.end;
}

/* The words of a line that is split. *column receives the place of an error. */
static int parse_words(struct parser *parser, unsigned *column)
{
	int (*parse)(struct parser *) = verb_parser(parser->line.words[0]);
	int err;

	parser->words = (struct words){
		.text = parser->line.words + 1,
		.columns = parser->line.columns + 1,
		.count = parser->line.count - 1,
	};
	parser->warning.text[0] = '\0';
	err = parse(parser);
	*column = parse == parse_unknown ? parser->line.columns[0]
					 : word_column(parser, parser->bad_word);
	if (!err && parser->warning.text[0])
		diagnostics_add(parser->diagnostics, true, parser->line_number,
				parser->line.columns[0], "%s", parser->warning.text);
	return err;
}

/* -ENOMEM; -E2BIG: too many errors to go on. Other errors are remarks. */
static int parse_line(void *argument, const char *text, size_t length)
{
	struct parser *parser = argument;
	unsigned column;
	int err = line_split(text, length, &parser->line, &column, &parser->error);

	parser->line_number++;
	if (!err && parser->line.count == 0)
		return 0;
	if (!err)
		err = parse_words(parser, &column);
	if (!err || err == -ENOMEM)
		return err;
	return diagnostics_add(parser->diagnostics, false, parser->line_number, column, "%s",
			       parser->error.text)
		       ? 0
		       : -E2BIG;
}

/* Remarks about overlaps come last: brings them to their lines. */
static void diagnostics_sort(struct diagnostics *diagnostics)
{
	for (unsigned i = 1; i < diagnostics->count; i++) {
		struct diagnostic moved = diagnostics->list[i];
		unsigned place = i;

		for (; place && diagnostics->list[place - 1].line > moved.line; place--)
			diagnostics->list[place] = diagnostics->list[place - 1];
		diagnostics->list[place] = moved;
	}
}

int text_parse(const char *text, size_t length, struct policy *policy, struct attachments *attached,
	       struct diagnostics *diagnostics)
{
	struct parser parser; /* 40 KiB: its line is written as far as it is used */
	int err;

	policy_init(&parser.policy);
	parser.attached = (struct attachments){.count = 0};
	parser.diagnostics = diagnostics;
	parser.line_number = 0;
	parser.default_line = 0;
	err = lines_each(text, length, parse_line, &parser);
	if (!err && diagnostics->errors)
		err = -EINVAL;
	if (!err)
		err = policy_normalise(&parser.policy, diagnostics);
	diagnostics_sort(diagnostics);
	if (err) {
		policy_free(&parser.policy);
		return err == -E2BIG ? -EINVAL : err;
	}
	*policy = parser.policy;
	if (attached)
		*attached = parser.attached;
	return 0;
}
