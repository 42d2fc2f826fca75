/* SPDX-License-Identifier: GPL-2.0-only */
#include "cli/invocation.h"
#include "cli/message.h"
#include "cli/suggest.h"
#include <stdio.h>

static const char head[] = "portfw closes ports of this host in the driver path of its NICs.\n"
			   "\n"
			   "usage: portfw [OPTION...] COMMAND [ARGUMENT...]\n"
			   "\n";

static const char tail[] =
	"\n"
	"`portfw help COMMAND` says more about a command. Options may stand anywhere; behind --\n"
	"there are none.\n"
	"\n"
	"Environment: PORTFW_POLICY (default /etc/portfw/policy), PORTFW_PIN_DIR\n"
	"(/sys/fs/bpf/portfw), PORTFW_RUN_DIR (/run/portfw).\n"
	"\n"
	"Exit status: 0 done, or already so; 1 it failed; "
	"2 wrong usage or input; 3 refused, because\n"
	"it would cut off the operator; 4 the answer is no.\n";

static enum exit_status help_all(void)
{
	fputs(head, stdout);
	for (size_t i = 0; commands[i]; i++)
		printf("  %-10s %s\n", commands[i]->name, commands[i]->summary);
	fputs(tail, stdout);
	return STATUS_DONE;
}

static void list_examples(const struct command *command)
{
	printf("\nExamples:\n");
	for (size_t i = 0; command->examples[i]; i++)
		printf("  %s\n", command->examples[i]);
}

static enum exit_status help_command(const struct command *command)
{
	struct option_help option;

	printf("usage: portfw %s%s%s\n\n%s\n", command->name, command->synopsis[0] ? " " : "",
	       command->synopsis, command->help);
	printf("Options:\n");
	for (size_t i = 0; options_help(command->options | OPTION_HELP, i, &option); i++)
		printf("  %-20s  %s\n", option.usage, option.text);
	if (command->examples)
		list_examples(command);
	return STATUS_DONE;
}

static enum exit_status run(const struct invocation *invocation)
{
	const struct command *command = invocation->command;

	if (command == &command_help && invocation->operand_count > 0) {
		command = command_find(invocation->operands[0]);
		if (!command) {
			message_error(invocation, "%s: no such command", invocation->operands[0]);
			return STATUS_USAGE;
		}
		return help_command(command);
	}
	if (command == &command_help && !option_given(invocation, OPTION_HELP))
		return help_all();
	return command ? help_command(command) : help_all();
}

const struct command command_help = {
	.name = "help",
	.run = run,
	.synopsis = "[COMMAND]",
	.summary = "explain a command, or list all of them",
	.help = "Prints this kind of page for a command; without a command, the list of\n"
		"commands.\n",
	.examples = EXAMPLES("portfw help", "portfw help lockdown"),
	.operands_max = 1,
};
