/* SPDX-License-Identifier: GPL-2.0-only */
#include "live.h"
#include "load.h"
#include "message.h"
#include "output/policy.h"
#include <stdio.h>

static int run(const struct invocation *invocation)
{
	_cleanup_loaded_ struct loaded file;
	_cleanup_live_ struct live live = LIVE_INIT;
	const struct policy *policy = &file.policy;
	bool runtime = option_given(invocation, OPTION_RUNTIME);
	int status = STATUS_DONE;

	if (!runtime) {
		status = load_policy_file(invocation, false, &file);
	} else {
		/* Only for the modes of its attach lines: without it they are those of the kernel.
		 */
		load_read(invocation->options.policy, &file, NULL);
		status = live_load(invocation, &live);
		live_adopt_modes(&live, &file.policy);
		policy = &live.policy;
	}
	if (status)
		return status;
	int code = option_given(invocation, OPTION_JSON) ? policy_write_json(policy, stdout)
							 : policy_write_text(policy, stdout);
	if (code)
		return message_failure(invocation, code, &(struct error){""});
	return STATUS_DONE;
}

const struct command command_list = {
	.name = "list",
	.run = run,
	.synopsis = "",
	.summary = "print the policy; `portfw apply -` reads it back",
	.help = "Prints the policy file in canonical form. With --runtime, prints the policy that "
		"the\n"
		"kernel enforces now.\n",
	.options = OPTION_JSON | OPTION_QUIET | OPTION_RUNTIME | OPTION_POLICY,
};
