/* SPDX-License-Identifier: GPL-2.0-only */
#include "report.h"
#include "output/policy.h"
#include "policy/words.h"
#include <stdio.h>
#include <string.h>

void report_where(const struct change *change, const char *nic, char where[REPORT_WHERE_MAX])
{
	const struct done *done = &change->done;
	bool runtime = change->request->runtime;
	const char *saved = runtime || request_is_trial(change->request) ? "" : "saved, but ";
	bool running = change->have.running || done->nic_count;
	size_t length = 0;

	if (!running || done->attached.count == 0) {
		snprintf(where, REPORT_WHERE_MAX,
			 "; %sno NIC is attached, so nothing enforces it yet", saved);
		return;
	}
	for (size_t i = 0; i < done->attached.count; i++) {
		if (!*nic || strcmp(nic, done->attached.list[i].nic) == 0)
			length += (size_t)snprintf(where + length, REPORT_WHERE_MAX - length,
						   ", %s", done->attached.list[i].nic);
	}
	if (!length) {
		snprintf(where, REPORT_WHERE_MAX,
			 "; %s%s is not attached, so nothing enforces it yet", saved, nic);
		return;
	}
	if (runtime)
		length +=
			(size_t)snprintf(where + length, REPORT_WHERE_MAX - length, "; not saved");
	report_trial(change, where + length, REPORT_WHERE_MAX - length);
}

void report_trial(const struct change *change, char *text, size_t size)
{
	text[0] = '\0';
	if (change->done.deadline)
		snprintf(text, size,
			 "; on trial for %s: `portfw confirm` keeps it, `portfw rollback` ends it",
			 change->request->trial);
}

static void print_policy(const struct policy *policy, char text[REPORT_POLICY_MAX])
{
	size_t rules = 0;

	policy_count_rules(policy, &rules);
	snprintf(text, REPORT_POLICY_MAX, "default %s, %zu rule%s",
		 action_name(policy->default_action), rules, rules == 1 ? "" : "s");
}

void report_policy(const struct change *change, char text[REPORT_POLICY_MAX])
{
	const struct plan *plan = &change->plan;

	print_policy(change->have.running || change->done.nic_count ? &plan->live_policy
								    : &plan->file_policy,
		     text);
}

void report_result(const struct change *change, char text[REPORT_RESULT_MAX])
{
	report_policy(change, text);
	report_where(change, "", text + strlen(text));
}

void report_decision(const struct change *change, const struct policy *policy,
		     char text[REPORT_DECISION_MAX])
{
	const struct attachments *attached = &change->have.live.attached;
	size_t length;

	print_policy(policy, text);
	length = strlen(text);
	for (size_t i = 0; i < attached->count; i++)
		length += (size_t)snprintf(text + length, REPORT_DECISION_MAX - length, ", %s",
					   attached->list[i].nic);
}

void report_mode(const struct new_nic *nic, char text[640])
{
	const char *why = nic->fallback.text;
	size_t name = strlen(nic->wanted.nic);

	/* The NIC is named by the sentence around this. */
	if (strncmp(why, nic->wanted.nic, name) == 0 && strncmp(why + name, ": ", 2) == 0)
		why += name + 2;
	snprintf(text, 640, "%s%s%s", words_mode_name(nic->got), *why ? "; " : "", why);
}
