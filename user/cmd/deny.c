/* SPDX-License-Identifier: GPL-2.0-only */
#include "rule.h"

static enum exit_status run(const struct invocation *invocation)
{
	return rule_run(invocation, ACTION_DENY);
}

const struct command command_deny = {
	.name = "deny",
	.run = run,
	.synopsis =
		"TARGET [from SRC[,SRC]...] [on NIC] [for DURATION] [comment TEXT] [--all-sources]",
	.summary = "drop packets to ports or of a protocol",
	.help = "Drops packets to the ports, from now on and after a reboot. Sessions that\n"
		"others have open to them are cut, too; connections that this host opened\n"
		"itself are not. Where rules for narrower sources leave ports open, it says so;\n"
		"--all-sources overrules these, too.\n" TARGET_HELP DURATION_HELP,
	.examples = EXAMPLES("portfw deny tcp 8080", "portfw deny udp 5353 on eth1",
			     "portfw deny tcp 22 --all-sources"),
	.options = OPTIONS_CHANGE | OPTION_ALL_SOURCES,
	.flags = COMMAND_CHANGES | COMMAND_TARGET,
	.operands_min = 1,
	.operands_max = OPERANDS_ANY,
};
