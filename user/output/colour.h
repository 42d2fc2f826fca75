/* SPDX-License-Identifier: GPL-2.0-only */
/* Colours for terminals. */
#ifndef PORTFW_OUTPUT_COLOUR_H
#define PORTFW_OUTPUT_COLOUR_H

#include <stdbool.h>
#include <stdio.h>

enum colour {
	COLOUR_NONE,
	COLOUR_BOLD,
	COLOUR_RED,
	COLOUR_GREEN,
	COLOUR_YELLOW,
	COLOUR_DIM,
	COLOUR_COUNT,
};

/* Whether the stream is a terminal that is to have colours: not with NO_COLOR (no-color.org) or on
 * a dumb one. */
bool colour_wanted(FILE *out);

/* What begins and what ends a colour: "" for COLOUR_NONE. */
const char *colour_begin(enum colour colour);
const char *colour_end(enum colour colour);

#endif
