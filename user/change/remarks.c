/* SPDX-License-Identifier: GPL-2.0-only */
#include "remarks.h"
#include <errno.h>
#include <netinet/in.h>
#include <string.h>

#define SSH_PORT 22

/* Whether it is the kernel's policy that counts afterwards, and not just the file's. */
static bool kernel_decides(const struct change *change)
{
	return change->have.running || change->plan.nic_count || change->request->runtime;
}

/* Whether ssh is allowed on a NIC ("": on one that no rule names), from some sources at least. */
static bool allows_ssh(const struct policy *policy, const char *nic)
{
	for (size_t i = 0; i < policy->rule_count; i++) {
		const struct rule *rule = &policy->rules[i];
		if (rule->proto == IPPROTO_TCP && rule->action == ACTION_ALLOW &&
		    rule->low <= SSH_PORT && rule->high >= SSH_PORT &&
		    (!*rule->nic || strcmp(rule->nic, nic) == 0))
			return true;
	}
	return false;
}

static void note_deny(struct change *change)
{
	const struct live *live = &change->have.live;
	const struct plan *plan = &change->plan;
	bool kernel = kernel_decides(change);
	const struct policy *policy = kernel ? &plan->live_policy : &plan->file_policy;
	const struct attachments *attached = kernel ? &plan->live_attached : &plan->file_attached;
	const struct policy *old = live->published ? &live->policy : &change->have.file.policy;
	bool newly = old->default_action != ACTION_DENY || plan->nic_count;
	static const struct attachment everywhere = {.nic = ""};
	const struct attachment *nics = attached->list;
	size_t count = attached->count;

	if (policy->default_action != ACTION_DENY || !newly || change->request->base == BASE_FILE)
		return;
	if (count == 0) {
		nics = &everywhere;
		count = 1;
	}
	for (size_t i = 0; i < count; i++) {
		if (allows_ssh(policy, nics[i].nic))
			continue;
		notes_add(&change->notes, NOTE_WARNING,
			  "tcp %d is not allowed%s%s: ssh is closed, sessions that are open "
			  "included",
			  SSH_PORT, nics[i].nic[0] ? " on " : "", nics[i].nic);
	}
}

static void note_drift(struct change *change)
{
	const struct have *have = &change->have;

	if (have->live.published && !change->plan.whole && !change->request->runtime &&
	    !change->plan.removes && !policy_equal(&have->file.policy, &have->live.policy))
		notes_add(&change->notes, NOTE_WARNING,
			  "the kernel's policy differed from %s before; `portfw restore` makes the "
			  "kernel follow the file",
			  change->request->paths.policy);
}

void remarks_note(struct change *change)
{
	const struct request *request = change->request;
	const struct have *have = &change->have;

	if (have->broken && change->done.backup_path[0])
		notes_add(&change->notes, NOTE_WARNING,
			  "the old policy file had errors; it is kept as %s",
			  change->done.backup_path);
	note_drift(change);
	if (change_needed(change))
		note_deny(change);
	if (!request->dry_run && change->plan.saves && !request_is_trial(request) &&
	    have->file.has_comments)
		remarks_note_comments(request->paths.policy, &change->notes);
}

void remarks_note_comments(const char *path, struct notes *notes)
{
	notes_add(notes, NOTE_WARNING,
		  "%s: its # comments are gone, the file is in canonical form now; `comment TEXT` "
		  "behind a rule keeps one",
		  path);
}
