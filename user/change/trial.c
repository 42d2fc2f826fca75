/* SPDX-License-Identifier: GPL-2.0-only */
#include "trial.h"
#include "base/fault.h"
#include "policy/text.h"
#include <errno.h>
#include <string.h>

void trial_settle(const struct paths *paths, const struct live *live, __u64 deadline, bool decides,
		  const struct notes *notes)
{
	if (live->settled && !decides)
		notes_add(notes, NOTE_INFO,
			  "the trial's deadline has passed: the "
			  "policy before it is in force again");
	fault_point("pending-remove");
	pending_clean(paths->run_dir, deadline);
}

bool trial_refuses(const struct request *request, const struct live *live,
		   const struct notes *notes)
{
	if (!live->trial.pending || request_is_trial(request))
		return false;
	notes_add(notes, NOTE_ERROR,
		  "a trial runs, %lld s left: first `portfw confirm` to keep it or `portfw "
		  "rollback` to end it; or replace it with --confirm DURATION",
		  live_trial_seconds(live));
	return true;
}

int trial_build_on(const struct paths *paths, __u64 deadline, struct pending *pending,
		   struct loaded *file, struct error *error)
{
	struct diagnostics diagnostics = {.count = 0};
	struct policy policy;
	int code = pending_read(paths->run_dir, deadline, pending, error);

	if (code || !pending->path[0])
		return code;
	policy_init(&policy);
	code = text_parse(pending->text, strlen(pending->text), &policy, &file->attached,
			  &diagnostics);
	if (code)
		return code == -EINVAL ? pending_damaged(error) : code;
	policy_free(&file->policy);
	file->policy = policy;
	return 0;
}
