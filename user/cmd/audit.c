/* SPDX-License-Identifier: GPL-2.0-only */
#include "output/audit.h"
#include "audit_close.h"
#include "cli/message.h"
#include "survey/survey.h"
#include <stdio.h>

static enum exit_status check_options(const struct invocation *invocation)
{
	struct error error = {""};
	int code;

	if (option_given(invocation, OPTION_YES) &&
	    !option_given(invocation, OPTION_CLOSE_UNUSED)) {
		message_error(invocation, "--yes: only with --close-unused");
		return STATUS_USAGE;
	}
	code = options_check(&invocation->options, OPTION_IDLE, &error);
	return code ? message_failure(invocation, code, &error) : STATUS_DONE;
}

/* Counters that are younger than what --idle asks for say nothing. */
static void note_idle(const struct invocation *invocation, const struct survey *survey)
{
	if (option_given(invocation, OPTION_IDLE) && survey->model.since && !survey->setting.idle)
		message_note("packets are counted for less than %s: nothing is IDLE yet",
			     invocation->options.idle);
}

static enum exit_status run(const struct invocation *invocation)
{
	_cleanup_survey_ struct survey survey = {.live = LIVE_INIT};
	const struct paths paths = invocation_paths(invocation);
	const struct notes notes = message_notes(invocation);
	struct error error = {""};
	int code;
	enum exit_status status = check_options(invocation);

	if (status)
		return status;
	code = survey_take(&paths, invocation->options.idle_seconds, &survey, &notes, &error);
	if (code)
		return message_failed(invocation, code, &error);
	note_idle(invocation, &survey);
	survey_note_rules(&survey);
	if (option_given(invocation, OPTION_CLOSE_UNUSED))
		return close_unused(invocation, &survey);
	if (option_given(invocation, OPTION_JSON))
		audit_json(&survey.model, stdout);
	else
		audit_text(&survey.model, stdout);
	if (survey.model.origin == POLICY_UNKNOWN)
		return STATUS_FAILED;
	return audit_count(&survey.model, AUDIT_EXPOSED) || audit_count(&survey.model, AUDIT_STALE)
		       ? STATUS_NO
		       : STATUS_DONE;
}

const struct command command_audit = {
	.name = "audit",
	.run = run,
	.synopsis = "[--idle DURATION] [--close-unused [--yes]]",
	.summary = "show what listens, and from where it can be reached",
	.help = "Compares what listens on this host with the policy and the counters:\n"
		"  OPEN     a rule lets packets in\n"
		"  EXPOSED  reachable only because nothing denies it\n"
		"  CLOSED   the policy lets nobody in\n"
		"  LOCAL    bound to loopback\n"
		"  IDLE     allowed, but no packet has come since the first NIC was attached\n"
		"  STALE    a rule allows it, but nobody listens\n"
		"Ports that NAT publishes, as of containers, are listed too. Exit status 4:\n"
		"something is EXPOSED or STALE.\n"
		"\n"
		"With --close-unused proposes a policy: `default deny`, rules for what is used\n"
		"and was EXPOSED, no STALE ones. What had no packet and has nobody connected is\n"
		"not used; rules for IDLE ports stay, unless --idle is given. Applied with\n"
		"--yes, or once you agree at a terminal; else the exit status is 4.\n",
	.examples = EXAMPLES("portfw audit", "portfw audit --idle 7d",
			     "portfw --dry-run audit --close-unused"),
	.options = OPTIONS_CHANGE | OPTION_CLOSE_UNUSED | OPTION_YES | OPTION_IDLE,
};
