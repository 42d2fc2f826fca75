/* SPDX-License-Identifier: GPL-2.0-only */
/* The options of all commands, and the environment. */
#ifndef PORTFW_CLI_OPTIONS_H
#define PORTFW_CLI_OPTIONS_H

#include "base/error.h"
#include <stdbool.h>
#include <stddef.h>

/*
 * All options, in the order of the help. FLAG(NAME, letter or 0, "--name", help); TEXT and LIST
 * take an argument: (NAME, field of struct options, "--name", what the argument is, help). A line
 * here is all that an option takes, but for the commands that list it.
 */
#define OPTIONS(FLAG, TEXT, LIST)                                                               \
	FLAG(JSON, 'j', "--json", "print JSON")                                                 \
	FLAG(DRY_RUN, 'n', "--dry-run", "print what would change, touch nothing")               \
	FLAG(QUIET, 'q', "--quiet", "print data, warnings and errors only")                     \
	FLAG(FORCE, 0, "--force", "do it even if it may cut off this session")                  \
	FLAG(RUNTIME, 0, "--runtime", "the running policy only, not the policy file")           \
	TEXT(CONFIRM, confirm, "--confirm", "DURATION",                                         \
	     "a trial: without `portfw confirm` in that time (60s, 5m) it ends")                \
	TEXT(MODE, mode, "--mode", "MODE", "native, generic, or auto: native, else generic")    \
	TEXT(MAX_FLOWS, max_flows, "--max-flows", "N",                                          \
	     "room for N connections of this host's own; 262144 without")                       \
	FLAG(KILL, 0, "--kill", "destroy the TCP connections that are cut, too")                \
	TEXT(EVIDENCE, evidence, "--evidence", "FILE",                                          \
	     "where the record goes; a dated file in the run directory without")                \
	TEXT(HEX, hex, "--hex", "BYTES|-",                                                      \
	     "the whole frame in hexadecimal digits; -: from standard input")                   \
	FLAG(ALL, 0, "--all", "every NIC")                                                      \
	FLAG(ALL_SOURCES, 0, "--all-sources", "rules for narrower sources give way, too")       \
	FLAG(BOOT, 0, "--boot", "attach what can be attached, generic where native fails")      \
	FLAG(DIFF, 0, "--diff", "only the packets whose verdict --policy would change")         \
	LIST(LOCAL, local, "--local", "ADDR...",                                                \
	     "the addresses and prefixes of the host whose packets these are")                  \
	TEXT(ON, on, "--on", "NIC", "the NIC that the packets went through")                    \
	FLAG(CLOSE_UNUSED, 0, "--close-unused",                                                 \
	     "propose the policy that leaves open what is used alone")                          \
	FLAG(YES, 0, "--yes", "apply it without asking")                                        \
	TEXT(IDLE, idle, "--idle", "DURATION",                                                  \
	     "IDLE is what had no packet for so long (7d); without: since attach")              \
	TEXT(POLICY, policy, "--policy", "FILE", "another policy file than /etc/portfw/policy") \
	FLAG(HELP, 'h', "--help", "print help")                                                 \
	FLAG(VERSION, 0, "--version", "print the version")

enum option_number {
#define FLAG(NAME, letter, name, help) OPTION_NUMBER_##NAME,
#define TEXT(NAME, field, name, word, help) OPTION_NUMBER_##NAME,
	OPTIONS(FLAG, TEXT, TEXT)
#undef FLAG
#undef TEXT
		OPTION_COUNT,
};

/* OPTION_JSON, ...: for sets of options. */
enum option_bit {
#define FLAG(NAME, letter, name, help) OPTION_##NAME = 1U << OPTION_NUMBER_##NAME,
#define TEXT(NAME, field, name, word, help) OPTION_##NAME = 1U << OPTION_NUMBER_##NAME,
	OPTIONS(FLAG, TEXT, TEXT)
#undef FLAG
#undef TEXT
};
_Static_assert(OPTION_COUNT <= 32, "sets of options are bits of an unsigned int");

/* The arguments of an option that can be given more than once. */
#define OPTION_LIST_MAX 16
struct option_list {
	const char *words[OPTION_LIST_MAX];
	size_t count; /* those past OPTION_LIST_MAX are only counted */
};

struct options {
	unsigned given; /* enum option_bit */
	/* The arguments, as they were typed; NULL: not given. `policy` has a value in any case. */
#define FLAG(NAME, letter, name, help)
#define TEXT(NAME, field, name, word, help) const char *field;
#define LIST(NAME, field, name, word, help) struct option_list field;
	OPTIONS(FLAG, TEXT, LIST)
#undef FLAG
#undef TEXT
#undef LIST
	const char *pin_dir, *run_dir; /* of the environment */
	const char *own_policy;	       /* what `policy` is without --policy */
	const char *number; /* the first word like "-1", which is no option; NULL: none */
};

/*
 * Reads options wherever they stand, and the environment. The words that are no options move to
 * the front of argv, from argv[1] on; *word_count receives their number, also on failure.
 * -EINVAL: an unknown option, or an argument that is missing or too many.
 */
int options_read(int argc, char **argv, struct options *options, size_t *word_count,
		 struct error *error);

/* The name of one option, "--json"; of the lowest one if several bits are set. */
const char *options_name(unsigned option);

/* One option for the help: "-j, --json" or "--confirm DURATION", and what it does. */
struct option_help {
	char usage[40];
	const char *text;
};
/* The options of the set, one by one. False: past the last. */
bool options_help(unsigned set, size_t number, struct option_help *help);

#endif
