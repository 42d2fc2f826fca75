/* SPDX-License-Identifier: GPL-2.0-only */
#include "lockdown.h"
#include "commit.h"
#include "kernel/lockdown.h"
#include "lockdown_notes.h"
#include "nics.h"
#include "remarks.h"
#include "state/beside.h"
#include "state/lockdown_file.h"
#include "survey/evidence.h"
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#define FLAGS (HAVE_DECIDES | HAVE_REPLACES | HAVE_MENDS)

void lockdown_change_close(struct lockdown_change *change)
{
	change_close(&change->change);
}

/* Whatever may be cut is; as many NICs as can be are attached. */
static enum exit_status open_change(const struct lockdown_request *asked,
				    struct lockdown_change *change)
{
	change->request = (struct request){.paths = asked->paths,
					   .dry_run = asked->dry_run,
					   .consequence = ", nothing changed",
					   .runtime = true,
					   .force = true,
					   .boot = true};
	change->change.request = &change->request;
	return have_read(&change->request, FLAGS, &change->change.have, &change->change.notes);
}

static enum exit_status outcome(struct lockdown_change *change, int code, const struct error *error)
{
	if (code == 0)
		return STATUS_DONE;
	notes_fail(&change->change.notes, code, error);
	return STATUS_FAILED;
}

/* --- Beginning ----------------------------------------------------------------------------- */

/* Goes on without, if it must. */
static void secure_evidence(const struct lockdown_request *asked, struct change *change)
{
	struct live *live = change->have.running ? &change->have.live : NULL;
	struct error error = {"out of memory"};
	char path[PATH_MAX];
	json_t *evidence;
	int code = -ENOMEM;

	if (asked->evidence)
		snprintf(path, sizeof(path), "%s", asked->evidence);
	else
		evidence_default_path(&asked->paths, path);
	evidence = evidence_collect(&asked->paths, live, &change->notes);
	if (evidence)
		code = evidence_write(evidence, path, &error);
	if (code)
		notes_add(&change->notes, NOTE_WARNING, "no evidence was written: %s", error.text);
	else
		notes_add(&change->notes, NOTE_DONE, "evidence: %s", path);
}

/* Attaches NICs with lockdown already on: a new instance takes it from the file. */
static int attach(struct change *change, struct error *error)
{
	enum exit_status status =
		plan_make(change->request, &change->have, &change->plan, &change->notes);
	struct making making = {.request = change->request,
				.have = &change->have,
				.plan = &change->plan,
				.instance = &change->have.live.instance,
				.now = change->have.live.now,
				.done = &change->done,
				.notes = &change->notes};
	struct error why = {""};

	if (status == STATUS_DONE && commit(&making, &why))
		notes_fail(&change->notes, -EIO, &why);
	else if (status == STATUS_DONE)
		remarks_note(&making);
	return making.instance->open
		       ? 0
		       : error_set(error, -EIO, "nothing was attached, so nothing is cut");
}

static int isolate(const struct lockdown_file *file, struct change *change, struct error *error)
{
	struct lockdown_file before;
	int code = lockdown_file_read(change->request->paths.policy, &before, error);

	if (code)
		before.there = false; /* damaged: it is replaced */
	code = lockdown_file_write(file, error);
	if (code)
		return code;
	if (change->have.running)
		code = lockdown_file_enforce(file, &change->have.live.instance, error);
	else
		code = attach(change, error);
	if (code && before.there)
		lockdown_file_write(&before, NULL);
	else if (code)
		lockdown_file_remove(file, NULL);
	return code;
}

static int begin(const struct lockdown_request *asked, struct lockdown_change *made,
		 struct error *error)
{
	struct change *change = &made->change;
	struct lockdown_file file = {.lockdown = asked->lockdown};
	int code = beside_policy(asked->paths.policy, "lockdown", "the lockdown file", file.path,
				 error);

	if (asked->seconds)
		file.lockdown.until = time(NULL) + asked->seconds;
	if (code == 0 && !change->have.running) {
		file.lockdown.attach_all = true;
		code = nics_all(made->request.attach, &made->request.attach_count, &change->notes,
				error);
	}
	made->lockdown = file.lockdown;
	if (code || asked->dry_run)
		return code;
	lockdown_note_mounts(&change->notes);
	secure_evidence(asked, change);
	code = isolate(&file, change, error);
	if (code)
		return code;
	made->done = true;
	if (change->have.running)
		nics_note_open(&change->have.live, &change->notes);
	if (asked->kill)
		lockdown_kill(&file.lockdown, &change->notes);
	return 0;
}

enum exit_status lockdown_begin(const struct lockdown_request *request,
				struct lockdown_change *change)
{
	enum exit_status status = open_change(request, change);
	struct error error = {""};

	if (status == STATUS_DONE)
		status = outcome(change, begin(request, change, &error), &error);
	return status == STATUS_DONE && change_failures(&change->change) ? STATUS_FAILED : status;
}

/* --- Ending -------------------------------------------------------------------------------- */

static int end(const struct lockdown_request *asked, struct lockdown_change *change,
	       struct error *error)
{
	const struct live *live = &change->change.have.live;
	struct lockdown_file file;
	int code = lockdown_file_read(asked->paths.policy, &file, error);
	bool damaged = code == -EINVAL;

	if (code && !damaged)
		return code;
	change->running = change->change.have.running;
	change->was_on = file.there || damaged ||
			 (change->running &&
			  lockdown_is_on(&live->instance, live->now.jiffies, NULL, NULL, NULL));
	if (asked->dry_run)
		return 0;
	/* The file first: a command that is killed in between leaves the host isolated, and
	 * `restore` or another `unlock` ends it. */
	code = lockdown_file_remove(&file, error);
	if (code == 0 && change->running)
		lockdown_switch_off(live_instance(live));
	return code;
}

enum exit_status lockdown_end(const struct lockdown_request *request,
			      struct lockdown_change *change)
{
	enum exit_status status = open_change(request, change);
	struct error error = {""};

	return status ? status : outcome(change, end(request, change, &error), &error);
}
