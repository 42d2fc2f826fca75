/* SPDX-License-Identifier: GPL-2.0-only */
/* The options of all commands, and the environment. */
#ifndef PORTFW_CLI_OPTIONS_H
#define PORTFW_CLI_OPTIONS_H

#include "base/error.h"
#include "portfw/abi.h"
#include <stdbool.h>
#include <stddef.h>

/*
 * All options, in the order of the help. FLAG(NAME, letter or 0, "--name", help); the others take
 * an argument: (NAME, field of struct options, "--name", what the argument is, help), NUMBER its
 * range before the help. A line here is all that an option takes, but for the commands that list
 * it.
 *
 * TEXT: `field` is the argument as typed. DURATION: `field` likewise, and field_seconds. NUMBER: a
 * __u32. ATTACHING: an enum attach_mode. LIST: a struct option_list.
 */
#define OPTIONS(FLAG, TEXT, DURATION, NUMBER, ATTACHING, LIST)                                    \
	FLAG(JSON, 'j', "--json", "print JSON")                                                   \
	FLAG(DRY_RUN, 'n', "--dry-run", "print what would change, touch nothing")                 \
	FLAG(QUIET, 'q', "--quiet", "print data, warnings and errors only")                       \
	FLAG(FORCE, 0, "--force", "do it even if it may cut off this session")                    \
	FLAG(RUNTIME, 0, "--runtime", "the running policy only, not the policy file")             \
	DURATION(CONFIRM, confirm, "--confirm", "DURATION",                                       \
		 "a trial: without `portfw confirm` in that time (60s, 5m) it ends")              \
	ATTACHING(MODE, mode, "--mode", "MODE", "native, generic, or auto: native, else generic") \
	NUMBER(MAX_FLOWS, max_flows, "--max-flows", "N", FLOWS_MIN, FLOWS_LIMIT,                  \
	       "room for N connections of this host's own; 262144 without")                       \
	FLAG(KILL, 0, "--kill", "destroy the TCP connections that are cut, too")                  \
	TEXT(EVIDENCE, evidence, "--evidence", "FILE",                                            \
	     "where the record goes; a new one in the state directory without")                   \
	TEXT(HEX, hex, "--hex", "BYTES|-",                                                        \
	     "the whole frame in hexadecimal digits; -: from standard input")                     \
	FLAG(ALL, 0, "--all", "every NIC")                                                        \
	FLAG(ALL_SOURCES, 0, "--all-sources", "rules for narrower sources give way, too")         \
	FLAG(BOOT, 0, "--boot", "attach what can be attached, generic where native fails")        \
	FLAG(DIFF, 0, "--diff", "only the packets whose verdict --policy would change")           \
	LIST(LOCAL, local, "--local", "ADDR...",                                                  \
	     "the addresses and prefixes of the host whose packets these are")                    \
	TEXT(ON, on, "--on", "NIC", "the NIC that the packets went through")                      \
	FLAG(CLOSE_UNUSED, 0, "--close-unused",                                                   \
	     "propose the policy that leaves open what is used alone")                            \
	FLAG(YES, 0, "--yes", "apply it without asking")                                          \
	DURATION(IDLE, idle, "--idle", "DURATION",                                                \
		 "IDLE is what had no packet for so long (7d); without: since attach")            \
	FLAG(CSV, 0, "--csv", "of a list with columns, the first one counts")                     \
	FLAG(SKIP_BAD, 0, "--skip-bad", "of a list, leave out the lines that are no addresses")   \
	TEXT(POLICY, policy, "--policy", "FILE", "another policy file than /etc/portfw/policy")   \
	FLAG(HELP, 'h', "--help", "print help")                                                   \
	FLAG(VERSION, 0, "--version", "print the version")

enum option_number {
#define FLAG(NAME, letter, name, help) OPTION_NUMBER_##NAME,
#define VALUE(NAME, ...) OPTION_NUMBER_##NAME,
	OPTIONS(FLAG, VALUE, VALUE, VALUE, VALUE, VALUE)
#undef FLAG
#undef VALUE
		OPTION_COUNT,
};

/* OPTION_JSON, ...: for sets of options. */
enum option_bit {
#define FLAG(NAME, letter, name, help) OPTION_##NAME = 1U << OPTION_NUMBER_##NAME,
#define VALUE(NAME, ...) OPTION_##NAME = 1U << OPTION_NUMBER_##NAME,
	OPTIONS(FLAG, VALUE, VALUE, VALUE, VALUE, VALUE)
#undef FLAG
#undef VALUE
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
	/* The arguments; NULL or zero: not given, or wrong. `policy` has a value in any case. */
#define FLAG(NAME, letter, name, help)
#define TEXT(NAME, field, name, word, help) const char *field;
#define DURATION(NAME, field, name, word, help) \
	const char *field;                      \
	__s64 field##_seconds;
#define NUMBER(NAME, field, name, word, low, high, help) __u32 field;
#define ATTACHING(NAME, field, name, word, help) enum attach_mode field;
#define LIST(NAME, field, name, word, help) struct option_list field;
	OPTIONS(FLAG, TEXT, DURATION, NUMBER, ATTACHING, LIST)
#undef FLAG
#undef TEXT
#undef DURATION
#undef NUMBER
#undef ATTACHING
#undef LIST
	const char *typed[OPTION_COUNT];	   /* for options_check() */
	const char *pin_dir, *run_dir, *state_dir; /* of the environment */
	const char *own_policy;			   /* what `policy` is without --policy */
	bool private_bpffs;			   /* the environment says that it is meant */
	const char *number; /* the first word like "-1", which is no option; NULL: none */
};

/*
 * Reads options wherever they stand, and the environment. The words that are no options move to
 * the front of argv, from argv[1] on; *word_count receives their number, also on failure.
 * -EINVAL: an unknown option, or an argument that is missing or too many. An argument that is wrong
 * is no failure yet: see options_check().
 */
int options_read(int argc, char **argv, struct options *options, size_t *word_count,
		 struct error *error);

/*
 * Whether the arguments of those options in the set that were given are right. A command calls this
 * where it comes to them, so that it complains of the first thing that is wrong. -EINVAL: one is
 * not.
 */
int options_check(const struct options *options, unsigned set, struct error *error);

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
