/* SPDX-License-Identifier: GPL-2.0-only */
#include "output/flows.h"
#include "cli/message.h"
#include "state/live.h"
#include <stdio.h>
#include <stdlib.h>

/* Drops the flows that are over and sorts the others. */
static void keep_live(struct flow_list *list, __u64 now)
{
	size_t kept = 0;

	for (size_t i = 0; i < list->count; i++) {
		if (list->entries[i].flow.until > now)
			list->entries[kept++] = list->entries[i];
	}
	list->count = kept;
	if (kept)
		qsort(list->entries, kept, sizeof(*list->entries), flows_compare);
}

static enum exit_status run(const struct invocation *invocation)
{
	_cleanup_flow_list_ struct flow_list list = {NULL, 0};
	_cleanup_live_ struct live live = LIVE_INIT;
	const struct paths paths = invocation_paths(invocation);
	struct error error = {""};
	int code = live_open(&paths, &live, &error);

	if (code == 0)
		code = flows_read(&live.instance, &list, &error);
	if (code)
		return message_failed(invocation, code, &error);
	keep_live(&list, live.now.jiffies);
	struct flows_model model = {
		.flows = list.entries,
		.count = list.count,
		.max = live.instance.control->flows_max,
		.now = live.now.jiffies,
		.hz = live.now.hz,
	};
	if (option_given(invocation, OPTION_JSON))
		flows_json(&model, stdout);
	else
		flows_text(&model, stdout);
	return STATUS_DONE;
}

const struct command command_flows = {
	.name = "flows",
	.run = run,
	.synopsis = "",
	.summary = "list what this host opened, whose answers pass",
	.help = "Lists the connections that this host, or a machine behind it, opened: their\n"
		"replies pass also under `default deny`. AGE is how long ago a flow began, IDLE\n"
		"how long ago its last packet left (noted every 30 seconds at most), LIMIT how\n"
		"long it still lasts without more of them. FROM: `seen` were its packets on\n"
		"their way out, or it was `seeded` when a NIC was attached or before a change.\n"
		"Of an ICMP echo the identifier stands where ports do.\n",
	.examples = EXAMPLES("portfw flows"),
	.options = OPTION_JSON | OPTION_QUIET,
};
