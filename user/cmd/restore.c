/* SPDX-License-Identifier: GPL-2.0-only */
#include "change/change.h"
#include "change/enforce_flows.h"
#include "change/guard.h"
#include "change/lockdown_nics.h"
#include "change/report.h"
#include "cli/message.h"
#include "state/blocks_file.h"
#include "state/lockdown_file.h"
#include <string.h>

static void report(const struct change *change)
{
	const struct invocation *invocation = change->invocation;
	const char *path = invocation->options.policy;
	char policy[64], mode[640], where[REPORT_WHERE_MAX];

	for (size_t i = 0; i < change->nic_count; i++) {
		if (!change->nics[i].attached)
			continue;
		report_mode(&change->nics[i], mode);
		message_done(invocation, "attached %s (%s)", change->nics[i].wanted.nic, mode);
	}
	report_policy(change, policy);
	report_where(change, "", where);
	if (change_needed(change))
		message_done(invocation, "restored %s: %s%s", path, policy, where);
	else if (change->running)
		message_done(invocation, "already as %s says: %s%s", path, policy, where);
	else if (!change->failures)
		message_done(invocation, "%s has no attach line, nothing to restore", path);
}

/* A new instance gets them when it is made. */
static int restore_blocks(struct change *change)
{
	struct error error = {""};
	int code = 0;

	if (change->running && !option_given(change->invocation, OPTION_DRY_RUN))
		code = blocks_file_load(change->invocation, &change->live.instance, &error);
	if (code == 0)
		return STATUS_DONE;
	message_failure(change->invocation, code, &error);
	change->failures += change->boot;
	return change->boot ? STATUS_DONE : STATUS_FAILED;
}

/* A NIC that the file does not name: a command was killed while it attached or detached it, or it
 * was attached on a trial that nobody confirmed. */
static void detach_unsettled(struct change *change)
{
	for (size_t i = 0; i < change->live.nic_count; i++) {
		const struct nic_status *nic = &change->live.nics[i];

		if (!nic->unsettled || policy_attachment(&change->file.policy, nic->name))
			continue;
		change->detach |= 1U << nic->index;
		message_warning("%s was attached or detached by a command that did not come to its "
				"end; the policy file does not name it: it is detached",
				nic->name);
	}
}

static int lockdown_status(struct change *change, int code, const struct error *error)
{
	if (code == 0)
		return STATUS_DONE;
	message_failure(change->invocation, code, error);
	change->failures += change->boot;
	return change->boot ? STATUS_DONE : STATUS_FAILED;
}

/* Lockdown outlives a reboot, also where no policy names a NIC. */
static int plan_lockdown(struct change *change)
{
	struct lockdown_file file;
	struct error error = {""};
	int code = lockdown_file_read(change->invocation, &file, &error);

	if (code == 0 && !change->running && file.on && file.lockdown.attach_all &&
	    !change->attach_count)
		code = lockdown_attach_all(change, &error);
	return lockdown_status(change, code, &error);
}

/* A new instance gets it when it is made. */
static int restore_lockdown(struct change *change)
{
	struct error error = {""};
	int code = 0;

	if (change->running && !option_given(change->invocation, OPTION_DRY_RUN))
		code = lockdown_file_load(change->invocation, &change->live.instance, NULL, &error);
	return lockdown_status(change, code, &error);
}

static int run(const struct invocation *invocation)
{
	_cleanup_change_ struct change change = {.lock = -1};
	int status = change_open(&change, invocation, CHANGE_RESTORES);

	if (status)
		return status;
	change.whole = true;
	change.boot = option_given(invocation, OPTION_BOOT);
	if (change.file.found)
		detach_unsettled(&change);
	change.attach_count = change.file.policy.attachment_count;
	memcpy(change.attach, change.file.policy.attachments, sizeof(change.attach));
	status = plan_lockdown(&change);
	if (status)
		return status;
	if (!change.file.found && !change.attach_count) {
		message_done(invocation, "%s does not exist, nothing to restore",
			     invocation->options.policy);
		return change_make(&change);
	}
	status = change_plan(&change);
	if (status == STATUS_DONE)
		status = guard_change(&change);
	if (status == STATUS_DONE && change.running && !option_given(invocation, OPTION_DRY_RUN))
		enforce_mend_egress(&change);
	if (status == STATUS_DONE)
		status = restore_lockdown(&change);
	if (status == STATUS_DONE)
		status = restore_blocks(&change);
	if (status == STATUS_DONE)
		status = change_make(&change);
	if (status == STATUS_DONE || change.failures)
		report(&change);
	return status;
}

const struct command command_restore = {
	.name = "restore",
	.run = run,
	.synopsis = "[--boot] [--max-flows N]",
	.summary = "attach and enforce what the policy file says",
	.help = "Attaches the NICs of the policy file and makes the kernel follow the file. NICs "
		"that\n"
		"are attached stay so. All or nothing, but for --boot: then whatever can be "
		"attached\n"
		"is, failures are reported, and the exit status is 1 if there was one.\n",
	.options = OPTION_JSON | OPTION_DRY_RUN | OPTION_QUIET | OPTION_FORCE | OPTION_CONFIRM |
		   OPTION_POLICY | OPTION_BOOT | OPTION_MAX_FLOWS,
	.flags = COMMAND_CHANGES,
};
