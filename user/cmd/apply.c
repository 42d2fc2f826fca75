/* SPDX-License-Identifier: GPL-2.0-only */
#include "change/report.h"
#include "cli/input.h"
#include "cli/message.h"
#include "cli/transact.h"
#include "policy/words.h"
#include <string.h>

static void warn_of_modes(const struct change *change)
{
	for (size_t i = 0; i < change->plan.attach_count; i++) {
		const struct attachment *wanted = &change->plan.attach[i];
		const struct nic_status *have = live_nic(&change->have.live, wanted->nic, true);
		if (have && wanted->mode != ATTACH_AUTO && wanted->mode != have->mode)
			message_warning("%s stays attached in %s mode; to change that: `portfw "
					"detach --runtime %s`, then `portfw restore`",
					wanted->nic, words_mode_name(have->mode), wanted->nic);
	}
}

static void report(const struct invocation *invocation, const struct change *change,
		   const void *argument)
{
	char mode[640], result[REPORT_RESULT_MAX];

	warn_of_modes(change);
	for (size_t i = 0; i < change->done.nic_count; i++) {
		report_mode(&change->done.nics[i], mode);
		message_done(invocation, "attached %s (%s)", change->done.nics[i].wanted.nic, mode);
	}
	report_result(change, result);
	message_done(invocation, "%sapplied %s: %s", change_needed(change) ? "" : "already ",
		     load_name(argument), result);
}

static enum exit_status run(const struct invocation *invocation)
{
	_cleanup_loaded_ struct loaded input;
	const char *path = invocation->operands[0];
	struct request request;
	enum exit_status status = input_file(invocation, path, ", nothing changed", &input);

	if (status == STATUS_DONE)
		status = transact_request(invocation, &request);
	if (status)
		return status;
	request.base = BASE_GIVEN;
	request.given = &input.policy;
	request.given_path = path;
	request.attach_count = input.attached.count;
	memcpy(request.attach, input.attached.list, sizeof(request.attach));
	return transact(invocation, &request, report, path);
}

const struct command command_apply = {
	.name = "apply",
	.run = run,
	.synopsis = "FILE|-",
	.summary = "replace the whole policy by that of a file",
	.help = "Replaces the policy, at once and whole or not at all. NICs that the new policy\n"
		"attaches are attached; no NIC is ever detached. `-` reads standard input.\n",
	.examples = EXAMPLES("portfw apply policy.new", "portfw --confirm 5m apply policy.new"),
	.options = OPTIONS_CHANGE,
	.flags = COMMAND_CHANGES,
	.operands_min = 1,
	.operands_max = 1,
};
