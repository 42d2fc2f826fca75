/* SPDX-License-Identifier: GPL-2.0-only */
#include "have.h"
#include "base/fault.h"
#include "kernel/privilege.h"
#include "state/history.h"
#include "state/lock.h"
#include "trial.h"
#include "unusable.h"
#include "upgrade.h"
#include <errno.h>
#include <limits.h>
#include <string.h>
#include <unistd.h>

/* How long who is urgent waits for the lock, in seconds. */
#define URGENT_SECONDS 2

/* At boot nobody else is at work where the run directory cannot be used. */
static int take_lock(const struct request *request, struct have *have, const struct notes *notes,
		     struct error *error)
{
	const char *run_dir = request->paths.run_dir;
	struct error why = {""};

	if (!request->urgent)
		have->lock = lock_take(run_dir, &why);
	else
		have->lock = lock_take_within(run_dir, URGENT_SECONDS, &why);
	fault_point("locked");
	have->writes = have->lock != -EBUSY;
	if (have->lock >= 0)
		return 0;
	if (!request->urgent && (!request->boot || have->lock == -EBUSY))
		return error_set(error, have->lock, "%s", why.text);
	notes_add(notes, NOTE_WARNING, "%s: going on without the lock", why.text);
	return 0;
}

static int open_kernel(const struct request *request, unsigned flags, struct have *have,
		       const struct notes *notes, struct error *error)
{
	const struct paths *paths = &request->paths;
	int code = privilege_check(error);

	if (code == 0 && !request->dry_run)
		code = take_lock(request, have, notes, error);
	if (code)
		return code;
	code = live_read(paths, have->writes, &have->live, error);
	if (upgrade_is_due(request, code)) {
		live_close(&have->live);
		have->live = (struct live)LIVE_INIT;
		code = upgrade_run(request, notes, error);
		if (code == 0)
			code = live_read(paths, have->writes, &have->live, error);
	}
	have->running = code == 0;
	have->damaged = code == -EPROTO || code == -ESTALE;
	if (code == 0)
		have->trial_deadline = have->live.trial.pending ? have->live.trial.deadline : 0;
	if (have->writes)
		trial_settle(paths, &have->live, have->trial_deadline, flags & HAVE_DECIDES, notes);
	fault_point("settled");
	if (code == -ENOENT || (code == -EPROTO && flags & HAVE_MENDS) ||
	    (code == -ESTALE && flags & HAVE_MENDS && upgrade_is_ours(paths->pin_dir)))
		return 0;
	if (have->live.lost && !request_replaces(request) && !request->detaches && !request->urgent)
		return error_set(error, -EPROTO,
				 "the text of the running policy is missing or damaged: run "
				 "`portfw restore`");
	return code;
}

/* For a file that is about to be replaced since it cannot be used: what is attached stays so. */
static void stand_in(struct have *have)
{
	have->file.attached = have->live.attached;
	for (size_t i = 0; i < have->file.attached.count; i++)
		have->file.attached.list[i].mode = ATTACH_AUTO;
	have->broken = true;
}

/* The policy file, or what a trial that is about to be replaced would make of it. Rules whose time
 * is up do not count. */
static enum exit_status open_file(const struct request *request, unsigned flags, struct have *have,
				  const struct notes *notes)
{
	struct live *live = &have->live;
	struct error error = {""};
	int code = load_policy(&request->paths, flags & HAVE_REPLACES, &live->known, &have->file,
			       notes, &error);

	if (code && request->base == BASE_FILE && !request->dry_run) {
		enum exit_status status =
			unusable_file(request, have, load_status(code), &error, notes);
		if (status)
			return status;
	} else if (code) {
		notes_add(notes, NOTE_ERROR, "%s%s", error.text, request->consequence);
		return load_status(code);
	}
	code = 0;
	if (have->file.broken)
		stand_in(have);
	if (code == 0 && have->trial_deadline && !(flags & HAVE_DECIDES))
		code = trial_build_on(&request->paths, have->trial_deadline, &have->pending,
				      &have->file, &error);
	if (code) {
		notes_fail(notes, code, &error);
		return STATUS_FAILED;
	}
	deadlines_expire(&have->file.policy, &live->deadlines, &live->now);
	live_expire(live);
	live_adopt_modes(live, &have->file.attached);
	return STATUS_DONE;
}

/* The newest kept policy that differs from the one that there is. What cannot be used is stepped
 * over. */
static int find_kept(const struct paths *paths, struct have *have, const struct notes *notes,
		     struct error *error)
{
	enum load_trust trust = paths_are_own(paths) ? LOAD_OWN : LOAD_GIVEN;
	const char *policy = paths->policy;
	char path[PATH_MAX], name[PATH_MAX];
	struct error why = {""};
	int code;

	have->kept_number = UINT_MAX;
	history_resolve(policy, path);
	for (;;) {
		code = history_find(path, have->kept_number, &have->kept_number, name, error);
		if (code == -ENOENT)
			return error_set(error, code,
					 "no earlier policy is kept beside %s, nothing to undo",
					 policy);
		if (code)
			return code;
		code = load_read(name, trust, NULL, &have->kept, &why);
		if (code == -ENOMEM)
			return error_set(error, code, "%s: %s", name, why.text);
		if (code) {
			notes_add(notes, NOTE_WARNING, "%s: %s: stepped over", name, why.text);
			load_free(&have->kept);
			continue;
		}
		deadlines_expire(&have->kept.policy, &have->live.deadlines, &have->live.now);
		if (have->broken || !policy_equal(&have->kept.policy, &have->file.policy))
			return 0;
		load_free(&have->kept);
	}
}

/* What would keep a change from being made that a dry run only works out from the file: a trial, or
 * an instance that is not for this command. Without privileges it is not known. */
static enum exit_status foresee(const struct request *request, const struct notes *notes)
{
	_cleanup_live_ struct live live = LIVE_INIT;
	struct error error = {""};
	int code;

	if (privilege_check(NULL))
		return STATUS_DONE;
	code = live_read(&request->paths, false, &live, &error);
	if (code == -EXDEV || code == -ESTALE)
		return notes_fail(notes, code, &error);
	return code == 0 && trial_refuses(request, &live, notes) ? STATUS_FAILED : STATUS_DONE;
}

enum exit_status have_read(const struct request *request, unsigned flags, struct have *have,
			   const struct notes *notes)
{
	bool of_kernel = request->runtime || request_is_trial(request) ||
			 request->base == BASE_FILE || flags & HAVE_DECIDES;
	struct error error = {""};
	enum exit_status status;
	int code = 0;

	have->live.now.wall = moment_wall(request->paths.policy);
	policy_init(&have->live.policy);
	policy_init(&have->file.policy);
	policy_init(&have->kept.policy);
	if (of_kernel || !request->dry_run)
		code = open_kernel(request, flags, have, notes, &error);
	if (code) {
		notes_fail(notes, code, &error);
		return STATUS_FAILED;
	}
	if (!(flags & HAVE_DECIDES) && trial_refuses(request, &have->live, notes))
		return STATUS_FAILED;
	if (request->dry_run && !of_kernel && foresee(request, notes))
		return STATUS_FAILED;
	status = open_file(request, flags, have, notes);
	if (status || request->base != BASE_KEPT)
		return status;
	code = find_kept(&request->paths, have, notes, &error);
	if (code == 0)
		return STATUS_DONE;
	notes_fail(notes, code, &error);
	return STATUS_FAILED;
}

void have_close(struct have *have)
{
	pending_free(&have->pending);
	load_free(&have->kept);
	load_free(&have->file);
	live_close(&have->live);
	if (have->lock >= 0)
		close(have->lock);
}
