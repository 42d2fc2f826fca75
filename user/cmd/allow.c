/* SPDX-License-Identifier: GPL-2.0-only */
#include "rule.h"

static enum exit_status run(const struct invocation *invocation)
{
	return rule_run(invocation, ACTION_ALLOW);
}

const struct command command_allow = {
	.name = "allow",
	.run = run,
	.synopsis = "TARGET [from SRC[,SRC]...] [on NIC] [for DURATION] [comment TEXT]",
	.summary = "let packets to ports or of a protocol in",
	.help = "Allows packets to the ports, from now on and after a reboot.\n" TARGET_HELP
		DURATION_HELP,
	.examples =
		EXAMPLES("portfw allow tcp 22 from 10.0.0.0/8 comment \"bastion\"",
			 "portfw allow 80,443/tcp", "portfw allow tcp 5432 from 10.0.5.7 for 12h"),
	.options = OPTIONS_CHANGE,
	.flags = COMMAND_CHANGES | COMMAND_TARGET,
	.operands_min = 1,
	.operands_max = OPERANDS_ANY,
};
