/* SPDX-License-Identifier: GPL-2.0-only */
#include "change.h"
#include "base/signals.h"
#include "commit.h"
#include "guard.h"
#include "kernel/lifecycle.h"
#include "remarks.h"
#include "restore.h"
#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* The rules whose ends were counted when the command began. */
static void settle_times(const struct request *request, const struct have *have)
{
	struct policy *rules = request->timed;

	if (!rules)
		return;
	for (size_t i = 0; i < rules->rule_count; i++)
		if (rules->rules[i].until)
			rules->rules[i].until += have->live.now.wall - request->counted;
	deadlines_tell_apart(rules, &have->live.deadlines, &have->live.now);
}

static unsigned have_flags(const struct request *request)
{
	bool anew = request->base == BASE_GIVEN || request->base == BASE_KEPT;

	return (anew || request->detaches ? HAVE_REPLACES : 0) |
	       (request->detach_all ? HAVE_MENDS : 0);
}

enum exit_status change_propose(const struct request *request, struct change *change)
{
	enum exit_status status;

	change->request = request;
	status = have_read(request, have_flags(request), &change->have, &change->notes);
	if (status)
		return status;
	settle_times(request, &change->have);
	status = plan_make(request, &change->have, &change->plan, &change->notes);
	change->done.attached = change->plan.live_attached;
	return status;
}

/* What crashed or damaged instances left behind goes too. */
static int sweep(const struct request *request, struct error *error)
{
	return request->detach_all ? instance_remove(request->paths.pin_dir, error) : 0;
}

static enum exit_status make(struct making *making)
{
	struct error error = {""};
	int code = plan_needed(making->plan) ? commit(making, &error) : 0;

	if (code) {
		notes_fail(making->notes, code, &error);
		return making->done->past_limit ? STATUS_USAGE : STATUS_FAILED;
	}
	code = sweep(making->request, &error);
	if (code == 0)
		return STATUS_DONE;
	if (plan_needed(making->plan)) {
		notes_add(making->notes, NOTE_WARNING, "%s", error.text);
		return STATUS_DONE;
	}
	notes_fail(making->notes, code, &error);
	return STATUS_FAILED;
}

/* What is attached now, whatever was planned: the links say so. */
static void ask_links(struct making *making)
{
	struct attachments *attached = &making->done->attached;
	struct nic_status nics[MAX_NICS];
	size_t count = 0;

	if (making->instance->open && attach_list(making->instance, nics, &count, NULL))
		return;
	attached->count = 0;
	for (size_t i = 0; i < count; i++) {
		const struct attachment *planned =
			attachments_find(&making->plan->live_attached, nics[i].name);
		bool either = planned && planned->mode == ATTACH_AUTO;

		if (!nics[i].gone && !nics[i].detached)
			attachments_add(attached, nics[i].name,
					either ? ATTACH_AUTO : nics[i].mode);
	}
}

/* What is to be noted once the change is made. */
static void settle(struct making *making)
{
	const struct request *request = making->request;
	const struct loaded *file = &making->have->file;

	restore_stand_in(making);
	if (request->base == BASE_FILE || making->done->nic_count || making->plan->detach)
		ask_links(making);
	if (request->base == BASE_FILE && file->text && !making->have->unusable &&
	    paths_are_own(&request->paths))
		restore_keep_good(request, file->text, file->length, making->notes);
}

/* What `restore` does besides, and how it ends by a policy file that cannot be used. */
static enum exit_status restore(struct making *making)
{
	restore_incidents(making);
	return making->request->boot ? STATUS_DONE : making->have->unusable_status;
}

enum exit_status change_run(const struct request *request, struct change *change)
{
	const struct have *have = &change->have;
	const struct plan *plan = &change->plan;
	bool restores = request->base == BASE_FILE;
	struct error error = {""};
	int cut = restores ? restore_lockdown(request, &error) : 0;
	enum exit_status status = change_propose(request, change);
	struct making making = {request,	have, plan,	     live_instance(&have->live),
				have->live.now, NULL, &change->done, &change->notes};

	if (status && cut)
		notes_fail(&change->notes, cut, &error);
	if (status == STATUS_DONE)
		status = guard_change(request, have, plan, &change->notes);
	_cleanup_uninterrupted_ struct uninterrupted stretch = signals_hold();
	if (status == STATUS_DONE && restores)
		status = restore(&making);
	if (status == STATUS_DONE && !request->dry_run && !request->boot && !request->force &&
	    plan_starts_to_deny(have, plan))
		status = guard_egress(&have->live, &change->notes);
	if (status == STATUS_DONE && !request->dry_run)
		status = make(&making);
	if (status)
		return status;
	if (!request->dry_run)
		settle(&making);
	change->done.made = true;
	remarks_note(&making);
	return change_failures(change) ? STATUS_FAILED : STATUS_DONE;
}

void change_policies(const struct change *change, struct diff_side *old, struct diff_side *new)
{
	const struct have *have = &change->have;
	const struct plan *plan = &change->plan;
	bool of_kernel = change->request->runtime || change->request->base == BASE_FILE ||
			 (plan->publishes && !plan->saves);

	if (of_kernel) {
		*old = (struct diff_side){&have->live.policy, &have->live.attached};
		*new = (struct diff_side){&plan->live_policy, &change->done.attached};
	} else {
		*old = (struct diff_side){&have->file.policy, &have->file.attached};
		*new = (struct diff_side){&plan->file_policy, &plan->file_attached};
	}
}

void change_close(struct change *change)
{
	free(change->done.text);
	plan_free(&change->plan);
	have_close(&change->have);
}
