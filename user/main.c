/* SPDX-License-Identifier: GPL-2.0-only */
/* portfw: closes ports in the driver path of a NIC. The whole program at a glance. */
#include "base/fault.h"
#include "base/signals.h"
#include "cli/invocation.h"
#include "cli/message.h"
#include "cli/suggest.h"
#include "kernel/warnings.h"
#include <errno.h>
#include <stdio.h>
#include <string.h>

const struct command *const commands[] = {
#define X(name) &command_##name
	COMMANDS(X),
#undef X
	NULL,
};

/* Words that are commands of later versions. */
static const char *const later[] = {
	"stats", "monitor", "top", "metrics", "scan", "limit", "doctor", "import", "completion",
};

static enum exit_status unknown_command(const struct invocation *invocation, const char *word)
{
	const struct command *meant = command_suggest(word);

	for (size_t i = 0; i < sizeof(later) / sizeof(later[0]); i++) {
		if (strcmp(word, later[i]) == 0) {
			message_error(invocation, "%s: this build does not support it yet", word);
			return STATUS_USAGE;
		}
	}
	if (meant)
		message_error(invocation, "%s: no such command; did you mean `portfw %s`?", word,
			      meant->name);
	else
		message_error(invocation, "%s: no such command; `portfw help` lists them", word);
	return STATUS_USAGE;
}

/* Options that every command may be given, also where they mean nothing. */
#define OPTIONS_GLOBAL                                                                 \
	(OPTION_JSON | OPTION_DRY_RUN | OPTION_QUIET | OPTION_FORCE | OPTION_RUNTIME | \
	 OPTION_CONFIRM | OPTION_POLICY)

/* Why one of them would mislead; NULL: it would not. */
static const char *misleading(const struct invocation *invocation, unsigned foreign)
{
	const struct command *command = invocation->command;

	if (foreign & OPTION_DRY_RUN && command == &command_snapshot && invocation->operand_count)
		return "--dry-run: snapshot would write the file all the same";
	if (!(command->flags & COMMAND_CHANGES))
		return NULL;
	if (foreign & OPTION_CONFIRM && command == &command_detach)
		return "--confirm: not for detach: a NIC would not be attached again by itself";
	if (foreign & OPTION_CONFIRM)
		return "--confirm: what the command does does not end by itself";
	if (foreign & OPTION_RUNTIME)
		return "--runtime: the command saves what it does all the same";
	return NULL;
}

static enum exit_status check_options(const struct invocation *invocation)
{
	const struct command *command = invocation->command;
	unsigned foreign = invocation->options.given & ~(command->options | OPTION_HELP);
	const char *why = misleading(invocation, foreign);

	if (why) {
		message_error(invocation, "%s", why);
		return STATUS_USAGE;
	}
	foreign &= ~OPTIONS_GLOBAL;
	if (foreign) {
		message_error(invocation, "%s: the command does not take this option",
			      options_name(foreign));
		return STATUS_USAGE;
	}
	if (invocation->operand_count < command->operands_min) {
		message_error(invocation, "usage: portfw %s %s", command->name, command->synopsis);
		return STATUS_USAGE;
	}
	if (invocation->operand_count > command->operands_max) {
		message_error(invocation, "%s: unexpected word",
			      invocation->operands[command->operands_max]);
		return STATUS_USAGE;
	}
	return STATUS_DONE;
}

static enum exit_status dispatch(struct invocation *invocation, int option_code,
				 const struct error *error)
{
	const char *number = invocation->options.number;
	const struct command *command = invocation->command;
	enum exit_status status;

	if (option_code && number && command && command->flags & COMMAND_TARGET) {
		message_error(invocation, "%s: not a port (0 to 65535)", number);
		return STATUS_USAGE;
	}
	if (option_code)
		return message_failure(invocation, option_code, error);
	if (option_given(invocation, OPTION_HELP) || option_given(invocation, OPTION_VERSION))
		return (option_given(invocation, OPTION_HELP) ? command_help : command_version)
			.run(invocation);
	status = check_options(invocation);
	return status ? status : command->run(invocation);
}

/* Writes out what was printed. A full disk or a closed pipe must not look like success where what
 * is printed is all that a command does; a change that was made stays made. */
static enum exit_status finish(const struct invocation *invocation, enum exit_status status)
{
	bool failed = ferror(stdout), done = status == STATUS_DONE || status == STATUS_UNSAVED;

	errno = 0;
	if (fclose(stdout) == 0 && !failed)
		return status;
	message_error(invocation, "%sstandard output: %s",
		      invocation_changes(invocation) && done ? "done, but not said: " : "",
		      errno ? strerror(errno) : "not written whole");
	return invocation_changes(invocation) ? status : STATUS_FAILED;
}

static enum exit_status start(struct invocation *invocation, int argc, char **argv)
{
	struct error error = {""};
	size_t words;
	int code = options_read(argc, argv, &invocation->options, &words, &error);

	if (option_given(invocation, OPTION_JSON))
		message_collect();
	if (words > 0 && argv[1][0]) {
		invocation->command = command_find(argv[1]);
		invocation->operands = (const char *const *)argv + 2;
		invocation->operand_count = words - 1;
		if (!invocation->command)
			return unknown_command(invocation, argv[1]);
	} else if (code == 0 && !(invocation->options.given & (OPTION_HELP | OPTION_VERSION))) {
		message_error(invocation, "usage: portfw [OPTION...] COMMAND "
					  "...; `portfw help` lists the commands");
		return STATUS_USAGE;
	}
	return dispatch(invocation, code, &error);
}

int main(int argc, char **argv)
{
	struct invocation invocation = {0};
	enum exit_status status;

	signals_begin();
	warnings_keep();
	if (fault_list())
		return STATUS_DONE;
	fault_point("start");
	status = finish(&invocation, start(&invocation, argc, argv));
	message_end(&invocation, status);
	return status;
}
