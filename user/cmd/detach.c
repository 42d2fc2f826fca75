/* SPDX-License-Identifier: GPL-2.0-only */
#include "cli/message.h"
#include "cli/transact.h"
#include "policy/words.h"
#include <errno.h>

static int read_names(const struct invocation *invocation, struct request *request,
		      struct error *error)
{
	request->detaches = true;
	request->detach_all = option_given(invocation, OPTION_ALL);
	request->detach = invocation->operands;
	request->detach_count = invocation->operand_count;
	if (request->detach_all && request->detach_count)
		return error_set(error, -EINVAL, "%s: --all already means every NIC",
				 request->detach[0]);
	if (!request->detach_all && !request->detach_count)
		return error_set(error, -EINVAL, "which NIC? usage: portfw detach NIC... | --all");
	for (size_t i = 0; i < request->detach_count; i++) {
		int code = words_check_nic(request->detach[i], error);
		if (code)
			return code;
	}
	return 0;
}

static void report_nic(const struct invocation *invocation, const struct change *change,
		       const char *name)
{
	const struct nic_status *had = live_nic(&change->have.live, name, false);
	bool runtime = change->request->runtime;
	bool saved = attachments_find(&change->have.file.attached, name);
	const char *tail = runtime && saved ? "; `portfw restore` attaches it again" : "";

	if (had && had->gone)
		message_done(invocation, "detached %s, which was gone%s", name, tail);
	else if (had)
		message_done(invocation, "detached %s: its packets pass unfiltered%s", name, tail);
	else if (saved && !runtime)
		message_done(invocation, "%s: its attach line is removed", name);
	else
		message_done(invocation, "%s is not attached, nothing to detach", name);
}

static void report(const struct invocation *invocation, const struct change *change,
		   const void *argument)
{
	const struct request *request = change->request;
	const struct live *live = &change->have.live;
	const struct attachments *saved = &change->have.file.attached;

	(void)argument;
	for (size_t i = 0; i < request->detach_count; i++)
		report_nic(invocation, change, request->detach[i]);
	if (!request->detach_all)
		return;
	for (size_t i = 0; i < live->nic_count; i++)
		report_nic(invocation, change, live->nics[i].name);
	for (size_t i = 0; i < saved->count; i++) {
		if (!live_nic(live, saved->list[i].nic, false) && change->plan.saves)
			report_nic(invocation, change, saved->list[i].nic);
	}
	if (change->have.damaged)
		message_done(invocation, "removed the damaged pins in %s", request->paths.pin_dir);
	if (live->nic_count == 0)
		message_done(invocation, "no NIC is attached");
}

static enum exit_status run(const struct invocation *invocation)
{
	struct error error = {""};
	struct request request;
	enum exit_status status = transact_request(invocation, &request);

	if (status)
		return status;
	int code = read_names(invocation, &request, &error);
	if (code)
		return message_failure(invocation, code, &error);
	return transact(invocation, &request, report, NULL);
}

const struct command command_detach = {
	.name = "detach",
	.run = run,
	.synopsis = "NIC... | --all",
	.summary = "stop guarding NICs",
	.help = "Detaches portfw from the NICs, whose packets then all pass. The rules stay in\n"
		"the policy file; its attach lines of these NICs go, unless --runtime keeps\n"
		"them for `portfw restore`. With the last NIC nothing of portfw stays in the\n"
		"kernel.\n",
	.examples = EXAMPLES("portfw detach eth1", "portfw detach --all --runtime"),
	.options = (OPTIONS_CHANGE & ~OPTION_CONFIRM) | OPTION_ALL,
	.flags = COMMAND_CHANGES,
	.operands_max = OPERANDS_ANY,
};
