/* SPDX-License-Identifier: GPL-2.0-only */
#include "audit_close.h"
#include "change/report.h"
#include "cli/message.h"
#include "cli/transact.h"
#include "host/session.h"
#include "output/changes.h"
#include "output/escape.h"
#include "policy/diff.h"
#include "policy/scope.h"
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static int edit_policy(struct policy *policy, const void *argument, struct error *error)
{
	(void)error;
	/* Rules of the policy that was replaced by a trial may not be normal yet. */
	int code = policy->normal ? 0 : policy_normalise(policy, NULL);

	return code ? code : audit_close_unused(policy, argument);
}

/* --- What it means ------------------------------------------------------------------------- */

static int compare(const void *a, const void *b)
{
	return audit_listener_compare(*(const struct listener *const *)a,
				      *(const struct listener *const *)b);
}

/* `listeners`: room for as many as the survey has rows. */
static void make_plan(const struct survey *survey, bool drop_idle,
		      const struct listener **listeners, struct close_plan *plan)
{
	struct session session;

	for (size_t i = 0; i < survey->model.row_count; i++)
		listeners[i] = &survey->model.rows[i].listener;
	qsort(listeners, survey->model.row_count, sizeof(*listeners), compare);
	*plan = (struct close_plan){
		.listeners = listeners,
		.count = survey->model.row_count,
		.counted = survey->model.since && survey->setting.nic_count,
		.drop_idle = drop_idle,
		.now = survey->setting.now,
	};
	if (!session_find(&session))
		return;
	plan->operator_source = endpoint_prefix(&session.client);
	plan->operator_port = session.server.port;
}

static void say_row(const char *what, const struct audit_row *row, const char *tail)
{
	char port[48];

	if (row->listener.raw)
		snprintf(port, sizeof(port), "proto %s", row->service);
	else if (row->listener.low == row->listener.high)
		snprintf(port, sizeof(port), "%s %u", row->service, row->listener.low);
	else
		snprintf(port, sizeof(port), "%s %u-%u", row->service, row->listener.low,
			 row->listener.high);
	printf("%s %s", what, port);
	if (*row->process) {
		fputs(" (", stdout);
		escape_write(row->process, stdout);
		putchar(')');
	}
	printf("%s\n", tail);
}

/* What is said of a listener: what closes, and what stays although nobody came. */
static const char *fate(const struct survey *survey, const struct close_plan *plan,
			const struct listener *listener, const char **tail)
{
	*tail = "";
	if (listener->verdict == AUDIT_EXPOSED && listener->client) {
		*tail = ": answers to it pass without a rule";
		return "no rule for";
	}
	if (listener->verdict == AUDIT_EXPOSED &&
	    audit_is_allowed(survey->setting.policy, listener)) {
		*tail = " to those whom a rule names";
		return "leaves";
	}
	if (listener->verdict == AUDIT_EXPOSED && !audit_keeps(plan, listener)) {
		*tail = ": no packet has come";
		return "closes";
	}
	if (listener->verdict != AUDIT_IDLE || listener->has_peers)
		return NULL;
	*tail = plan->drop_idle ? ": no packet for so long"
				: ": no packet has come, but a rule allows it";
	return plan->drop_idle ? "closes" : "keeps";
}

static void say_what_happens(const struct invocation *invocation, const struct survey *survey,
			     const struct close_plan *plan)
{
	const struct audit_row *before = NULL;

	if (!plan->counted)
		message_note("no NIC is attached, so no packets were "
			     "counted: all that listens counts as used");
	if (!message_wanted(invocation))
		return;
	for (size_t i = 0; i < survey->model.row_count; i++) {
		const struct audit_row *row = &survey->model.rows[i];
		const char *tail, *what = fate(survey, plan, &row->listener, &tail);
		bool again = before && strcmp(before->service, row->service) == 0 &&
			     audit_listener_compare(&before->listener, &row->listener) == 0;

		if (what && !again)
			say_row(what, row, tail);
		before = what ? row : before;
	}
}

/* --- Doing it ------------------------------------------------------------------------------ */

static enum exit_status request_of(const struct invocation *invocation,
				   const struct close_plan *plan, struct request *request)
{
	enum exit_status status = transact_request(invocation, request);

	request->edit = edit_policy;
	request->argument = plan;
	return status;
}

/* What would become of the policy that the change is for. */
static int find_changes(const struct change *change, struct diff *diff)
{
	bool of_kernel = change->request->runtime;
	const struct policy *old =
		of_kernel ? &change->have.live.policy : &change->have.file.policy;
	const struct policy *new =
		of_kernel ? &change->plan.live_policy : &change->plan.file_policy;

	return diff_policies(old, new, diff);
}

/* Shows the changes without making them. *count: how many there are. */
static enum exit_status propose(const struct invocation *invocation, const struct survey *survey,
				const struct close_plan *plan, size_t *count)
{
	_cleanup_change_ struct change change = CHANGE_INIT(message_notes(invocation));
	_cleanup_diff_ struct diff diff = {NULL, 0};
	struct request request;
	enum exit_status status = request_of(invocation, plan, &request);

	if (status)
		return status;
	request.dry_run = true;
	status = change_propose(&request, &change);
	if (status)
		return status;
	if (find_changes(&change, &diff))
		return message_failed(invocation, -ENOMEM, &(struct error){""});
	*count = diff.count;
	say_what_happens(invocation, survey, plan);
	if (option_given(invocation, OPTION_JSON))
		changes_json(diff.count, &diff, stdout);
	else
		changes_text(&diff, stdout);
	return STATUS_DONE;
}

static bool ask(void)
{
	char answer[16] = "";

	fputs("Apply this? [y/N] ", stdout);
	fflush(stdout);
	return fgets(answer, sizeof(answer), stdin) && (*answer == 'y' || *answer == 'Y');
}

static void report(const struct invocation *invocation, const struct change *change,
		   const void *argument)
{
	char result[REPORT_RESULT_MAX];

	(void)argument;
	report_result(change, result);
	message_done(invocation, "%s%s", change_needed(change) ? "" : "already ", result);
}

static enum exit_status apply(const struct invocation *invocation, const struct close_plan *plan)
{
	struct request request;
	enum exit_status status = request_of(invocation, plan, &request);

	return status ? status : transact(invocation, &request, report, NULL);
}

static enum exit_status decide(const struct invocation *invocation, const struct survey *survey,
			       const struct close_plan *plan)
{
	bool json = option_given(invocation, OPTION_JSON);
	bool yes = option_given(invocation, OPTION_YES);
	size_t changes = 0;
	enum exit_status status;

	/* transact() prints the changes itself then. */
	if (option_given(invocation, OPTION_DRY_RUN) || (json && yes)) {
		say_what_happens(invocation, survey, plan);
		return apply(invocation, plan);
	}
	status = propose(invocation, survey, plan, &changes);
	if (status || (!changes && !yes)) {
		if (!status && message_wanted(invocation))
			puts("nothing would change");
		return status;
	}
	if (!yes && !json && isatty(STDIN_FILENO) && isatty(STDOUT_FILENO))
		yes = ask();
	if (yes)
		return apply(invocation, plan);
	fflush(stdout);
	message_note("nothing was changed: `portfw audit --close-unused --yes` applies this");
	return STATUS_NO;
}

enum exit_status close_unused(const struct invocation *invocation, const struct survey *survey)
{
	const struct listener **listeners = calloc(survey->model.row_count + 1, sizeof(*listeners));
	struct close_plan plan;
	enum exit_status status;

	if (survey->model.origin != POLICY_RUNNING) {
		free(listeners);
		message_error(invocation, "--close-unused needs the running policy and its "
					  "counters, which cannot be read");
		return STATUS_FAILED;
	}
	if (!listeners) {
		message_error(invocation, "%s", strerror(ENOMEM));
		return STATUS_FAILED;
	}
	make_plan(survey, option_given(invocation, OPTION_IDLE), listeners, &plan);
	status = decide(invocation, survey, &plan);
	free(listeners);
	return status;
}
