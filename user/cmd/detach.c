/* SPDX-License-Identifier: GPL-2.0-only */
#include "change/change.h"
#include "change/report.h"
#include "cli/message.h"
#include "policy/words.h"
#include <errno.h>
#include <string.h>

/* The NICs that the command names. */
struct names {
	bool all;
	const char *const *list;
	size_t count;
};

static bool named(const struct names *names, const char *nic)
{
	for (size_t i = 0; i < names->count; i++) {
		if (strcmp(names->list[i], nic) == 0)
			return true;
	}
	return names->all;
}

static int edit_detach(struct policy *policy, const void *argument, struct error *error)
{
	(void)error;
	for (size_t i = policy->attachment_count; i-- > 0;) {
		struct attachment attachment = policy->attachments[i];
		if (named(argument, attachment.nic))
			policy_detach(policy, attachment.nic);
	}
	return 0;
}

static int read_names(const struct invocation *invocation, struct names *names, struct error *error)
{
	names->all = option_given(invocation, OPTION_ALL);
	names->list = invocation->operands;
	names->count = invocation->operand_count;
	if (names->all && names->count)
		return error_set(error, -EINVAL, "%s: --all already means every NIC",
				 names->list[0]);
	if (!names->all && !names->count)
		return error_set(error, -EINVAL, "which NIC? usage: portfw detach NIC... | --all");
	for (size_t i = 0; i < names->count; i++) {
		int code = words_check_nic(names->list[i], error);
		if (code)
			return code;
	}
	return 0;
}

static void report_nic(const struct change *change, const char *name)
{
	const struct nic_status *had = live_nic(&change->live, name, false);
	bool runtime = option_given(change->invocation, OPTION_RUNTIME);
	bool saved = policy_attachment(&change->file.policy, name);
	const char *tail = runtime && saved ? "; `portfw restore` attaches it again" : "";

	if (had && had->gone)
		message_done(change->invocation, "detached %s, which was gone%s", name, tail);
	else if (had)
		message_done(change->invocation, "detached %s: its packets pass unfiltered%s", name,
			     tail);
	else if (saved && !runtime)
		message_done(change->invocation, "%s: its attach line is removed", name);
	else
		message_done(change->invocation, "%s is not attached, nothing to detach", name);
}

static void report(const struct change *change, const struct names *names)
{
	const struct live *live = &change->live;
	const struct policy *saved = &change->file.policy;

	for (size_t i = 0; i < names->count; i++)
		report_nic(change, names->list[i]);
	if (!names->all)
		return;
	for (size_t i = 0; i < live->nic_count; i++)
		report_nic(change, live->nics[i].name);
	for (size_t i = 0; i < saved->attachment_count; i++) {
		if (!live_nic(live, saved->attachments[i].nic, false) && change->saves)
			report_nic(change, saved->attachments[i].nic);
	}
	if (change->damaged)
		message_done(change->invocation, "removed the damaged pins in %s",
			     change->invocation->options.pin_dir);
	if (live->nic_count == 0)
		message_done(change->invocation, "no NIC is attached");
}

static int run(const struct invocation *invocation)
{
	_cleanup_change_ struct change change = {.lock = -1};
	struct error error = {""};
	struct names names;

	int code = read_names(invocation, &names, &error);
	if (code)
		return message_failure(invocation, code, &error);
	int status = change_open(&change, invocation, names.all ? CHANGE_MENDS_DAMAGE : 0);
	if (status)
		return status;
	change.edit = edit_detach;
	change.argument = &names;
	change.detaches = true;
	for (size_t i = 0; i < change.live.nic_count; i++) {
		if (named(&names, change.live.nics[i].name))
			change.detach |= 1U << change.live.nics[i].index;
	}
	status = change_plan(&change);
	if (status == STATUS_DONE)
		status = change_make(&change);
	if (status)
		return status;
	/* What crashed or damaged instances left behind goes too. */
	if (names.all && !option_given(invocation, OPTION_DRY_RUN)) {
		code = instance_remove(invocation->options.pin_dir, &error);
		if (code) {
			message_failure(invocation, code, &error);
			return STATUS_FAILED;
		}
	}
	report(&change, &names);
	return STATUS_DONE;
}

const struct command command_detach = {
	.name = "detach",
	.run = run,
	.synopsis = "NIC... | --all",
	.summary = "stop guarding NICs",
	.help = "Detaches portfw from the NICs, whose packets then all pass. The rules stay in "
		"the\n"
		"policy file; its attach lines of these NICs go, unless --runtime keeps them for\n"
		"`portfw restore`. With the last NIC nothing of portfw stays in the kernel.\n",
	.options = (OPTIONS_CHANGE & ~OPTION_CONFIRM) | OPTION_ALL,
	.flags = COMMAND_CHANGES,
	.operands_max = OPERANDS_ANY,
};
