/* SPDX-License-Identifier: GPL-2.0-only */
#include "change/report.h"
#include "cli/message.h"
#include "cli/transact.h"
#include "kernel/bpffs.h"

/* What was restored: "/etc/portfw/policy", or what is enforced in its place. */
static const char *source_of(const struct change *change)
{
	const struct have *have = &change->have;

	if (!have->file.found)
		return "lockdown";
	if (!have->unusable)
		return change->request->paths.policy;
	return have->stand_in[0] ? have->stand_in : "what was in force";
}

static void report_nics(const struct invocation *invocation, const struct change *change)
{
	char mode[640];

	for (size_t i = 0; i < change->done.nic_count; i++) {
		if (!change->done.nics[i].attached)
			continue;
		report_mode(&change->done.nics[i], mode);
		message_done(invocation, "attached %s (%s)", change->done.nics[i].wanted.nic, mode);
	}
}

static void report(const struct invocation *invocation, const struct change *change,
		   const void *argument)
{
	const char *path = change->request->paths.policy, *source = source_of(change);
	char result[REPORT_RESULT_MAX];

	(void)argument;
	if (change->plan.nothing) {
		message_done(invocation, "%s does not exist, nothing to restore", path);
		return;
	}
	report_nics(invocation, change);
	report_result(change, result);
	if (change_needed(change))
		message_done(invocation, "restored %s: %s", source, result);
	else if (change->have.running)
		message_done(invocation, "already as %s says: %s", source, result);
	else if (!change_failures(change))
		message_done(invocation, "%s has no attach line, nothing to restore", path);
}

/* What a unit attaches is to outlive it. */
static enum exit_status check_place(const struct invocation *invocation,
				    const struct request *request)
{
	struct error error = {""};
	int code = 0;

	if (request->boot && !invocation->options.private_bpffs)
		code = bpffs_check_lasting(request->paths.pin_dir, &error);
	return code ? message_failed(invocation, code, &error) : STATUS_DONE;
}

static enum exit_status run(const struct invocation *invocation)
{
	struct request request;
	enum exit_status status = transact_request(invocation, &request);

	request.base = BASE_FILE;
	if (status == STATUS_DONE)
		status = check_place(invocation, &request);
	return status ? status : transact(invocation, &request, report, NULL);
}

const struct command command_restore = {
	.name = "restore",
	.run = run,
	.synopsis = "[--boot] [--max-flows N]",
	.summary = "attach and enforce what the policy file says",
	.help = "Attaches the NICs of the policy file and makes the kernel follow the file.\n"
		"NICs that are attached stay so. All or nothing, but for --boot: then whatever\n"
		"can be attached is, failures are reported, and the exit status is 1 if there\n"
		"was one. Lockdown and the block list are restored in any case. A policy file\n"
		"that cannot be used changes nothing of what is in force; at boot the copy of\n"
		"what it was last without errors is enforced, until the file is mended.\n",
	.examples = EXAMPLES("portfw restore", "portfw restore --boot"),
	.options = OPTION_JSON | OPTION_DRY_RUN | OPTION_QUIET | OPTION_FORCE | OPTION_CONFIRM |
		   OPTION_POLICY | OPTION_BOOT | OPTION_MAX_FLOWS,
	.flags = COMMAND_CHANGES,
};
