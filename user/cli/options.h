/* SPDX-License-Identifier: GPL-2.0-only */
/* The options of all commands, and the environment. */
#ifndef PORTFW_CLI_OPTIONS_H
#define PORTFW_CLI_OPTIONS_H

#include "base/error.h"
#include <stdbool.h>
#include <stddef.h>

enum option_bit {
	OPTION_JSON = 1 << 0,
	OPTION_DRY_RUN = 1 << 1,
	OPTION_QUIET = 1 << 2,
	OPTION_FORCE = 1 << 3,
	OPTION_RUNTIME = 1 << 4,
	OPTION_CONFIRM = 1 << 5,
	OPTION_POLICY = 1 << 6,
	OPTION_HELP = 1 << 7,
	OPTION_VERSION = 1 << 8,
	OPTION_MODE = 1 << 9,
	OPTION_ALL = 1 << 10,
	OPTION_BOOT = 1 << 11,
	OPTION_ALL_SOURCES = 1 << 12,
	OPTION_MAX_FLOWS = 1 << 13,
	OPTION_KILL = 1 << 14,
	OPTION_EVIDENCE = 1 << 15,
	OPTION_HEX = 1 << 16,
	OPTION_CLOSE_UNUSED = 1 << 17,
	OPTION_YES = 1 << 18,
	OPTION_IDLE = 1 << 19,
	OPTION_DIFF = 1 << 20,
	OPTION_LOCAL = 1 << 21,
	OPTION_ON = 1 << 22,
};

#define LOCAL_OPTIONS_MAX 16

struct options {
	unsigned given; /* enum option_bit */
	const char *policy, *pin_dir, *run_dir;
	const char *own_policy; /* what `policy` is without --policy */
	const char *mode;	/* the argument of --mode */
	const char *confirm;	/* the argument of --confirm */
	const char *max_flows;	/* the argument of --max-flows */
	const char *idle;	/* the argument of --idle */
	const char *evidence;	/* the argument of --evidence */
	const char *hex;	/* the argument of --hex */
	const char *on;		/* the argument of --on */
	/* The arguments of --local; those past LOCAL_OPTIONS_MAX are only counted. */
	const char *local[LOCAL_OPTIONS_MAX];
	size_t local_count;
	const char
		*number; /* the first word like "-1", which is no option: NULL if there is none */
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

/* The lines that explain the options in the set, one by one: NULL past the last. */
const char *options_help(unsigned set, size_t number);

#endif
