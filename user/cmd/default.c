/* SPDX-License-Identifier: GPL-2.0-only */
#include "change/change.h"
#include "change/report.h"
#include "cli/message.h"
#include "output/policy.h"
#include "policy/words.h"

static int edit_default(struct policy *policy, const void *argument, struct error *error)
{
	(void)error;
	policy->default_action = *(const enum action *)argument;
	return 0;
}

static int run(const struct invocation *invocation)
{
	_cleanup_change_ struct change change = {.lock = -1};
	const struct words words = {invocation->operands, NULL, invocation->operand_count};
	struct error error = {""};
	enum action action;
	size_t bad_word;
	char where[REPORT_WHERE_MAX];

	int code = words_read_default(&words, &action, &bad_word, &error);
	if (code)
		return message_failure(invocation, code, &error);
	int status = change_open(&change, invocation, 0);
	if (status)
		return status;
	change.edit = edit_default;
	change.argument = &action;
	status = change_plan(&change);
	if (status == STATUS_DONE)
		status = change_make(&change);
	if (status)
		return status;
	report_where(&change, "", where);
	message_done(invocation, "%sdefault %s%s", change_needed(&change) ? "" : "already ",
		     action_name(action), where);
	return STATUS_DONE;
}

const struct command command_default = {
	.name = "default",
	.run = run,
	.synopsis = "allow|deny",
	.summary = "say what happens to packets that no rule names",
	.help = "Sets what happens to packets that no rule names. ARP, neighbour discovery, ICMP "
		"and\n"
		"answers of DHCP servers pass either way. This build does not track replies yet: "
		"under\n"
		"`default deny` the answers to this host's own connections drop, unless their "
		"ports\n"
		"are allowed.\n",
	.options = OPTIONS_CHANGE,
	.flags = COMMAND_CHANGES,
	.operands_max = OPERANDS_ANY,
};
