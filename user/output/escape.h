/* SPDX-License-Identifier: GPL-2.0-only */
/* Text of unknown origin on its way to a terminal. */
#ifndef PORTFW_OUTPUT_ESCAPE_H
#define PORTFW_OUTPUT_ESCAPE_H

#include <stdio.h>

/* Writes the text with control characters (C0, DEL, C1) and bytes that are not UTF-8 as \xNN. */
void escape_write(const char *text, FILE *out);

/* The same into a new string, to be freed; NULL: no memory. */
char *escape_text(const char *text);

#endif
