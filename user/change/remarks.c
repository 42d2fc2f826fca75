/* SPDX-License-Identifier: GPL-2.0-only */
#include "remarks.h"
#include <errno.h>
#include <netinet/in.h>

#define SSH_PORT 22

/* Whether it is the kernel's policy that counts afterwards, and not just the file's. */
static bool kernel_decides(const struct making *making)
{
	return making->have->running || making->plan->nic_count || making->request->runtime;
}

static void note_deny(const struct making *making)
{
	const struct live *live = &making->have->live;
	const struct plan *plan = making->plan;
	bool kernel = kernel_decides(making);
	const struct policy *policy = kernel ? &plan->live_policy : &plan->file_policy;
	const struct attachments *attached = kernel ? &plan->live_attached : &plan->file_attached;
	const struct policy *old = live->published ? &live->policy : &making->have->file.policy;
	bool newly = old->default_action != ACTION_DENY || plan->nic_count;
	static const struct attachment everywhere = {.nic = ""};
	const struct attachment *nics = attached->list;
	size_t count = attached->count;

	if (policy->default_action != ACTION_DENY || !newly || making->request->base == BASE_FILE)
		return;
	if (count == 0) {
		nics = &everywhere;
		count = 1;
	}
	for (size_t i = 0; i < count; i++) {
		if (policy_allows_some(policy, IPPROTO_TCP, SSH_PORT, nics[i].nic))
			continue;
		notes_add(making->notes, NOTE_WARNING,
			  "tcp %d is not allowed%s%s: ssh is "
			  "closed, sessions that are open included",
			  SSH_PORT, nics[i].nic[0] ? " on " : "", nics[i].nic);
	}
}

static void note_drift(const struct making *making)
{
	const struct have *have = making->have;
	const struct plan *plan = making->plan;

	if (have->live.published && !plan->whole && !making->request->runtime && !plan->removes &&
	    !policy_equal(&have->file.policy, &have->live.policy))
		notes_add(making->notes, NOTE_WARNING,
			  "the kernel's policy differed from %s before; `portfw restore` makes the "
			  "kernel follow the file",
			  making->request->paths.policy);
}

void remarks_note(const struct making *making)
{
	const struct request *request = making->request;
	const struct have *have = making->have;
	const struct done *done = making->done;

	if (have->broken && request->detaches)
		notes_add(making->notes, NOTE_WARNING,
			  "%s cannot be used (%s): it is left as it is, with whatever attach lines "
			  "it has",
			  request->paths.policy, have->file.fault.text);
	else if (have->broken && done->backup_path[0])
		notes_add(making->notes, NOTE_WARNING,
			  "the old policy file could not be used (%s); it is kept as %s",
			  have->file.fault.text, done->backup_path);
	note_drift(making);
	if (plan_needed(making->plan))
		note_deny(making);
	if (!request->dry_run && making->plan->saves && !request_is_trial(request) &&
	    have->file.has_comments)
		remarks_note_comments(request->paths.policy, making->notes);
}

void remarks_note_comments(const char *path, const struct notes *notes)
{
	notes_add(notes, NOTE_WARNING,
		  "%s: its # comments are gone, the file is in canonical form now; `comment TEXT` "
		  "behind a rule keeps one",
		  path);
}
