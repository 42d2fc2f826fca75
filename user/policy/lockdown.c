/* SPDX-License-Identifier: GPL-2.0-only */
#include "lockdown.h"
#include "scope.h"
#include "words.h"
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LINE_MAX_LENGTH 128

int lockdown_keep(struct lockdown *lockdown, const struct prefix *prefix, struct error *error)
{
	if (lockdown_keeps(lockdown, prefix))
		return 0;
	if (lockdown->keep_count == KEEP_MAX)
		return error_set(error, -ENOSPC, "lockdown keeps at most %d sources", KEEP_MAX);
	lockdown->keep[lockdown->keep_count++] = *prefix;
	return 0;
}

bool lockdown_keeps(const struct lockdown *lockdown, const struct prefix *prefix)
{
	for (size_t i = 0; i < lockdown->keep_count; i++)
		if (prefix_holds(&lockdown->keep[i], prefix))
			return true;
	return false;
}

static int parse_line(const char *line, struct lockdown *lockdown, struct error *error)
{
	struct prefix prefix;
	int code;

	if (strncmp(line, "keep ", 5) == 0) {
		code = words_read_prefix(line + 5, &prefix, error);
		return code ? code : lockdown_keep(lockdown, &prefix, error);
	}
	if (strncmp(line, "until ", 6) == 0)
		return words_read_time(line + 6, &lockdown->until, error);
	if (strcmp(line, "attach all") == 0) {
		lockdown->attach_all = true;
		return 0;
	}
	return error_set(error, -EINVAL, "\"%s\" is not understood", line);
}

int lockdown_parse(const char *text, struct lockdown *lockdown, struct error *error)
{
	struct lockdown made = {.keep_count = 0};
	struct error why = {""};
	unsigned number = 1;

	for (; *text; number++) {
		size_t length = strcspn(text, "\n");
		char line[LINE_MAX_LENGTH];

		snprintf(line, sizeof(line), "%.*s", (int)length, text);
		if (length >= sizeof(line))
			return error_set(error, -EINVAL, "line %u: too long", number);
		if (*line && *line != '#' && parse_line(line, &made, &why))
			return error_set(error, -EINVAL, "line %u: %s", number, why.text);
		text += length + (text[length] == '\n');
	}
	*lockdown = made;
	return 0;
}

char *lockdown_print(const struct lockdown *lockdown)
{
	char *text = NULL,
	     word[WORDS_PREFIX_SIZE > WORDS_TIME_SIZE ? WORDS_PREFIX_SIZE : WORDS_TIME_SIZE];
	size_t length;
	FILE *out = open_memstream(&text, &length);

	if (!out)
		return NULL;
	fputs("# Lockdown is on: written by `portfw lockdown`, removed by `portfw unlock`.\n", out);
	for (size_t i = 0; i < lockdown->keep_count; i++) {
		words_print_prefix(&lockdown->keep[i], word);
		fprintf(out, "keep %s\n", word);
	}
	if (lockdown->until) {
		words_print_time(lockdown->until, word);
		fprintf(out, "until %s\n", word);
	}
	if (lockdown->attach_all)
		fputs("attach all\n", out);
	if (fclose(out)) {
		free(text);
		return NULL;
	}
	return text;
}
