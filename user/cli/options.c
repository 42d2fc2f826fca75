/* SPDX-License-Identifier: GPL-2.0-only */
#include "options.h"
#include "policy/words.h"
#include <ctype.h>
#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum kind {
	KIND_FLAG,
	KIND_TEXT, /* one argument; the last one counts */
	KIND_DURATION,
	KIND_NUMBER,
	KIND_MODE,
	KIND_LIST, /* an argument each time */
};

struct definition {
	enum option_bit bit;
	enum kind kind;
	char letter;	/* 0: none */
	size_t offset;	/* in struct options, of what the argument goes to */
	size_t seconds; /* of a duration: offset of what it means */
	__u32 low, high;
	const char *name, *word, *help;
};

#define AT(field) offsetof(struct options, field)
static const struct definition definitions[] = {
#define FLAG(NAME, letter, name, help) \
	{OPTION_##NAME, KIND_FLAG, letter, 0, 0, 0, 0, name, "", help},
#define TEXT(NAME, field, name, word, help) \
	{OPTION_##NAME, KIND_TEXT, 0, AT(field), 0, 0, 0, name, word, help},
#define DURATION(NAME, field, name, word, help) \
	{OPTION_##NAME, KIND_DURATION, 0, AT(field), AT(field##_seconds), 0, 0, name, word, help},
#define NUMBER(NAME, field, name, word, low, high, help) \
	{OPTION_##NAME, KIND_NUMBER, 0, AT(field), 0, low, high, name, word, help},
#define ATTACHING(NAME, field, name, word, help) \
	{OPTION_##NAME, KIND_MODE, 0, AT(field), 0, 0, 0, name, word, help},
#define LIST(NAME, field, name, word, help) \
	{OPTION_##NAME, KIND_LIST, 0, AT(field), 0, 0, 0, name, word, help},
	OPTIONS(FLAG, TEXT, DURATION, NUMBER, ATTACHING, LIST)
#undef FLAG
#undef TEXT
#undef DURATION
#undef NUMBER
#undef ATTACHING
#undef LIST
};
#define DEFINITION_COUNT (sizeof(definitions) / sizeof(definitions[0]))

const char *options_name(unsigned option)
{
	for (size_t i = 0; i < DEFINITION_COUNT; i++) {
		if (option & definitions[i].bit)
			return definitions[i].name;
	}
	return "";
}

bool options_help(unsigned set, size_t number, struct option_help *help)
{
	for (size_t i = 0; i < DEFINITION_COUNT; i++) {
		const struct definition *definition = &definitions[i];
		char letter[] = {'-', definition->letter, ',', ' ', '\0'};

		if (!(set & definition->bit) || number-- > 0)
			continue;
		snprintf(help->usage, sizeof(help->usage), "%s%s%s%s",
			 definition->letter ? letter : "", definition->name,
			 *definition->word ? " " : "", definition->word);
		help->text = definition->help;
		return true;
	}
	return false;
}

static const char *environment(const char *name, const char *fallback)
{
	const char *value = getenv(name);

	return value && *value ? value : fallback;
}

/* What getopt_long() returns for definitions[i]; above every character. */
#define DEFINITION_VALUE 0x100

static void long_options(struct option table[DEFINITION_COUNT + 1])
{
	memset(table, 0, (DEFINITION_COUNT + 1) * sizeof(*table));
	for (size_t i = 0; i < DEFINITION_COUNT; i++) {
		table[i].name = definitions[i].name + 2;
		table[i].has_arg =
			definitions[i].kind == KIND_FLAG ? no_argument : required_argument;
		table[i].val = DEFINITION_VALUE + (int)i;
	}
}

static void short_options(char letters[DEFINITION_COUNT + 1])
{
	for (size_t i = 0; i < DEFINITION_COUNT; i++)
		if (definitions[i].letter)
			*letters++ = definitions[i].letter;
	*letters = '\0';
}

/* The definition behind a value of getopt_long(); NULL: an unknown option, or one that is not
 * written out (options must not change their meaning when a new one is added). */
static const struct definition *definition_of(int value, const char *word)
{
	if (value >= DEFINITION_VALUE) {
		const struct definition *definition = &definitions[value - DEFINITION_VALUE];
		return strcspn(word, "=") == strlen(definition->name) ? definition : NULL;
	}
	for (size_t i = 0; i < DEFINITION_COUNT; i++) {
		if (definitions[i].letter && definitions[i].letter == value)
			return &definitions[i];
	}
	return NULL;
}

static int read_number(const struct definition *definition, const char *word, __u32 *number,
		       struct error *error)
{
	unsigned long long value;
	char *end;

	errno = 0;
	value = strtoull(word, &end, 10);
	if (*word < '0' || *word > '9' || *end || errno || value < definition->low ||
	    value > definition->high)
		return error_set(error, -EINVAL, "%s: \"%s\" is not a number from %u to %u",
				 definition->name, word, definition->low, definition->high);
	*number = (__u32)value;
	return 0;
}

static int read_argument(struct options *options, const struct definition *definition,
			 const char *word, struct error *error)
{
	void *field = (char *)options + definition->offset;
	void *seconds = (char *)options + definition->seconds;
	struct option_list *list = field;

	switch (definition->kind) {
	case KIND_FLAG:
		break;
	case KIND_TEXT:
		*(const char **)field = word;
		break;
	case KIND_DURATION:
		*(const char **)field = word;
		return words_read_duration(word, seconds, error);
	case KIND_NUMBER:
		return read_number(definition, word, field, error);
	case KIND_MODE:
		return words_read_mode(word, field, error);
	case KIND_LIST:
		if (list->count++ < OPTION_LIST_MAX)
			list->words[list->count - 1] = word;
		break;
	}
	return 0;
}

static void take(struct options *options, const struct definition *definition, const char *argument)
{
	struct error ignored;

	options->given |= definition->bit;
	options->typed[definition - definitions] = argument;
	read_argument(options, definition, argument, &ignored);
}

int options_check(const struct options *options, unsigned set, struct error *error)
{
	struct options again = *options;
	int code = 0;

	for (size_t i = 0; i < DEFINITION_COUNT && code == 0; i++)
		if (set & options->given & definitions[i].bit)
			code = read_argument(&again, &definitions[i], options->typed[i], error);
	return code;
}

/* The value of an option that getopt_long() refused; 0: there is no such option. */
static int refuse(int value, const char *word, struct options *options, struct error *error)
{
	if (!options->number && word[0] == '-' && isdigit((unsigned char)word[1]))
		options->number = word;
	if (value == ':')
		return error_set(error, -EINVAL, "%s: an argument is missing", word);
	if (optopt >= DEFINITION_VALUE)
		return error_set(error, -EINVAL, "%s: the option takes no argument", word);
	return error_set(error, -EINVAL,
			 "%s: no such option (write -- before a word that begins with a dash)",
			 word);
}

int options_read(int argc, char **argv, struct options *options, size_t *word_count,
		 struct error *error)
{
	struct option table[DEFINITION_COUNT + 1];
	/* "-" hands over words that are no options as value 1, in order. */
	char letters[DEFINITION_COUNT + 3] = "-:";
	size_t words = 0;
	int code = 0;

	*options = (struct options){
		.policy = environment("PORTFW_POLICY", "/etc/portfw/policy"),
		.pin_dir = environment("PORTFW_PIN_DIR", "/sys/fs/bpf/portfw"),
		.run_dir = environment("PORTFW_RUN_DIR", "/run/portfw"),
		.state_dir = environment("PORTFW_STATE_DIR", "/var/lib/portfw"),
		.private_bpffs = *environment("PORTFW_PRIVATE_BPFFS", ""),
	};
	options->own_policy = options->policy;
	long_options(table);
	short_options(letters + 2);
	opterr = 0;
	for (;;) {
		const char *word = optind < argc ? argv[optind] : "";
		int value = getopt_long(argc, argv, letters, table, NULL);
		if (value == -1)
			break;
		if (value == 1) {
			argv[1 + words++] = optarg;
			continue;
		}
		const struct definition *definition = definition_of(value, word);
		if (definition)
			take(options, definition, optarg);
		else if (code == 0)
			code = refuse(value, word, options, error);
	}
	while (optind < argc)
		argv[1 + words++] = argv[optind++];
	*word_count = words;
	return code;
}
