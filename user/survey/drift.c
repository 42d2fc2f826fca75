/* SPDX-License-Identifier: GPL-2.0-only */
#include "drift.h"
#include "policy/diff.h"
#include "state/blocks_file.h"
#include "state/load.h"
#include "state/lockdown_file.h"
#include <errno.h>

#define LINES_SHOWN 3

static int find_in_rules(const struct live *live, const struct policy *file,
			 struct status_model *model)
{
	_cleanup_diff_ struct diff diff = {NULL, 0};
	int code = diff_policies(file, &live->policy, &diff);

	if (code || diff.count == 0)
		return code;
	for (size_t i = 0; i < diff.count && i < LINES_SHOWN; i++) {
		const struct diff_line *line = &diff.lines[i];
		if (line->sign == '~')
			status_add_drift(model, "the file says %s, the kernel %s", line->text,
					 line->becomes);
		else
			status_add_drift(model, "only in the %s: %s",
					 line->sign == '+' ? "kernel" : "file", line->text);
	}
	if (diff.count > LINES_SHOWN)
		status_add_drift(model, "%zu more: `portfw diff --runtime %s`",
				 diff.count - LINES_SHOWN, model->path);
	status_add_drift(model, "`portfw restore` makes the kernel follow %s", model->path);
	return 0;
}

static void find_in_nics(const struct live *live, const struct attachments *saved,
			 struct status_model *model)
{
	for (size_t i = 0; i < saved->count; i++) {
		const char *name = saved->list[i].nic;
		const struct nic_status *held = live ? live_nic(live, name, false) : NULL;
		if (!held || held->detached)
			status_add_drift(model,
					 "%s is not attached, but %s says so: `portfw restore`",
					 name, model->path);
	}
	for (size_t i = 0; live && i < live->nic_count; i++) {
		const struct nic_status *nic = &live->nics[i];
		bool named = attachments_find(saved, nic->name);
		if (nic->gone)
			status_add_drift(model, "%s is gone: `portfw detach %s` forgets it",
					 nic->name, nic->name);
		else if (nic->detached && !named)
			status_add_drift(model,
					 "%s is no longer attached: `portfw "
					 "attach %s`, or `portfw detach %s`",
					 nic->name, nic->name, nic->name);
		else if (!nic->detached && !named)
			status_add_drift(model,
					 "%s is attached, but not in %s: `portfw attach %s` saves "
					 "that, `portfw detach %s` ends it",
					 nic->name, model->path, nic->name, nic->name);
	}
}

/* Nothing of that is in the file: without the program there the policy is not enforced whole. */
static void find_in_egress(const struct live *live, struct status_model *model)
{
	for (size_t i = 0; i < live->nic_count; i++) {
		const struct nic_status *nic = &live->nics[i];
		if (nic->egress_missing && !nic->gone && !nic->detached)
			status_add_drift(model,
					 "%s: packets that leave are not watched, so replies to "
					 "new connections drop where the policy denies, and "
					 "packets to blocked addresses leave: `portfw restore`",
					 nic->name);
	}
}

/* A change made meanwhile may have switched and reused slots: then the comparison says nothing. */
static int find_in_tables(struct live *live, struct status_model *model, struct error *error)
{
	int match = live_tables_match(live, error);

	if (match < 0)
		return match == -ENOMEM ? match : 0;
	if (!match && publish_version(&live->instance) == live->version)
		status_add_drift(model, "the kernel's tables do not match its own policy text: "
					"`portfw restore` writes them again");
	return 0;
}

static int find_in_blocks(const struct paths *paths, struct live *live, struct status_model *model,
			  const struct notes *notes, struct error *error)
{
	struct blocks_drift drift;
	int code = blocks_file_drift(paths->own, &live->instance, &drift, notes, error);

	if (code == -ENOMEM)
		return code;
	if (code)
		status_add_drift(model, "the block list cannot be read: %s", error->text);
	else if (drift.only_kernel || drift.only_file)
		status_add_drift(model,
				 "the block lists differ: %zu only in the kernel, %zu only in the "
				 "file: `portfw restore` makes the kernel follow the file",
				 drift.only_kernel, drift.only_file);
	error->text[0] = '\0';
	return 0;
}

static void find_in_lockdown(const struct paths *paths, const struct live *live,
			     struct status_model *model, struct error *error)
{
	struct lockdown_file file;
	struct lockdown kernel;
	bool on = live && lockdown_in_kernel(&live->instance, &live->now, &kernel);

	if (lockdown_file_read(paths->own, &file, NULL, error))
		status_add_drift(model, "%s", error->text);
	else if (file.damaged)
		status_add_drift(model,
				 "%s cannot be understood in full: `portfw lockdown` or `portfw "
				 "unlock` replaces it",
				 file.path);
	else if (file.on && !on)
		status_add_drift(
			model, "%s says that lockdown is on, the kernel does not: %s", file.path,
			live ? "`portfw restore`, or `portfw unlock`" : "nothing is attached");
	else if (on && !file.there)
		status_add_drift(model,
				 "lockdown is on, but %s is missing, so a reboot lifts it: `portfw "
				 "restore` writes it, `portfw unlock` ends lockdown",
				 file.path);
	error->text[0] = '\0';
}

/* Compares with a file that could be read. */
static int find_in_file(struct live *live, struct loaded *loaded, struct status_model *model)
{
	const struct deadline_table none = {0};
	struct policy *file = &loaded->policy;
	const struct moment now = {.wall = moment_wall(model->path)};
	int code = 0;

	deadlines_expire(file, live ? &live->deadlines : &none, live ? &live->now : &now);
	if (live && live->published)
		code = find_in_rules(live, file, model);
	if (code)
		return code;
	find_in_nics(live, &loaded->attached, model);
	if (!live && (file->default_action == ACTION_DENY || file->rule_count))
		status_add_drift(model, "nothing enforces %s: `portfw attach NIC`", model->path);
	return 0;
}

static void say_unreadable(int code, const struct error *error, const struct live *live,
			   struct status_model *model)
{
	if (code != -ENOENT)
		status_add_drift(model, "%s cannot be read: %s; see `portfw check %s`", model->path,
				 error->text, model->path);
	else if (live)
		status_add_drift(model,
				 "%s does not exist: `portfw list "
				 "--runtime | portfw apply -` writes it",
				 model->path);
}

int drift_find(const struct paths *paths, struct live *live, struct status_model *model,
	       const struct notes *notes, struct error *error)
{
	_cleanup_loaded_ struct loaded file;
	bool trial = live && live->trial.pending;
	int code = load_read_policy(paths, live ? &live->known : NULL, &file, error);
	int result = 0;

	if (code == -ENOMEM)
		return code;
	if (code && !trial)
		say_unreadable(code, error, live, model);
	error->text[0] = '\0';
	if (live && live->published)
		result = find_in_tables(live, model, error);
	if (live)
		find_in_egress(live, model);
	if (live)
		live_expire(live);
	if (live && result == 0)
		result = find_in_blocks(paths, live, model, notes, error);
	if (result == 0)
		find_in_lockdown(paths, live, model, error);
	if (result == 0 && !trial && code == 0)
		result = find_in_file(live, &file, model);
	return result;
}
