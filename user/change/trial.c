/* SPDX-License-Identifier: GPL-2.0-only */
#include "trial.h"
#include "base/fault.h"
#include "policy/text.h"
#include <errno.h>
#include <string.h>

void trial_settle(const struct paths *paths, const struct have *have, bool decides,
		  struct notes *notes)
{
	if (have->live.settled && !decides)
		notes_add(notes, NOTE_INFO,
			  "the trial's deadline has passed: the policy before it is in force "
			  "again");
	fault_point("pending-remove");
	pending_clean(paths->run_dir, have->trial_deadline);
}

bool trial_refuses(const struct request *request, const struct have *have, struct notes *notes)
{
	if (!have->trial_deadline || request_is_trial(request))
		return false;
	notes_add(notes, NOTE_ERROR,
		  "a trial runs, %lld s left: first `portfw confirm` to keep it or `portfw "
		  "rollback` to end it; or replace it with --confirm DURATION",
		  live_trial_seconds(&have->live));
	return true;
}

int trial_build_on(const struct paths *paths, struct have *have, struct error *error)
{
	struct diagnostics diagnostics = {.count = 0};
	struct policy policy;
	int code = pending_read(paths->run_dir, have->trial_deadline, &have->pending, error);

	if (code || !have->pending.path[0])
		return code;
	policy_init(&policy);
	code = text_parse(have->pending.text, strlen(have->pending.text), &policy,
			  &have->file.attached, &diagnostics);
	if (code)
		return code;
	policy_free(&have->file.policy);
	have->file.policy = policy;
	return 0;
}

int trial_check_plan(const struct request *request, const struct have *have,
		     const struct plan *plan, struct error *error)
{
	if (!request_is_trial(request) || !plan_needed(plan))
		return 0;
	if (!have->running && !plan->nic_count)
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
