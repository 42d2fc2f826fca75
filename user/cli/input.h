/* SPDX-License-Identifier: GPL-2.0-only */
/* Policy files as commands read them: what is wrong with one is said. */
#ifndef PORTFW_CLI_INPUT_H
#define PORTFW_CLI_INPUT_H

#include "invocation.h"
#include "state/load.h"

/* A file that the command line names ("-": standard input). Shows the remarks about its text, and
 * says what is wrong with `tail` at the end. *loaded must be released in any case. */
enum exit_status input_file(const struct invocation *invocation, const char *path, const char *tail,
			    struct loaded *loaded);

/* The policy file of the invocation, for a command that changes nothing; if it does not exist, an
 * empty policy. */
enum exit_status input_policy(const struct invocation *invocation, struct loaded *loaded);

#endif
