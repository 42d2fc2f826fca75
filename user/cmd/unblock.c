/* SPDX-License-Identifier: GPL-2.0-only */
#include "block.h"

static enum exit_status run(const struct invocation *invocation)
{
	return block_run(invocation, false);
}

const struct command command_unblock = {
	.name = "unblock",
	.run = run,
	.synopsis = "ADDR...|-",
	.summary = "take addresses off the block list",
	.help = "Removes the addresses or prefixes, as they were given to block, from the block\n"
		"list. With - they are read from standard input, as block does. `portfw list\n"
		"--json` shows the list.\n",
	.examples = EXAMPLES("portfw unblock 203.0.113.7"),
	.options = OPTIONS_BLOCK & ~OPTION_FORCE,
	.flags = COMMAND_CHANGES,
	.operands_min = 1,
	.operands_max = OPERANDS_ANY,
};
