/* SPDX-License-Identifier: GPL-2.0-only */
/* The options of all commands, and the environment. */
#ifndef PORTFW_CMD_OPTIONS_H
#define PORTFW_CMD_OPTIONS_H

#include <portfw/error.h>
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
};

struct options {
	unsigned given; /* enum option_bit */
	const char *policy, *pin_dir, *run_dir;
	const char *mode;      /* the argument of --mode */
	const char *confirm;   /* the argument of --confirm */
	const char *max_flows; /* the argument of --max-flows */
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
