/* SPDX-License-Identifier: GPL-2.0-only */
#include "change/change.h"
#include "change/report.h"
#include "cli/message.h"
#include "policy/words.h"
#include <errno.h>
#include <string.h>

/* The NICs to attach: in a policy, so that they are sorted and each is there once. */
static int read_nics(const struct invocation *invocation, struct policy *nics, struct error *error)
{
	enum attach_mode mode = ATTACH_AUTO;
	int code = 0;

	if (option_given(invocation, OPTION_MODE))
		code = words_read_mode(invocation->options.mode, &mode, error);
	for (size_t i = 0; i < invocation->operand_count && code == 0; i++) {
		code = words_check_nic(invocation->operands[i], error);
		if (code == 0)
			code = policy_attach(nics, invocation->operands[i], mode);
	}
	if (code == -ENOSPC)
		return error_set(error, -EINVAL, "no more than %d NICs can be attached", MAX_NICS);
	return code;
}

static int edit_attach(struct policy *policy, const void *argument, struct error *error)
{
	const struct change *change = argument;
	int code = 0;

	for (size_t i = 0; i < change->attach_count && code == 0; i++)
		code = policy_attach(policy, change->attach[i].nic, change->attach[i].mode);
	if (code == -ENOSPC)
		return error_set(error, -EINVAL, "the policy already attaches %d NICs", MAX_NICS);
	return code;
}

/* A NIC keeps the mode that the file gives it, unless --mode says otherwise; and an attached NIC
 * does not change its mode. */
static int want(struct change *change, const struct policy *nics, struct error *error)
{
	bool explicit_mode = option_given(change->invocation, OPTION_MODE);

	for (size_t i = 0; i < nics->attachment_count; i++) {
		struct attachment wanted = nics->attachments[i];
		const char *name = wanted.nic;
		const struct nic_status *have = live_nic(&change->live, name, true);
		const struct attachment *saved = policy_attachment(&change->file.policy, name);
		if (saved && !explicit_mode)
			wanted.mode = saved->mode;
		if (have && explicit_mode && wanted.mode != ATTACH_AUTO &&
		    wanted.mode != have->mode)
			return error_set(error, -EBUSY,
					 "%s: attached in %s mode; to change that: `portfw detach "
					 "--runtime %s`, then `portfw attach %s --mode %s`",
					 name, words_mode_name(have->mode), name, name,
					 words_mode_name(wanted.mode));
		change->attach[change->attach_count++] = wanted;
	}
	/* An attach on trial that was not confirmed is made up for. */
	change->whole = change->live.blank;
	change->edit = edit_attach;
	change->argument = change;
	return 0;
}

static void report(const struct change *change)
{
	const struct invocation *invocation = change->invocation;
	char policy[64], mode[640], trial[REPORT_TRIAL_MAX];

	report_policy(change, policy);
	report_trial(change, trial, sizeof(trial));
	for (size_t i = 0; i < change->attach_count; i++) {
		const char *name = change->attach[i].nic;
		const struct nic_status *had = live_nic(&change->live, name, true);
		if (had)
			message_done(invocation, "%s is already attached (%s)%s%s%s%s", name,
				     words_mode_name(had->mode), change->publishes ? "; " : "",
				     change->publishes ? policy : "",
				     change->saves && !change->deadline ? "; saved" : "", trial);
	}
	for (size_t i = 0; i < change->nic_count; i++) {
		report_mode(&change->nics[i], mode);
		message_done(invocation, "attached %s (%s); %s%s%s", change->nics[i].wanted.nic,
			     mode, policy,
			     option_given(invocation, OPTION_RUNTIME) ? "; not saved" : "", trial);
	}
}

/* A dry run reads nothing of the kernel that needs privileges, but it does know which NICs exist.
 */
static int check_unprivileged(const struct change *change, struct error *error)
{
	for (size_t i = 0; i < change->attach_count; i++) {
		int code = attach_check(change->attach[i].nic, error);
		if (code == -ENODEV || code == -EOPNOTSUPP)
			return code;
	}
	return 0;
}

static int run(const struct invocation *invocation)
{
	_cleanup_policy_ struct policy nics;
	_cleanup_change_ struct change change = {.lock = -1};
	struct error error = {""};

	policy_init(&nics);
	int code = read_nics(invocation, &nics, &error);
	if (code)
		return message_failure(invocation, code, &error);
	int status = change_open(&change, invocation, 0);
	if (status)
		return status;
	code = want(&change, &nics, &error);
	if (code == 0 && option_given(invocation, OPTION_DRY_RUN))
		code = check_unprivileged(&change, &error);
	if (code) {
		message_failure(invocation, code, &error);
		return STATUS_FAILED;
	}
	if (change.flows_max < FLOWS_FEW)
		message_warning("a flow table for less than %u flows may drop new ones when it is "
				"full",
				FLOWS_FEW);
	status = change_plan(&change);
	if (status == STATUS_DONE)
		status = change_make(&change);
	if (status == STATUS_DONE)
		report(&change);
	return status;
}

const struct command command_attach = {
	.name = "attach",
	.run = run,
	.synopsis = "NIC... [--mode auto|native|generic] [--max-flows N]",
	.summary = "guard NICs: load the program and attach it",
	.help = "Attaches portfw to the NICs, all or none, and enforces the policy on them. Native "
		"mode\n"
		"runs in the driver; generic mode works on every NIC, but later and slower. Where\n"
		"another XDP program is attached, portfw refuses and leaves it alone.\n",
	.options = OPTIONS_CHANGE | OPTION_MODE | OPTION_MAX_FLOWS,
	.flags = COMMAND_CHANGES,
	.operands_min = 1,
	.operands_max = OPERANDS_ANY,
};
