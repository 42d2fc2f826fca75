/* SPDX-License-Identifier: GPL-2.0-only */
#include "change/report.h"
#include "cli/message.h"
#include "cli/transact.h"
#include "output/policy.h"
#include "policy/words.h"

static int edit_default(struct policy *policy, const void *argument, struct error *error)
{
	(void)error;
	policy->default_action = *(const enum action *)argument;
	return 0;
}

static void report(const struct invocation *invocation, const struct change *change,
		   const void *argument)
{
	char where[REPORT_WHERE_MAX];

	report_where(change, "", where);
	message_done(invocation, "%sdefault %s%s", change_needed(change) ? "" : "already ",
		     action_name(*(const enum action *)argument), where);
}

static enum exit_status run(const struct invocation *invocation)
{
	const struct words words = {invocation->operands, NULL, invocation->operand_count};
	struct error error = {""};
	enum exit_status status;
	struct request request;
	enum action action;
	size_t bad_word;
	int code = words_read_default(&words, &action, &bad_word, &error);

	if (code)
		return message_failure(invocation, code, &error);
	status = transact_request(invocation, &request);
	if (status)
		return status;
	request.edit = edit_default;
	request.argument = &action;
	return transact(invocation, &request, report, &action);
}

const struct command command_default = {
	.name = "default",
	.run = run,
	.synopsis = "allow|deny",
	.summary = "say what happens to packets that no rule names",
	.help = "Sets what happens to packets that no rule names. ARP, neighbour discovery,\n"
		"ICMP and answers of DHCP servers pass either way, and so do the replies to\n"
		"what this host opens itself: `default deny` closes ports, it does not cut the\n"
		"host off.\n",
	.examples = EXAMPLES("portfw --dry-run default deny", "portfw --confirm 5m default deny"),
	.options = OPTIONS_CHANGE,
	.flags = COMMAND_CHANGES,
	.operands_max = OPERANDS_ANY,
};
