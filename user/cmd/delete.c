/* SPDX-License-Identifier: GPL-2.0-only */
#include "rule.h"

static enum exit_status run(const struct invocation *invocation)
{
	return rule_run(invocation, ACTION_NONE);
}

const struct command command_delete = {
	.name = "delete",
	.run = run,
	.synopsis = "TARGET [from SRC[,SRC]...] [on NIC] [--all-sources]",
	.summary = "remove rules: a wider rule or the default holds again",
	.help = "Removes what allow and deny said of the ports, rules that end by themselves\n"
		"included, so that a rule for wider sources or the default holds; with\n"
		"--all-sources also what rules for narrower sources said.\n" TARGET_HELP,
	.examples = EXAMPLES("portfw delete tcp 8080", "portfw delete tcp 22 from 10.0.0.0/8"),
	.options = OPTIONS_CHANGE | OPTION_ALL_SOURCES,
	.flags = COMMAND_CHANGES | COMMAND_TARGET,
	.operands_min = 1,
	.operands_max = OPERANDS_ANY,
};
