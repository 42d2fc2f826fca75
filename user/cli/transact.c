/* SPDX-License-Identifier: GPL-2.0-only */
#include "transact.h"
#include "message.h"
#include "output/changes.h"
#include <errno.h>
#include <stdio.h>

enum exit_status transact_request(const struct invocation *invocation, struct request *request)
{
	const struct options *options = &invocation->options;
	struct error error = {""};
	int code = options_check(options, OPTION_CONFIRM | OPTION_MAX_FLOWS, &error);

	*request = (struct request){
		.paths = invocation_paths(invocation),
		.dry_run = option_given(invocation, OPTION_DRY_RUN),
		.runtime = option_given(invocation, OPTION_RUNTIME),
		.force = option_given(invocation, OPTION_FORCE),
		.boot = option_given(invocation, OPTION_BOOT),
		.trial_seconds = options->confirm_seconds,
		.trial = options->confirm,
		.consequence =
			invocation->command->flags & COMMAND_CHANGES ? ", nothing changed" : "",
		.can_be_tried = invocation->command->options & OPTION_CONFIRM,
		.flows_max = options->max_flows,
	};
	return code ? message_failure(invocation, code, &error) : STATUS_DONE;
}

enum exit_status transact_show(const struct invocation *invocation, const struct diff_side *old,
			       const struct diff_side *new, bool needed, const char *none)
{
	_cleanup_diff_ struct diff diff = {NULL, 0};
	int code = needed ? diff_files(old, new, &diff) : 0;

	if (code) {
		enum exit_status status = message_failure(invocation, code, &(struct error){""});
		return invocation_changes(invocation) ? STATUS_DONE : status;
	}
	if (option_given(invocation, OPTION_JSON))
		changes_json(needed, &diff, stdout);
	else
		changes_text(&diff, stdout);
	if (!diff.count && message_wanted(invocation))
		puts(none);
	return STATUS_DONE;
}

enum exit_status transact(const struct invocation *invocation, const struct request *request,
			  transact_report *report, const void *argument)
{
	_cleanup_change_ struct change change = CHANGE_INIT(message_notes(invocation));
	enum exit_status status = change_run(request, &change), shown = STATUS_DONE;
	struct diff_side old, new;

	if (status && !change_failures(&change))
		return status;
	if (change.done.made && (request->dry_run || option_given(invocation, OPTION_JSON))) {
		change_policies(&change, &old, &new);
		shown = transact_show(invocation, &old, &new, change_needed(&change),
				      "nothing would change");
	}
	if (shown)
		return shown;
	report(invocation, &change, argument);
	return status;
}
