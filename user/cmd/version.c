/* SPDX-License-Identifier: GPL-2.0-only */
#include "cli/invocation.h"
#include "output/json.h"
#include <portfw/abi.h>
#include <stdio.h>

static enum exit_status run(const struct invocation *invocation)
{
	if (option_given(invocation, OPTION_JSON))
		json_write(json_pack("{s:s, s:i}", "version", PORTFW_VERSION, "abi", ABI_VERSION),
			   stdout);
	else
		printf("portfw %s\n", PORTFW_VERSION);
	return STATUS_DONE;
}

const struct command command_version = {
	.name = "version",
	.run = run,
	.synopsis = "",
	.summary = "print the version",
	.help = "Prints the version of portfw.\n",
	.examples = EXAMPLES("portfw version"),
	.options = OPTION_JSON,
};
