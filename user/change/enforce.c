/* SPDX-License-Identifier: GPL-2.0-only */
#include "enforce.h"
#include "base/fault.h"
#include "enforce_flows.h"
#include "kernel/clock.h"
#include "kernel/lifecycle.h"
#include "policy/compile.h"
#include "policy/text.h"
#include "state/blocks_file.h"
#include "state/lockdown_file.h"
#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* At boot a NIC that cannot be attached keeps no other from it. */
static void leave_out(struct making *making, const char *nic, const struct error *error)
{
	notes_add(making->notes, NOTE_ERROR, "%s", error->text);
	attachments_remove(&making->done->attached, nic);
	making->done->failures++;
}

int enforce_check(struct making *making, struct error *error)
{
	const struct plan *plan = making->plan;
	struct done *done = making->done;

	for (size_t i = 0; i < plan->nic_count; i++) {
		int code = attach_check(plan->nics[i].nic, error);
		if (code && !making->request->boot)
			return code;
		if (code)
			leave_out(making, plan->nics[i].nic, error);
		else
			done->nics[done->nic_count++].wanted = plan->nics[i];
	}
	return 0;
}

/* A policy without the block list is better than neither. */
static int leave_out_list(struct making *making, int code, const struct error *error)
{
	if (!code || making->request->base != BASE_FILE || !making->instance->open)
		return code;
	notes_add(making->notes, NOTE_ERROR, "%s", error->text);
	making->done->failures++;
	return 0;
}

static int create(struct making *making, struct error *error)
{
	const struct request *request = making->request;
	struct instance *instance = making->instance;
	const char *policy = request->paths.own;
	int code;

	fault_point("instance-create");
	code = instance_create(request->paths.pin_dir,
			       request->flows_max ? request->flows_max : FLOWS_DEFAULT, instance,
			       error);
	if (code)
		return code;
	making->done->created = true;
	fault_point("instance-created");
	if (instance->mounted)
		notes_add(making->notes, NOTE_INFO, "mounted a bpffs on %s", instance->mount_point);
	code = moment_read(&making->now, instance, error);
	if (code == 0)
		code = blocks_file_load(policy, instance, making->notes, error);
	code = leave_out_list(making, code, error);
	fault_point("blocks-loaded");
	if (code == 0 && request->lockdown)
		code = lockdown_enforce(request->lockdown, instance, error);
	else if (code == 0)
		code = leave_out_list(making,
				      lockdown_file_load(policy, instance, making->notes,
							 &making->done->failures, error),
				      error);
	fault_point("lockdown-loaded");
	return code;
}

/* Takes an index for each new NIC. What is left of an earlier attachment of a NIC by that name,
 * which has vanished or lost its link, goes. */
static int reserve(struct making *making, struct error *error)
{
	struct instance *instance = making->instance;

	for (size_t i = 0; i < making->done->nic_count; i++) {
		struct new_nic *nic = &making->done->nics[i];
		const struct nic_status *stale =
			live_nic(&making->have->live, nic->wanted.nic, false);
		int code = stale ? attach_unlink(instance, stale->index, error) : 0;
		if (code)
			return code;
		int index = attach_reserve(instance, nic->wanted.nic, error);
		if (index < 0)
			return index;
		nic->index = (unsigned)index;
		nic->reserved = true;
	}
	fault_point("nic-reserved");
	return 0;
}

/* Compiles the policy into the slot and the tables of its own. */
static int fill_slot(struct making *making, unsigned slot, const struct deadline_table *deadlines,
		     struct error *error)
{
	struct instance *instance = making->instance;
	_cleanup_compiled_ struct compiled compiled = {.slot = &instance->slots[slot]};
	char names[MAX_NICS][IFNAMSIZ];
	int code;

	attach_names(instance, names);
	for (unsigned i = 0; i < MAX_NICS; i++) {
		if (making->plan->detach >> i & 1)
			memset(names[i], 0, sizeof(names[i]));
	}
	code = policy_compile(&making->plan->live_policy, (const char(*)[IFNAMSIZ])names,
			      &(struct deadlines){deadlines->list, deadlines->count}, &compiled,
			      error);
	making->done->past_limit = code == -ENOSPC;
	if (code)
		return code;
	fault_point("compiled");
	code = publish_large(
		instance, slot,
		&(struct large_tables){compiled.sources4, compiled.sources6, compiled.cells},
		error);
	fault_point("tables-stored");
	return code;
}

/* The text that is kept with the slot, to be freed. */
static char *slot_text(const struct making *making, const struct deadline_table *deadlines)
{
	bool same = making->plan->whole && making->done->text;
	char *printed = same ? NULL : text_print(&making->plan->live_policy, NULL);
	const char *policy = same ? load_body(making->done->text) : printed;
	char *text = policy ? deadlines_print(deadlines, policy) : NULL;

	free(printed);
	return text;
}

static int compile(struct making *making, struct error *error)
{
	_cleanup_deadlines_ struct deadline_table deadlines = {0};
	const struct deadline_table *known = &making->have->live.deadlines;
	struct instance *instance = making->instance;
	int code, slot = publish_free_slot(instance, error);
	char *text = NULL;

	if (slot < 0)
		return slot;
	fault_point("slot-taken");
	code = deadlines_make(&making->plan->live_policy, known, &making->now, &deadlines);
	if (code == 0)
		code = fill_slot(making, (unsigned)slot, &deadlines, error);
	if (code == 0 && (deadlines.count || known->count))
		code = deadlines_note_clock(&deadlines, &making->now);
	if (code)
		return code;
	text = slot_text(making, &deadlines);
	code = text ? publish_text(instance, (unsigned)slot, text, strlen(text), error)
		    : error_set(error, -ENOMEM, "out of memory");
	free(text);
	fault_point("text-stored");
	making->done->slot = (unsigned)slot;
	return code;
}

int enforce_prepare(struct making *making, struct error *error)
{
	int code = making->have->running ? 0 : create(making, error);

	if (code == 0)
		code = reserve(making, error);
	if (code == 0)
		code = compile(making, error);
	return code;
}

static int attach_nics(struct making *making, struct error *error)
{
	struct instance *instance = making->instance;

	for (size_t i = 0; i < making->done->nic_count; i++) {
		struct new_nic *nic = &making->done->nics[i];
		enum attach_mode mode = nic->wanted.mode;
		if (making->request->boot && mode == ATTACH_NATIVE)
			mode = ATTACH_AUTO;
		fault_point("nic-link");
		int code =
			attach_link(instance, nic->index, mode, &nic->got, &nic->fallback, error);
		nic->attached = code == 0;
		if (code && !making->request->boot)
			return code;
		if (code) {
			nic->reserved = false;
			leave_out(making, nic->wanted.nic, error);
		}
		fault_point("nic-linked");
	}
	return 0;
}

static int detach_nics(struct making *making, struct error *error)
{
	int result = 0;

	for (unsigned i = 0; i < MAX_NICS; i++) {
		if (!(making->plan->detach >> i & 1))
			continue;
		fault_point("nic-unlink");
		int code = attach_unlink(making->instance, i, error);
		if (code)
			result = code;
		fault_point("nic-unlinked");
	}
	return result;
}

static int remove_instance(struct making *making, struct error *error)
{
	int code;

	fault_point("instance-remove");
	instance_close(making->instance);
	*making->instance = (struct instance)INSTANCE_INIT;
	code = instance_remove(making->request->paths.pin_dir, error);
	fault_point("instance-removed");
	return code;
}

/* What a trial falls back to is a policy like any other, also where nothing was enforced before. */
static int store_fallback(struct instance *instance, struct error *error)
{
	unsigned active = CONTROL_ACTIVE(instance->control->word);
	int code = 0;

	if (!instance->control->text_length[active])
		code = publish_text(instance, active, LIVE_BLANK, strlen(LIVE_BLANK), error);
	fault_point("fallback-stored");
	return code;
}

static int start_trial(struct making *making, struct error *error)
{
	const char *run_dir = making->request->paths.run_dir;
	struct instance *instance = making->instance;
	__u64 now;
	int code = store_fallback(instance, error);

	if (code == 0)
		code = clock_now(instance, &now, error);
	if (code)
		return code;
	making->done->deadline =
		now + (__u64)making->request->trial_seconds * instance->control->hz;
	making->done->deadline &= CONTROL_DEADLINE_MASK;
	/* It tells this trial from the one that it replaces. */
	if (making->done->deadline == making->have->trial_deadline)
		making->done->deadline++;
	code = pending_write(run_dir, making->done->deadline, making->pending, error);
	if (code)
		return code;
	fault_point("pending-written");
	fault_point("switch");
	publish_switch_trial(instance, making->done->slot, making->done->deadline);
	making->done->switched = true;
	fault_point("switched");
	return 0;
}

static int make_live(struct making *making, struct error *error)
{
	struct instance *instance = making->instance;

	making->done->old_slot = CONTROL_ACTIVE(instance->control->word);
	if (request_is_trial(making->request))
		return start_trial(making, error);
	fault_point("switch");
	publish_switch(instance, making->done->slot);
	making->done->switched = true;
	fault_point("switched");
	return 0;
}

static bool any_attached(const struct making *making)
{
	for (size_t i = 0; i < making->done->nic_count; i++)
		if (making->done->nics[i].attached)
			return true;
	return false;
}

int enforce_ready(struct making *making, struct error *error)
{
	return making->plan->removes ? 0 : enforce_flows(making, error);
}

/* What is left of an instance without NICs guards nothing, and opens nothing. */
static void remove_rest(struct making *making)
{
	struct error error = {""};

	if (remove_instance(making, &error))
		notes_add(making->notes, NOTE_WARNING, "%s", error.text);
}

int enforce_commit(struct making *making, struct error *error)
{
	const char *run_dir = making->request->paths.run_dir;
	int code = detach_nics(making, error);

	if (code)
		return code;
	if (making->plan->removes) {
		remove_rest(making);
		return 0;
	}
	if (!making_publishes(making))
		return 0;
	code = make_live(making, error);
	if (code == 0)
		code = attach_nics(making, error);
	if (code)
		return code;
	if (request_is_trial(making->request)) {
		pending_clean(run_dir, making->done->deadline);
		fault_point("pending-removed");
	}
	if (!making->done->created || any_attached(making))
		return 0;
	making->done->created = false;
	remove_rest(making);
	return 0;
}

void enforce_undo(struct making *making)
{
	struct instance *instance = making->instance;

	for (size_t i = 0; i < making->done->nic_count; i++) {
		if (making->done->nics[i].reserved)
			attach_unlink(instance, making->done->nics[i].index, NULL);
		making->done->nics[i].reserved = making->done->nics[i].attached = false;
	}
	if (making->done->switched)
		publish_switch(instance, making->done->old_slot);
	making->done->switched = false;
	if (making->done->created)
		remove_instance(making, NULL);
	making->done->created = false;
	if (request_is_trial(making->request))
		pending_clean(making->request->paths.run_dir, making->have->trial_deadline);
}
