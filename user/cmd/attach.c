/* SPDX-License-Identifier: GPL-2.0-only */
#include "change/report.h"
#include "cli/message.h"
#include "cli/transact.h"
#include "policy/words.h"
#include <errno.h>
#include <string.h>

/* The NICs to attach, sorted, and each once. */
static int read_nics(const struct invocation *invocation, struct attachments *nics,
		     struct error *error)
{
	int code = options_check(&invocation->options, OPTION_MODE, error);

	for (size_t i = 0; i < invocation->operand_count && code == 0; i++) {
		code = words_check_nic(invocation->operands[i], error);
		if (code == 0)
			code = attachments_add(nics, invocation->operands[i],
					       invocation->options.mode);
	}
	if (code == -ENOSPC)
		return error_set(error, -EINVAL, "no more than %d NICs can be attached", MAX_NICS);
	return code;
}

static void report(const struct invocation *invocation, const struct change *change,
		   const void *argument)
{
	const struct plan *plan = &change->plan;
	const struct done *done = &change->done;
	char policy[64], mode[640], trial[REPORT_TRIAL_MAX];

	(void)argument;
	report_policy(change, policy);
	report_trial(change, trial, sizeof(trial));
	for (size_t i = 0; i < plan->attach_count; i++) {
		const char *name = plan->attach[i].nic;
		const struct nic_status *had = live_nic(&change->have.live, name, true);
		if (had)
			message_done(invocation, "%s is already attached (%s)%s%s%s%s", name,
				     words_mode_name(had->mode), plan->publishes ? "; " : "",
				     plan->publishes ? policy : "",
				     plan->saves && !done->deadline ? "; saved" : "", trial);
	}
	for (size_t i = 0; i < done->nic_count; i++) {
		report_mode(&done->nics[i], mode);
		message_done(invocation, "attached %s (%s); %s%s%s", done->nics[i].wanted.nic, mode,
			     policy, change->request->runtime ? "; not saved" : "", trial);
	}
}

static enum exit_status run(const struct invocation *invocation)
{
	struct attachments nics = {.count = 0};
	struct error error = {""};
	struct request request;
	enum exit_status status;

	int code = read_nics(invocation, &nics, &error);
	if (code)
		return message_failure(invocation, code, &error);
	status = transact_request(invocation, &request);
	if (status)
		return status;
	request.explicit_mode = option_given(invocation, OPTION_MODE);
	request.attach_count = nics.count;
	memcpy(request.attach, nics.list, sizeof(request.attach));
	return transact(invocation, &request, report, NULL);
}

const struct command command_attach = {
	.name = "attach",
	.run = run,
	.synopsis = "NIC... [--mode auto|native|generic] [--max-flows N]",
	.summary = "guard NICs: load the program and attach it",
	.help = "Attaches portfw to the NICs, all or none, and enforces the policy on them.\n"
		"Native mode runs in the driver; generic mode works on every NIC, but later and\n"
		"slower. Where another XDP program is attached, portfw refuses and leaves it\n"
		"alone.\n",
	.examples = EXAMPLES("portfw attach eth0", "portfw attach eth0 eth1 --mode native",
			     "portfw --confirm 5m attach eth0"),
	.options = OPTIONS_CHANGE | OPTION_MODE | OPTION_MAX_FLOWS,
	.flags = COMMAND_CHANGES,
	.operands_min = 1,
	.operands_max = OPERANDS_ANY,
};
