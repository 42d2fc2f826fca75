/* SPDX-License-Identifier: GPL-2.0-only */
/* What a command is. The table of all of them is in main.c. */
#ifndef PORTFW_CLI_INVOCATION_H
#define PORTFW_CLI_INVOCATION_H

#include "base/exit_status.h"
#include "base/version.h"
#include "options.h"
#include "state/paths.h"
#include <stddef.h>

struct command;

/* One run of the program. */
struct invocation {
	const struct command *command; /* NULL: not known yet */
	struct options options;
	const char *const *operands; /* the words behind the command */
	size_t operand_count;
};

enum command_flag {
	COMMAND_CHANGES = 1 << 0, /* changes the policy or the attachments */
	COMMAND_TARGET = 1 << 1,  /* its operands name ports */
};

struct command {
	const char *name;
	enum exit_status (*run)(const struct invocation *invocation);
	const char *synopsis;	     /* behind the name */
	const char *summary;	     /* one line for the table of commands */
	const char *help;	     /* whole lines, below the synopsis */
	const char *const *examples; /* "portfw ...", ended by NULL */
	unsigned options;	     /* enum option_bit: those it takes */
	unsigned flags;		     /* enum command_flag */
	size_t operands_min, operands_max;
};

/* Lines for command.examples. */
#define EXAMPLES(...) ((const char *const[]){__VA_ARGS__, NULL})

#define OPERANDS_ANY ((size_t)-1)
#define OPTIONS_CHANGE                                                                 \
	(OPTION_JSON | OPTION_DRY_RUN | OPTION_QUIET | OPTION_FORCE | OPTION_RUNTIME | \
	 OPTION_CONFIRM | OPTION_POLICY)

/* All of them, in the order of the help, with commas between them. */
#define COMMANDS(X)                                                                              \
	X(attach), X(detach), X(allow), X(deny), X(delete), X(default), X(block), X(unblock),    \
		X(status), X(flows), X(list), X(apply), X(check), X(diff), X(restore), X(reset), \
		X(undo), X(confirm), X(rollback), X(lockdown), X(unlock), X(audit), X(port),     \
		X(explain), X(replay), X(snapshot), X(version), X(help)

#define X(name) command_##name
extern const struct command COMMANDS(X);
#undef X

/* Ended by NULL. */
extern const struct command *const commands[];

static inline bool option_given(const struct invocation *invocation, enum option_bit option)
{
	return invocation->options.given & option;
}

/* Whether it may change something. */
static inline bool invocation_changes(const struct invocation *invocation)
{
	const struct command *command = invocation->command;

	return command && !option_given(invocation, OPTION_DRY_RUN) &&
	       (command->flags & COMMAND_CHANGES || option_given(invocation, OPTION_YES));
}

static inline struct paths invocation_paths(const struct invocation *invocation)
{
	const struct options *options = &invocation->options;

	return (struct paths){options->policy, options->own_policy, options->pin_dir,
			      options->run_dir, options->state_dir};
}

#endif
