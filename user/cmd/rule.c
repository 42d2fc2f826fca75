/* SPDX-License-Identifier: GPL-2.0-only */
#include "rule.h"
#include "cli/message.h"
#include "cli/transact.h"
#include "policy/edit.h"
#include "policy/words.h"
#include "rule_report.h"

/* What is wanted. */
struct wanted {
	struct policy rules; /* in the order of the words */
	bool all_sources;    /* rules of narrower scope give way */
	__s64 now;	     /* from which durations were counted, in seconds since the Epoch */
};

static int edit(struct policy *policy, const void *argument, struct error *error)
{
	const struct wanted *wanted = argument;

	(void)error;
	return edit_rules(policy, &wanted->rules, wanted->all_sources);
}

static void report(const struct invocation *invocation, const struct change *change,
		   const void *argument)
{
	const struct wanted *wanted = argument;

	rule_report(invocation, change, &wanted->rules, wanted->all_sources);
}

static enum exit_status change_rules(const struct invocation *invocation, struct wanted *wanted)
{
	struct request request;
	enum exit_status status = transact_request(invocation, &request);

	if (status)
		return status;
	request.edit = edit;
	request.argument = wanted;
	request.timed = &wanted->rules;
	request.counted = wanted->now;
	return transact(invocation, &request, report, wanted);
}

enum exit_status rule_run(const struct invocation *invocation, enum action action)
{
	const struct words words = {invocation->operands, NULL, invocation->operand_count};
	struct wanted wanted = {.all_sources = option_given(invocation, OPTION_ALL_SOURCES),
				.now = moment_wall(invocation->options.policy)};
	struct error error = {""}, warning = {""};
	enum exit_status status;
	size_t bad_word;
	int code;

	policy_init(&wanted.rules);
	code = words_read_rule(&words, action, 0, wanted.now, &wanted.rules, &bad_word, &error,
			       &warning);
	if (code)
		return message_failure(invocation, code, &error);
	if (warning.text[0])
		message_warning("%s", warning.text);
	status = change_rules(invocation, &wanted);
	policy_free(&wanted.rules);
	return status;
}
