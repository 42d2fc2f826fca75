/* SPDX-License-Identifier: GPL-2.0-only */
#include "suggest.h"
#include <string.h>

#define WORD_MAX 24 /* longer words resemble no command */

const struct command *command_find(const char *name)
{
	for (size_t i = 0; commands[i]; i++) {
		if (strcmp(commands[i]->name, name) == 0)
			return commands[i];
	}
	return NULL;
}

static unsigned least(unsigned a, unsigned b, unsigned c)
{
	unsigned smaller = a < b ? a : b;

	return smaller < c ? smaller : c;
}

/* Insertions, deletions and substitutions from one word to the other (Levenshtein). */
static unsigned distance(const char *from, const char *to)
{
	unsigned row[WORD_MAX + 1];
	size_t columns = strlen(to);

	for (unsigned j = 0; j <= columns; j++)
		row[j] = j;
	for (unsigned i = 1; from[i - 1]; i++) {
		unsigned diagonal = row[0];
		row[0] = i;
		for (unsigned j = 1; j <= columns; j++) {
			unsigned above = row[j];
			unsigned substitution = diagonal + (from[i - 1] != to[j - 1]);
			row[j] = least(above + 1, row[j - 1] + 1, substitution);
			diagonal = above;
		}
	}
	return row[columns];
}

const struct command *command_suggest(const char *word)
{
	const struct command *closest = NULL;
	unsigned smallest = 3;

	if (strlen(word) > WORD_MAX)
		return NULL;
	for (size_t i = 0; commands[i]; i++) {
		unsigned edits = distance(word, commands[i]->name);
		if (edits < smallest && edits < strlen(commands[i]->name) - 1) {
			smallest = edits;
			closest = commands[i];
		}
	}
	return closest;
}
