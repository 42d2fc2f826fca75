/* SPDX-License-Identifier: GPL-2.0-only */
#include "plan.h"
#include "nics.h"
#include "policy/words.h"
#include "state/limits.h"
#include "state/lockdown_file.h"
#include <errno.h>
#include <string.h>

/* --- NICs ---------------------------------------------------------------------------------- */

/* A NIC keeps the mode that the file gives it, unless it was named; and an attached NIC does not
 * change its mode. */
static int want_mode(const struct request *request, const struct have *have,
		     struct attachment *wanted, struct error *error)
{
	const char *name = wanted->nic;
	const struct nic_status *held = live_nic(&have->live, name, true);
	const struct attachment *saved = attachments_find(&have->file.attached, name);

	if (saved && !request->explicit_mode)
		wanted->mode = saved->mode;
	if (!held || !request->explicit_mode || wanted->mode == ATTACH_AUTO ||
	    wanted->mode == held->mode)
		return 0;
	return error_set(error, -EBUSY,
			 "%s: attached in %s mode; to change that: `portfw detach --runtime %s`, "
			 "then `portfw attach %s --mode %s`",
			 name, words_mode_name(held->mode), name, name,
			 words_mode_name(wanted->mode));
}

/* A dry run reads nothing of the kernel that needs privileges, but it does know which NICs exist.
 */
static int check_unprivileged(const struct plan *plan, struct error *error)
{
	for (size_t i = 0; i < plan->attach_count; i++) {
		int code = attach_check(plan->attach[i].nic, error);
		if (code == -ENODEV || code == -EOPNOTSUPP)
			return code;
	}
	return 0;
}

static int want_named(const struct request *request, const struct have *have, struct plan *plan,
		      const struct notes *notes, struct error *error)
{
	bool by_name = request->base == BASE_POLICY && request->attach_count && !request->boot;
	int code = 0;

	plan->attach_count = request->attach_count;
	memcpy(plan->attach, request->attach, sizeof(plan->attach));
	if (!by_name)
		return 0;
	for (size_t i = 0; i < plan->attach_count && code == 0; i++)
		code = want_mode(request, have, &plan->attach[i], error);
	if (code == 0 && request->dry_run)
		code = check_unprivileged(plan, error);
	if (code == 0 && request->flows_max && request->flows_max < FLOWS_FEW)
		notes_add(notes, NOTE_WARNING,
			  "a flow table for less than %u flows may drop new ones when it is full",
			  FLOWS_FEW);
	return code;
}

/* A NIC that the file does not name: a command was killed while it attached or detached it, or it
 * was attached on a trial that nobody confirmed. */
static void detach_unsettled(const struct have *have, struct plan *plan, const struct notes *notes)
{
	for (size_t i = 0; i < have->live.nic_count; i++) {
		const struct nic_status *nic = &have->live.nics[i];

		if (!nic->unsettled || attachments_find(&have->file.attached, nic->name))
			continue;
		plan->detach |= 1U << nic->index;
		notes_add(notes, NOTE_WARNING,
			  "%s was attached or detached by a command that did not come to its end; "
			  "the policy file does not name it: it is detached",
			  nic->name);
	}
}

/* Since lockdown outlives a reboot: whether all NICs are attached where no policy names one. So it
 * is where lockdown attached them, and at boot, where whatever is not attached is open. */
static bool wants_all(const struct request *request, const struct have *have, struct plan *plan,
		      const struct notes *notes)
{
	struct lockdown_file file;
	struct error error = {""};
	int code = lockdown_file_read(request->paths.own, &file, NULL, &error);

	if (code && request->boot) {
		notes_fail(notes, code, &error);
		plan->failures++;
	}
	if (have->running || plan->attach_count)
		return false;
	return code || have->unusable || file.on;
}

/* Those of the file, or all of them. */
static int want_of_file(const struct request *request, const struct have *have, struct plan *plan,
			const struct notes *notes, struct error *error)
{
	const struct attachments *attached = &have->file.attached;
	int code = 0;

	if (have->file.found && !have->unusable)
		detach_unsettled(have, plan, notes);
	plan->failures += have->unusable && request->boot;
	plan->attach_count = attached->count;
	memcpy(plan->attach, attached->list, sizeof(plan->attach));
	if (wants_all(request, have, plan, notes))
		code = request->boot ? nics_at_boot(plan->attach, &plan->attach_count, notes, error)
				     : nics_all(plan->attach, &plan->attach_count, notes, error);
	plan->nothing = !have->file.found && !plan->attach_count;
	if (code == 0 || !request->boot)
		return code;
	notes_fail(notes, code, error);
	plan->failures++;
	return 0;
}

/* At boot what cannot come keeps no other from it, and is no reason to write anything. */
static void find_coming(const struct request *request, const struct have *have, struct plan *plan,
			const struct notes *notes)
{
	for (size_t i = 0; i < plan->attach_count; i++) {
		struct error error = {""};

		if (live_nic(&have->live, plan->attach[i].nic, true))
			continue;
		if (request->boot && attach_check(plan->attach[i].nic, &error)) {
			notes_add(notes, NOTE_ERROR, "%s", error.text);
			plan->failures++;
			continue;
		}
		plan->nics[plan->nic_count++] = plan->attach[i];
	}
}

/* -errno: it has failed, whatever the code. */
static int plan_nics(const struct request *request, const struct have *have, struct plan *plan,
		     const struct notes *notes, struct error *error)
{
	for (size_t i = 0; i < have->live.nic_count; i++)
		if (request->detaches && request_detaches(request, have->live.nics[i].name))
			plan->detach |= 1U << have->live.nics[i].index;
	return request->base == BASE_FILE ? want_of_file(request, have, plan, notes, error)
					  : want_named(request, have, plan, notes, error);
}

/* --- The policies -------------------------------------------------------------------------- */

/* The attach lines afterwards: of NICs that the request names, and of the others as they were. */
static int plan_attached(const struct request *request, const struct attachments *old,
			 struct plan *plan, struct error *error)
{
	struct attachments *attached = &plan->file_attached;
	bool given = request->base == BASE_GIVEN;
	int code = 0;

	*attached = *old;
	if (request->base == BASE_FILE)
		return 0;
	for (size_t i = 0; i < plan->attach_count && code == 0; i++)
		code = attachments_add(attached, plan->attach[i].nic, plan->attach[i].mode);
	for (size_t i = 0; i < old->count && request->detaches; i++)
		if (request_detaches(request, old->list[i].nic))
			attachments_remove(attached, old->list[i].nic);
	if (code == -ENOSPC && given)
		return error_set(error, -EINVAL,
				 "together with the NICs that stay attached these are more than %d",
				 MAX_NICS);
	if (code == -ENOSPC)
		return error_set(error, -EINVAL, "the policy already attaches %d NICs", MAX_NICS);
	return code;
}

static const struct policy *base_of(const struct request *request, const struct have *have,
				    const struct policy *policy)
{
	switch (request->base) {
	case BASE_GIVEN:
		return request->given;
	case BASE_KEPT:
		return &have->kept.policy;
	case BASE_POLICY:
	case BASE_FILE:
		break;
	}
	return policy;
}

/* What becomes of a policy. */
static int edit_copy(const struct request *request, const struct have *have,
		     const struct policy *policy, struct policy *edited, struct error *error)
{
	int code = policy_copy(base_of(request, have, policy), edited);

	if (code == 0 && request->base == BASE_POLICY && request->edit)
		code = request->edit(edited, request->argument, error);
	if (code == 0)
		code = policy_normalise(edited, NULL);
	if (code == 0)
		deadlines_expire(edited, &have->live.deadlines, &have->live.now);
	return code;
}

/* The running policy afterwards, and the NICs that are then attached. */
static int plan_live(const struct request *request, const struct have *have, struct plan *plan,
		     struct error *error)
{
	struct attachments *attached = &plan->live_attached;
	const struct live *live = &have->live;
	bool anew = plan->whole || !live->published;
	int code = anew ? policy_copy(&plan->file_policy, &plan->live_policy)
			: edit_copy(request, have, &live->policy, &plan->live_policy, error);

	for (size_t i = 0; i < live->nic_count && code == 0; i++) {
		const struct nic_status *nic = &live->nics[i];
		const struct attachment *held = attachments_find(&live->attached, nic->name);
		if (held && !(plan->detach >> nic->index & 1))
			code = attachments_add(attached, held->nic, held->mode);
	}
	for (size_t i = 0; i < plan->nic_count && code == 0; i++)
		code = attachments_add(attached, plan->nics[i].nic, plan->nics[i].mode);
	if (code == -ENOSPC)
		return error_set(error, code, "no more than %d NICs can be attached", MAX_NICS);
	return code;
}

/* --- What must be done --------------------------------------------------------------------- */

/* The table cannot change its size while programs use it. */
static int check_flows_max(const struct request *request, const struct have *have,
			   struct error *error)
{
	const struct control *control = have->live.instance.control;

	if (!have->running || !request->flows_max || control->flows_max == request->flows_max)
		return 0;
	return error_set(error, -EBUSY,
			 "the flow table has room for %u flows as long as a NIC "
			 "is attached; to change that: `portfw detach --all "
			 "--runtime`, then `portfw restore --max-flows %u`",
			 control->flows_max, request->flows_max);
}

/* Whether the kernel's tables must be written. -errno, 0, 1. */
static int must_publish(const struct request *request, const struct have *have,
			const struct plan *plan, struct error *error)
{
	const struct live *live = &have->live;

	if (plan->nic_count)
		return 1;
	if (!have->running || plan->removes)
		return 0;
	if (request_is_trial(request) && (plan->saves || have->trial_deadline))
		return 1;
	if (plan->detach || !live->published || !policy_equal(&live->policy, &plan->live_policy))
		return 1;
	if (!plan->whole)
		return 0;
	if (live->expired)
		return 1;
	int match = live_tables_match(live, error);
	return match < 0 ? match : !match;
}

static bool is_last(const struct have *have, const struct plan *plan)
{
	__u32 remaining = 0;

	for (size_t i = 0; i < have->live.nic_count; i++)
		remaining |= (1U << have->live.nics[i].index) & ~plan->detach;
	return plan->detach && !remaining;
}

/* Whether it can be a trial, if it is to be one. */
static int check_trial(const struct request *request, const struct have *have,
		       const struct plan *plan, struct error *error)
{
	if (!request_is_trial(request) || !plan_needed(plan))
		return 0;
	/* A dry run does not look which NICs would come. */
	if (!have->running && !plan->nic_count && !(request->dry_run && plan->attach_count))
		return error_set(error, -ENODEV,
				 "no NIC is attached, so there is nothing to try it on; without "
				 "--confirm it is saved");
	if (have->running && plan->nic_count)
		return error_set(error, -EBUSY,
				 "%s cannot be attached as a trial beside NICs that are attached: "
				 "what it falls back to holds for all of them; attach it first",
				 plan->nics[0].nic);
	return 0;
}

static int plan_policies(const struct request *request, const struct have *have, struct plan *plan,
			 const struct notes *notes, struct error *error)
{
	const struct policy *file = &have->file.policy;
	int code = check_flows_max(request, have, error);

	if (code == 0)
		code = plan_attached(request, &have->file.attached, plan, error);
	if (code == 0)
		code = edit_copy(request, have, file, &plan->file_policy, error);
	if (code)
		return code;
	plan->saves = !request->runtime && !(request->detaches && have->broken) &&
		      (have->broken || !policy_equal(file, &plan->file_policy) ||
		       !attachments_equal(&have->file.attached, &plan->file_attached));
	plan->removes = is_last(have, plan);
	if (!request->dry_run || have->running || request->base == BASE_FILE || request->runtime)
		find_coming(request, have, plan, notes);
	code = plan_live(request, have, plan, error);
	/* No instance will tell whether the policy is past a limit. */
	if (code == 0 && !have->running)
		code = limits_check(&plan->file_policy, &plan->file_attached, error);
	if (code)
		return code;
	code = must_publish(request, have, plan, error);
	plan->publishes = code > 0;
	return code < 0 ? code : check_trial(request, have, plan, error);
}

enum exit_status plan_make(const struct request *request, const struct have *have,
			   struct plan *plan, const struct notes *notes)
{
	struct error error = {""};
	int code;

	policy_init(&plan->file_policy);
	policy_init(&plan->live_policy);
	/* An attach on trial that was not confirmed is made up for. */
	plan->whole = request_replaces(request) || (request->attach_count && have->live.blank);
	plan->backup = request->backup || (have->broken && !request->detaches);
	plan->consumed = request->base == BASE_KEPT ? have->kept_number : 0;
	code = plan_nics(request, have, plan, notes, &error);
	if (code) {
		notes_fail(notes, code, &error);
		return STATUS_FAILED;
	}
	if (plan->nothing)
		return STATUS_DONE;
	if (request->runtime && !have->running && !plan->attach_count && !request->detaches) {
		notes_add(notes, NOTE_ERROR, "no NIC is attached, so there is no running policy");
		return STATUS_FAILED;
	}
	code = plan_policies(request, have, plan, notes, &error);
	return code ? notes_fail(notes, code, &error) : STATUS_DONE;
}

void plan_free(struct plan *plan)
{
	policy_free(&plan->file_policy);
	policy_free(&plan->live_policy);
}
