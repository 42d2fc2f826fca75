/* SPDX-License-Identifier: GPL-2.0-only */
#include "change/lockdown.h"
#include "cli/message.h"
#include "output/lockdown.h"
#include <stdio.h>

static enum exit_status run(const struct invocation *invocation)
{
	_cleanup_lockdown_change_ struct lockdown_change change =
		LOCKDOWN_CHANGE_INIT(message_notes(invocation));
	const struct lockdown_request request = {
		.paths = invocation_paths(invocation),
		.dry_run = option_given(invocation, OPTION_DRY_RUN),
	};
	enum exit_status status = lockdown_end(&request, &change);

	if (status && !change.done)
		return status;
	if (request.dry_run && !option_given(invocation, OPTION_JSON))
		puts(change.was_on ? "would unlock" : "lockdown is not on");
	message_done(invocation, "%s",
		     !change.was_on   ? "lockdown is not on"
		     : change.running ? "unlocked: the policy holds again"
				      : "unlocked");
	if (option_given(invocation, OPTION_JSON))
		lockdown_json(&(struct lockdown_model){.on = false}, stdout);
	return status;
}

const struct command command_unlock = {
	.name = "unlock",
	.run = run,
	.synopsis = "",
	.summary = "end a lockdown",
	.help = "Ends a lockdown: the policy holds again, as it is now. NICs stay attached. Exit\n"
		"status 5: ended, but not saved, so that a reboot brings it back.\n",
	.examples = EXAMPLES("portfw unlock"),
	.options = OPTION_JSON | OPTION_DRY_RUN | OPTION_QUIET | OPTION_POLICY,
	.flags = COMMAND_CHANGES,
};
