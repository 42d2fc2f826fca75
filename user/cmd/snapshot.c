/* SPDX-License-Identifier: GPL-2.0-only */
/* snapshot: the evidence that lockdown writes, at any time. */
#include "cli/message.h"
#include "output/json.h"
#include "survey/evidence.h"
#include <errno.h>
#include <string.h>

static enum exit_status run(const struct invocation *invocation)
{
	_cleanup_live_ struct live live = LIVE_INIT;
	const struct paths paths = invocation_paths(invocation);
	const struct notes notes = message_notes(invocation);
	const struct evidence_bounds all = {0};
	const char *path = invocation->operand_count ? invocation->operands[0] : "-";
	struct error error = {""};
	int code = live_read(&paths, false, &live, &error);
	json_t *evidence;

	if (code && code != -ENOENT)
		message_warning("the running policy, counters and flows are left out: %s",
				error.text);
	if (code == 0)
		live_expire(&live);
	evidence = evidence_collect(&paths, code == 0 ? &live : NULL, &all, &notes);
	if (!evidence)
		return message_failed(invocation, -ENOMEM, &(struct error){"out of memory"});
	if (strcmp(path, "-") == 0) {
		json_write(evidence, stdout);
		return STATUS_DONE;
	}
	code = evidence_write(evidence, path, &error);
	if (code)
		return message_failed(invocation, code, &error);
	message_done(invocation, "wrote %s", path);
	return STATUS_DONE;
}

const struct command command_snapshot = {
	.name = "snapshot",
	.run = run,
	.synopsis = "[FILE]",
	.summary = "record sockets, processes, policy, counters and flows",
	.help = "Writes one JSON record to FILE (mode 0600) or standard output: sockets with\n"
		"their ends and processes, command lines, the policy in force, counters, the\n"
		"block list, flows. What cannot be read is named in \"missing\".\n",
	.examples = EXAMPLES("portfw snapshot /root/evidence.json"),
	.options = OPTION_JSON | OPTION_QUIET | OPTION_POLICY,
	.operands_max = 1,
};
