/* SPDX-License-Identifier: GPL-2.0-only */
#include "remarks.h"
#include "cli/message.h"
#include "output/changes.h"
#include <errno.h>
#include <netinet/in.h>
#include <string.h>

#define SSH_PORT 22

/* The policy that holds afterwards. */
static const struct policy *resulting_policy(const struct change *change)
{
	bool runtime = option_given(change->invocation, OPTION_RUNTIME);

	return change->running || change->nic_count || runtime ? &change->live_policy
							       : &change->file_policy;
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

static void warn_of_deny(const struct change *change)
{
	const struct policy *policy = resulting_policy(change);
	const struct policy *old =
		change->live.published ? &change->live.policy : &change->file.policy;
	bool newly = old->default_action != ACTION_DENY || change->nic_count;
	static const struct attachment everywhere = {.nic = ""};
	const struct attachment *nics = policy->attachments;
	size_t count = policy->attachment_count;

	if (policy->default_action != ACTION_DENY || !newly || change->flags & CHANGE_RESTORES)
		return;
	if (count == 0) {
		nics = &everywhere;
		count = 1;
	}
	for (size_t i = 0; i < count; i++) {
		if (allows_ssh(policy, nics[i].nic))
			continue;
		message_warning("tcp %d is not allowed%s%s: ssh is closed, sessions that are open "
				"included",
				SSH_PORT, nics[i].nic[0] ? " on " : "", nics[i].nic);
	}
}

static void warn_of_drift(const struct change *change)
{
	bool runtime = option_given(change->invocation, OPTION_RUNTIME);

	if (change->live.published && !change->whole && !runtime &&
	    !(change->flags & CHANGE_RESTORES) && !change->removes &&
	    !policy_equal(&change->file.policy, &change->live.policy))
		message_warning("the kernel's policy differed from %s before; `portfw restore` "
				"makes the kernel follow the file",
				change->invocation->options.policy);
}

/* The kernel's policy where it alone changes, else the file's. */
int remarks_write_changes(const struct change *change)
{
	const struct invocation *invocation = change->invocation;
	_cleanup_diff_ struct diff diff = {NULL, 0};
	bool of_kernel = option_given(invocation, OPTION_RUNTIME) ||
			 change->flags & CHANGE_RESTORES || (change->publishes && !change->saves);
	const struct policy *old = of_kernel ? &change->live.policy : &change->file.policy;
	const struct policy *new = of_kernel ? &change->live_policy : &change->file_policy;
	int code = change_needed(change) ? diff_policies(old, new, true, &diff) : 0;

	if (code)
		return message_failure(invocation, code, &(struct error){""});
	if (option_given(invocation, OPTION_JSON))
		changes_json(diff.count || change_needed(change), &diff, stdout);
	else
		changes_text(&diff, stdout);
	if (!diff.count && message_wanted(invocation))
		puts("nothing would change");
	return STATUS_DONE;
}

void remarks_warn(const struct change *change)
{
	const char *path = change->invocation->options.policy;
	bool dry_run = option_given(change->invocation, OPTION_DRY_RUN);

	if (change->broken && change->backup_path[0])
		message_warning("the old policy file had errors; it is kept as %s",
				change->backup_path);
	warn_of_drift(change);
	if (change_needed(change))
		warn_of_deny(change);
	if (!dry_run && change->saves && !change_is_trial(change) && change->file.has_comments)
		remarks_warn_of_comments(path);
}

void remarks_warn_of_comments(const char *path)
{
	message_warning("%s: its # comments are gone, the file is in canonical form now; "
			"`comment TEXT` behind a rule keeps one",
			path);
}
