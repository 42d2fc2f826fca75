/* SPDX-License-Identifier: GPL-2.0-only */
#include "options.h"
#include <ctype.h>
#include <errno.h>
#include <getopt.h>
#include <stdlib.h>
#include <string.h>

struct definition {
	enum option_bit bit;
	char letter; /* 0: none */
	bool argument;
	const char *name;
	const char *help;
};

static const struct definition definitions[] = {
	{OPTION_JSON, 'j', false, "--json", "-j, --json       print JSON"},
	{OPTION_DRY_RUN, 'n', false, "--dry-run",
	 "-n, --dry-run    print what would change, touch nothing"},
	{OPTION_QUIET, 'q', false, "--quiet",
	 "-q, --quiet      print data, warnings and errors only"},
	{OPTION_FORCE, 0, false, "--force",
	 "--force          do it even if it may cut off this session"},
	{OPTION_RUNTIME, 0, false, "--runtime",
	 "--runtime        the running policy only, not the policy file"},
	{OPTION_CONFIRM, 0, true, "--confirm",
	 "--confirm DURATION   a trial: without `portfw confirm` in that time (60s, 5m) it ends"},
	{OPTION_MODE, 0, true, "--mode",
	 "--mode MODE      auto (native, else generic), native or generic"},
	{OPTION_MAX_FLOWS, 0, true, "--max-flows",
	 "--max-flows N    room for N connections of this host's own; 262144 without"},
	{OPTION_KILL, 0, false, "--kill",
	 "--kill           destroy the TCP connections that are cut, too"},
	{OPTION_EVIDENCE, 0, true, "--evidence",
	 "--evidence FILE  where the record goes; a dated file in the run directory without"},
	{OPTION_HEX, 0, true, "--hex",
	 "--hex BYTES|-    the whole frame in hexadecimal digits; -: from standard input"},
	{OPTION_ALL, 0, false, "--all", "--all            every NIC"},
	{OPTION_ALL_SOURCES, 0, false, "--all-sources",
	 "--all-sources    rules for narrower sources give way, too"},
	{OPTION_BOOT, 0, false, "--boot",
	 "--boot           attach what can be attached, generic where native fails"},
	{OPTION_DIFF, 0, false, "--diff",
	 "--diff           only the packets whose verdict --policy would change"},
	{OPTION_LOCAL, 0, true, "--local",
	 "--local ADDR...  the addresses and prefixes of the host whose packets these are"},
	{OPTION_ON, 0, true, "--on", "--on NIC         the NIC that the packets went through"},
	{OPTION_CLOSE_UNUSED, 0, false, "--close-unused",
	 "--close-unused   propose the policy that leaves open what is used alone"},
	{OPTION_YES, 0, false, "--yes", "--yes            apply it without asking"},
	{OPTION_IDLE, 0, true, "--idle",
	 "--idle DURATION  IDLE is what had no packet for so long (7d); without: since attach"},
	{OPTION_POLICY, 0, true, "--policy",
	 "--policy FILE    another policy file than /etc/portfw/policy"},
	{OPTION_HELP, 'h', false, "--help", "-h, --help       print help"},
	{OPTION_VERSION, 0, false, "--version", "--version        print the version"},
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

const char *options_help(unsigned set, size_t number)
{
	for (size_t i = 0; i < DEFINITION_COUNT; i++) {
		if (!(set & definitions[i].bit))
			continue;
		if (number-- == 0)
			return definitions[i].help;
	}
	return NULL;
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
		table[i].has_arg = definitions[i].argument ? required_argument : no_argument;
		table[i].val = DEFINITION_VALUE + (int)i;
	}
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

static void take(struct options *options, const struct definition *definition, const char *argument)
{
	options->given |= definition->bit;
	if (definition->bit == OPTION_POLICY)
		options->policy = argument;
	else if (definition->bit == OPTION_MODE)
		options->mode = argument;
	else if (definition->bit == OPTION_MAX_FLOWS)
		options->max_flows = argument;
	else if (definition->bit == OPTION_EVIDENCE)
		options->evidence = argument;
	else if (definition->bit == OPTION_HEX)
		options->hex = argument;
	else if (definition->bit == OPTION_IDLE)
		options->idle = argument;
	else if (definition->bit == OPTION_CONFIRM)
		options->confirm = argument;
	else if (definition->bit == OPTION_ON)
		options->on = argument;
	else if (definition->bit == OPTION_LOCAL && options->local_count++ < LOCAL_OPTIONS_MAX)
		options->local[options->local_count - 1] = argument;
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
	size_t words = 0;
	int code = 0;

	*options = (struct options){
		.policy = environment("PORTFW_POLICY", "/etc/portfw/policy"),
		.pin_dir = environment("PORTFW_PIN_DIR", "/sys/fs/bpf/portfw"),
		.run_dir = environment("PORTFW_RUN_DIR", "/run/portfw"),
	};
	options->own_policy = options->policy;
	long_options(table);
	opterr = 0;
	for (;;) {
		/* "-" hands over words that are no options as value 1, in order. */
		const char *word = optind < argc ? argv[optind] : "";
		int value = getopt_long(argc, argv, "-:jnqh", table, NULL);
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
