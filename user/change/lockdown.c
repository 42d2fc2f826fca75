/* SPDX-License-Identifier: GPL-2.0-only */
#include "lockdown.h"
#include "base/signals.h"
#include "commit.h"
#include "enforce_flows.h"
#include "kernel/lockdown.h"
#include "kernel/privilege.h"
#include "lockdown_notes.h"
#include "nics.h"
#include "remarks.h"
#include "state/lockdown_file.h"
#include "survey/evidence.h"
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#define FLAGS (HAVE_DECIDES | HAVE_REPLACES | HAVE_MENDS)

void lockdown_change_close(struct lockdown_change *change)
{
	instance_close(&change->instance);
	change_close(&change->change);
}

/* The instance that is there, if any: for one who has not the lock. */
static int open_instance(const struct paths *paths, bool writable, struct lockdown_change *change,
			 struct error *error)
{
	int code = privilege_check(error);

	if (code == 0)
		code = instance_open(paths->pin_dir, writable, &change->instance, error);
	change->running = code == 0;
	return code == -ENOENT ? 0 : code;
}

/* It holds, but until the next reboot. */
static void note_unsaved(struct lockdown_change *change, const char *what,
			 const struct error *error)
{
	notes_add(&change->change.notes, NOTE_ERROR, "%s: %s", what, error->text);
	change->unsaved = true;
}

static void save(const struct paths *paths, struct instance *instance, const char *what,
		 struct lockdown_change *change)
{
	struct error error = {""};

	if (lockdown_file_save(paths->own, instance, &error))
		note_unsaved(change, what, &error);
}

static enum exit_status outcome(const struct lockdown_change *change)
{
	if (!change->done || change_failures(&change->change))
		return STATUS_FAILED;
	return change->unsaved ? STATUS_UNSAVED : STATUS_DONE;
}

/* --- Beginning: what is guarded ------------------------------------------------------------ */

static const char not_saved[] = "isolated, but not saved: a reboot lifts it";

/* The NICs that are attached, at once: before the lock, the policy file or the disk is asked. */
static int cut_attached(const struct lockdown_request *asked, struct lockdown_change *change,
			struct error *error)
{
	int code = open_instance(&asked->paths, !asked->dry_run, change, error);

	/* Of another version, or damaged: it is replaced behind this, with lockdown on. */
	if (code == -ESTALE || code == -EPROTO) {
		error->text[0] = '\0';
		return 0;
	}
	if (code || !change->running || asked->dry_run)
		return code;
	code = lockdown_enforce(&change->lockdown, &change->instance, error);
	change->done = code == 0;
	if (change->done)
		save(&asked->paths, &change->instance, not_saved, change);
	return code;
}

/* --- Beginning: what is not ---------------------------------------------------------------- */

/* Where nothing is attached, every NIC that is up; else those that the policy names. Names of NICs
 * that do not exist are nothing that is open. */
static int want_nics(struct lockdown_change *change, struct error *error)
{
	const struct attachments *named = &change->change.have.file.attached;
	struct request *request = &change->request;

	if (!change->change.have.running)
		return nics_all(request->attach, &request->attach_count, &change->change.notes,
				error);
	for (size_t i = 0; i < named->count; i++)
		if (if_nametoindex(named->list[i].nic))
			request->attach[request->attach_count++] = named->list[i];
	return 0;
}

/* Whoever holds the lock may be changing the slots. */
static void leave_open(struct change *change)
{
	for (size_t i = 0; i < change->plan.nic_count; i++)
		notes_add(&change->notes, NOTE_ERROR,
			  "%s is not attached, and cannot be without the lock: it is open",
			  change->plan.nics[i].nic);
	change->done.failures += (unsigned)change->plan.nic_count;
}

/* Attaches NICs with lockdown already on. */
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

	if (change->have.running && change->have.writes)
		enforce_mend_egress(&making);
	if (status) {
		change->done.failures++;
	} else if (change->plan.nic_count && change->have.running && !change->have.writes) {
		leave_open(change);
	} else if (change->plan.nic_count && commit(&making, &why)) {
		notes_fail(&change->notes, -EIO, &why);
		change->done.failures++;
	} else if (change->plan.nic_count) {
		remarks_note(&making);
	}
	return making.instance->open
		       ? 0
		       : error_set(error, -EIO, "nothing was attached, so nothing is cut");
}

static bool was_attached(const struct change *change)
{
	for (size_t i = 0; i < change->done.nic_count; i++)
		if (change->done.nics[i].attached)
			return true;
	return false;
}

static int cut_others(const struct lockdown_request *asked, struct lockdown_change *made,
		      struct error *error)
{
	struct change *change = &made->change;
	int code = want_nics(made, error);

	if (code || asked->dry_run)
		return code;
	/* An instance that was made while this command began. */
	if (change->have.running && !made->done)
		code = cut_attached(asked, made, error);
	if (code == 0)
		code = attach(change, error);
	if (code)
		return code;
	if (was_attached(change) && !made->done)
		save(&asked->paths, &change->have.live.instance, not_saved, made);
	made->done = true;
	return 0;
}

/* --- Beginning: what can wait -------------------------------------------------------------- */

/* An operator waits. */
static const struct evidence_bounds evidence_bounds = {.milliseconds = 200, .flows = 10000};

/* Goes on without, if it must. */
static void secure_evidence(const struct lockdown_request *asked, struct change *change)
{
	struct live *live = change->have.live.instance.open ? &change->have.live : NULL;
	const char *given = asked->evidence;
	struct error error = {"out of memory"};
	char path[PATH_MAX];
	json_t *evidence = evidence_collect(&asked->paths, live, &evidence_bounds, &change->notes);
	int code = -ENOMEM;

	if (evidence && given)
		code = evidence_write(evidence, given, &error);
	else if (evidence)
		code = evidence_keep(evidence, &asked->paths, path, &error);
	if (code)
		notes_add(&change->notes, NOTE_WARNING, "no evidence was written: %s", error.text);
	else
		notes_add(&change->notes, NOTE_DONE, "evidence: %s", given ? given : path);
}

static void follow_up(const struct lockdown_request *asked, struct lockdown_change *made)
{
	struct change *change = &made->change;
	const struct instance *live = &change->have.live.instance;

	change->done.failures +=
		nics_note_open(live->open ? live : &made->instance, &change->notes);
	lockdown_note_mounts(&change->notes);
	secure_evidence(asked, change);
	if (asked->kill)
		lockdown_kill(&made->lockdown, &change->notes);
}

static void fill_request(const struct lockdown_request *asked, struct lockdown_change *change)
{
	change->lockdown = asked->lockdown;
	change->lockdown.attach_all = true;
	if (asked->seconds)
		change->lockdown.until = time(NULL) + asked->seconds;
	change->request = (struct request){.paths = asked->paths,
					   .dry_run = asked->dry_run,
					   .consequence = ", nothing changed",
					   .lockdown = &change->lockdown,
					   .runtime = true,
					   .force = true,
					   .urgent = true,
					   .boot = true};
	change->change.request = &change->request;
}

enum exit_status lockdown_begin(const struct lockdown_request *asked,
				struct lockdown_change *change)
{
	_cleanup_uninterrupted_ struct uninterrupted stretch = signals_hold();
	struct have *have = &change->change.have;
	const struct notes *notes = &change->change.notes;
	struct error error = {""};
	int code;

	fill_request(asked, change);
	code = cut_attached(asked, change, &error);
	if (code == 0 && have_read(&change->request, FLAGS, have, notes) == STATUS_DONE)
		code = cut_others(asked, change, &error);
	else if (code == 0)
		change->change.done.failures++; /* it was said why */
	if (code) {
		notes_fail(notes, code, &error);
		change->change.done.failures++;
	}
	if (!change->done || asked->dry_run)
		return change->change.done.failures ? STATUS_FAILED : STATUS_DONE;
	follow_up(asked, change);
	return outcome(change);
}

/* --- Ending -------------------------------------------------------------------------------- */

/* Without an instance there is but the file. */
static int end_in_file(const struct lockdown_request *asked, struct lockdown_change *change,
		       struct error *error)
{
	struct lockdown_file file;
	int code = lockdown_file_read(asked->paths.own, &file, NULL, error);

	if (code)
		return code;
	change->was_on = file.there;
	if (!asked->dry_run)
		code = lockdown_file_remove(asked->paths.own, error);
	change->done = code == 0;
	return code;
}

static int end(const struct lockdown_request *asked, struct lockdown_change *change,
	       struct error *error)
{
	_cleanup_uninterrupted_ struct uninterrupted stretch = signals_hold();
	struct instance *instance = &change->instance;
	struct moment now = {.wall = 0};
	struct lockdown_file file;
	int code = open_instance(&asked->paths, !asked->dry_run, change, error);

	if (code)
		return code;
	if (!change->running)
		return end_in_file(asked, change, error);
	code = moment_read(&now, instance, error);
	if (code)
		return code;
	change->was_on =
		lockdown_is_on(instance, now.jiffies, NULL, NULL, NULL) ||
		(lockdown_file_read(asked->paths.own, &file, NULL, NULL) == 0 && file.there);
	if (asked->dry_run)
		return 0;
	lockdown_switch_off(instance, NULL, NULL);
	change->done = true;
	save(&asked->paths, instance, "unlocked, but not saved: a reboot brings it back", change);
	return 0;
}

enum exit_status lockdown_end(const struct lockdown_request *asked, struct lockdown_change *change)
{
	struct error error = {""};
	int code = end(asked, change, &error);

	if (code) {
		notes_fail(&change->change.notes, code, &error);
		return STATUS_FAILED;
	}
	return asked->dry_run ? STATUS_DONE : outcome(change);
}
