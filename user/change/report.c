/* SPDX-License-Identifier: GPL-2.0-only */
#include "report.h"
#include "output/policy.h"
#include "policy/words.h"
#include <stdio.h>
#include <string.h>

void report_where(const struct change *change, const char *nic, char where[REPORT_WHERE_MAX])
{
	bool runtime = option_given(change->invocation, OPTION_RUNTIME);
	const struct policy *live = &change->live_policy;
	const char *saved = runtime || change_is_trial(change) ? "" : "saved, but ";
	bool running = change->running || change->nic_count;
	size_t length = 0;

	if (!running || live->attachment_count == 0) {
		snprintf(where, REPORT_WHERE_MAX,
			 "; %sno NIC is attached, so nothing enforces it yet", saved);
		return;
	}
	if (*nic && !policy_attachment(live, nic)) {
		snprintf(where, REPORT_WHERE_MAX,
			 "; %s%s is not attached, so nothing enforces it yet", saved, nic);
		return;
	}
	for (size_t i = 0; i < live->attachment_count; i++) {
		if (!*nic || strcmp(nic, live->attachments[i].nic) == 0)
			length += (size_t)snprintf(where + length, REPORT_WHERE_MAX - length,
						   ", %s", live->attachments[i].nic);
	}
	if (runtime)
		length +=
			(size_t)snprintf(where + length, REPORT_WHERE_MAX - length, "; not saved");
	report_trial(change, where + length, REPORT_WHERE_MAX - length);
}

void report_trial(const struct change *change, char *text, size_t size)
{
	text[0] = '\0';
	if (change->deadline)
		snprintf(text, size,
			 "; on trial for %s: `portfw confirm` keeps it, `portfw rollback` ends it",
			 change->invocation->options.confirm);
}

void report_policy(const struct change *change, char text[64])
{
	const struct policy *policy =
		change->running || change->nic_count ? &change->live_policy : &change->file_policy;
	size_t rules = 0;

	policy_count_rules(policy, &rules);
	snprintf(text, 64, "default %s, %zu rule%s", action_name(policy->default_action), rules,
		 rules == 1 ? "" : "s");
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
