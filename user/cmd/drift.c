/* SPDX-License-Identifier: GPL-2.0-only */
#include "drift.h"
#include "load.h"
#include "policy/diff.h"
#include <errno.h>

#define LINES_SHOWN 3

static int find_in_rules(const struct live *live, const struct policy *file,
			 struct status_model *model)
{
	_cleanup_diff_ struct diff diff = {NULL, 0};
	int code = diff_policies(file, &live->policy, false, &diff);

	if (code || diff.count == 0)
		return code;
	for (size_t i = 0; i < diff.count && i < LINES_SHOWN; i++)
		status_add_drift(model, "only in the %s: %s",
				 diff.lines[i].sign == '+' ? "kernel" : "file", diff.lines[i].text);
	if (diff.count > LINES_SHOWN)
		status_add_drift(model, "%zu more differences: `portfw diff --runtime %s`",
				 diff.count - LINES_SHOWN, model->path);
	status_add_drift(model, "`portfw restore` makes the kernel follow %s", model->path);
	return 0;
}

static void find_in_nics(const struct live *live, const struct policy *file,
			 struct status_model *model)
{
	for (size_t i = 0; i < file->attachment_count; i++) {
		const char *name = file->attachments[i].nic;
		const struct nic_status *held = live ? live_nic(live, name, false) : NULL;
		if (!held || held->detached)
			status_add_drift(model,
					 "%s is not attached, but %s says so: `portfw restore`",
					 name, model->path);
	}
	for (size_t i = 0; live && i < live->nic_count; i++) {
		const struct nic_status *nic = &live->nics[i];
		bool saved = policy_attachment(file, nic->name);
		if (nic->gone)
			status_add_drift(model, "%s is gone: `portfw detach %s` forgets it",
					 nic->name, nic->name);
		else if (nic->detached && !saved)
			status_add_drift(model,
					 "%s is no longer attached: `portfw attach %s`, or "
					 "`portfw detach %s`",
					 nic->name, nic->name, nic->name);
		else if (!nic->detached && !saved)
			status_add_drift(model,
					 "%s is attached, but not in %s: `portfw attach %s` saves "
					 "that, `portfw detach %s` ends it",
					 nic->name, model->path, nic->name, nic->name);
	}
}

/* A change made meanwhile may have switched and reused slots: then the comparison says nothing. */
static int find_in_tables(const struct live *live, struct status_model *model, struct error *error)
{
	int match = live_tables_match(live, error);

	if (match < 0)
		return match == -ENOMEM ? match : 0;
	if (!match && instance_version(&live->instance) == live->version)
		status_add_drift(model, "the kernel's tables do not match its own policy text: "
					"`portfw restore` writes them again");
	return 0;
}

int drift_find(const struct invocation *invocation, const struct live *live,
	       struct status_model *model, struct error *error)
{
	_cleanup_loaded_ struct loaded file;
	int code = load_read(invocation->options.policy, &file, error);

	if (code == -ENOMEM)
		return code;
	bool readable = code == 0 || code == -ENOENT;
	if (!readable)
		status_add_drift(model, "%s cannot be read: %s; see `portfw check %s`", model->path,
				 error->text, model->path);
	error->text[0] = '\0';
	if (code == -ENOENT && live) {
		status_add_drift(model,
				 "%s does not exist: `portfw list --runtime | portfw apply -` "
				 "writes it",
				 model->path);
		return find_in_tables(live, model, error);
	}
	if (live && live->published) {
		code = find_in_tables(live, model, error);
		if (code == 0 && readable)
			code = find_in_rules(live, &file.policy, model);
		if (code)
			return code;
	}
	if (readable)
		find_in_nics(live, &file.policy, model);
	if (readable && !live &&
	    (file.policy.default_action == ACTION_DENY || file.policy.rule_count))
		status_add_drift(model, "nothing enforces %s: `portfw attach NIC`", model->path);
	return 0;
}
