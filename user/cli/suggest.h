/* SPDX-License-Identifier: GPL-2.0-only */
/* The command that someone may have meant. */
#ifndef PORTFW_CLI_SUGGEST_H
#define PORTFW_CLI_SUGGEST_H

#include "invocation.h"

/* The command with exactly this name, NULL: none. */
const struct command *command_find(const char *name);

/* The command whose name is closest to a mistyped word; NULL: none is close. */
const struct command *command_suggest(const char *word);

#endif
