/* SPDX-License-Identifier: GPL-2.0-only */
#include "enforce.h"
#include "base/fault.h"
#include "cli/message.h"
#include "enforce_flows.h"
#include "kernel/clock.h"
#include "policy/compile.h"
#include "policy/text.h"
#include "state/blocks_file.h"
#include "state/lockdown_file.h"
#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* At boot a NIC that cannot be attached keeps no other from it. */
static void leave_out(struct change *change, const char *nic, const struct error *error)
{
	message_error(change->invocation, "%s", error->text);
	policy_detach(&change->live_policy, nic);
	change->failures++;
}

int enforce_check(struct change *change, struct error *error)
{
	size_t kept = 0;

	for (size_t i = 0; i < change->nic_count; i++) {
		int code = attach_check(change->nics[i].wanted.nic, error);
		if (code && !change->boot)
			return code;
		if (code) {
			leave_out(change, change->nics[i].wanted.nic, error);
			continue;
		}
		change->nics[kept++] = change->nics[i];
	}
	change->nic_count = kept;
	return 0;
}

static int create(struct change *change, struct error *error)
{
	struct instance *instance = &change->live.instance;
	int code;

	fault_point("instance-create");
	code = instance_create(change->invocation->options.pin_dir, change->flows_max, instance,
			       error);
	if (code)
		return code;
	change->created = true;
	fault_point("instance-created");
	if (instance->mounted)
		message_note("mounted a bpffs on %s", instance->mount_point);
	code = moment_read(&change->live.now, instance, error);
	if (code == 0)
		code = blocks_file_load(change->invocation, instance, error);
	if (code && change->boot && instance->open) {
		/* A policy without the block list is better than neither. */
		message_error(change->invocation, "%s", error->text);
		change->failures++;
		code = 0;
	}
	fault_point("blocks-loaded");
	if (code == 0)
		code = lockdown_file_load(change->invocation, instance, NULL, error);
	fault_point("lockdown-loaded");
	return code;
}

/* Takes an index for each new NIC. What is left of an earlier attachment of a NIC by that name,
 * which has vanished or lost its link, goes. */
static int reserve(struct change *change, struct error *error)
{
	struct instance *instance = &change->live.instance;

	for (size_t i = 0; i < change->nic_count; i++) {
		struct new_nic *nic = &change->nics[i];
		const struct nic_status *stale = live_nic(&change->live, nic->wanted.nic, false);
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
static int fill_slot(struct change *change, unsigned slot, const struct deadline_table *deadlines,
		     struct error *error)
{
	struct instance *instance = &change->live.instance;
	_cleanup_compiled_ struct compiled compiled = {.slot = &instance->slots[slot]};
	char names[MAX_NICS][IFNAMSIZ];
	int code;

	attach_names(instance, names);
	for (unsigned i = 0; i < MAX_NICS; i++) {
		if (change->detach >> i & 1)
			memset(names[i], 0, sizeof(names[i]));
	}
	code = policy_compile(&change->live_policy, (const char(*)[IFNAMSIZ])names,
			      &(struct deadlines){deadlines->list, deadlines->count}, &compiled,
			      error);
	change->past_limit = code == -ENOSPC;
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
static char *slot_text(const struct change *change, const struct deadline_table *deadlines)
{
	bool same = change->whole && change->text;
	char *printed = same ? NULL : text_print(&change->live_policy, false);
	const char *policy = same ? load_body(change->text) : printed;
	char *text = policy ? deadlines_print(deadlines, policy) : NULL;

	free(printed);
	return text;
}

static int compile(struct change *change, struct error *error)
{
	_cleanup_deadlines_ struct deadline_table deadlines = {0};
	struct live *live = &change->live;
	int code, slot = publish_free_slot(&live->instance, error);
	char *text = NULL;

	if (slot < 0)
		return slot;
	fault_point("slot-taken");
	code = deadlines_make(&change->live_policy, &live->deadlines, &live->now, &deadlines);
	if (code == 0)
		code = fill_slot(change, (unsigned)slot, &deadlines, error);
	if (code == 0 && (deadlines.count || live->deadlines.count))
		code = deadlines_note_clock(&deadlines, &live->now);
	if (code)
		return code;
	text = slot_text(change, &deadlines);
	code = text ? publish_text(&live->instance, (unsigned)slot, text, strlen(text), error)
		    : error_set(error, -ENOMEM, "out of memory");
	free(text);
	fault_point("text-stored");
	change->slot = (unsigned)slot;
	return code;
}

int enforce_prepare(struct change *change, struct error *error)
{
	int code = change->running ? 0 : create(change, error);

	if (code == 0)
		code = reserve(change, error);
	if (code == 0)
		code = compile(change, error);
	return code;
}

static int attach_nics(struct change *change, struct error *error)
{
	struct instance *instance = &change->live.instance;

	for (size_t i = 0; i < change->nic_count; i++) {
		struct new_nic *nic = &change->nics[i];
		enum attach_mode mode = nic->wanted.mode;
		if (change->boot && mode == ATTACH_NATIVE)
			mode = ATTACH_AUTO;
		fault_point("nic-link");
		int code =
			attach_link(instance, nic->index, mode, &nic->got, &nic->fallback, error);
		nic->attached = code == 0;
		if (code && !change->boot)
			return code;
		if (code) {
			nic->reserved = false;
			leave_out(change, nic->wanted.nic, error);
		}
		fault_point("nic-linked");
	}
	return 0;
}

static int detach_nics(struct change *change, struct error *error)
{
	int result = 0;

	for (unsigned i = 0; i < MAX_NICS; i++) {
		if (!(change->detach >> i & 1))
			continue;
		fault_point("nic-unlink");
		int code = attach_unlink(&change->live.instance, i, error);
		if (code)
			result = code;
		fault_point("nic-unlinked");
	}
	return result;
}

static int remove_instance(struct change *change, struct error *error)
{
	int code;

	fault_point("instance-remove");
	instance_close(&change->live.instance);
	change->live.instance = (struct instance)INSTANCE_INIT;
	code = instance_remove(change->invocation->options.pin_dir, error);
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

static int start_trial(struct change *change, struct error *error)
{
	const char *run_dir = change->invocation->options.run_dir;
	struct instance *instance = &change->live.instance;
	__u64 now;
	int code = store_fallback(instance, error);

	if (code == 0)
		code = clock_now(instance, &now, error);
	if (code)
		return code;
	change->deadline = now + (__u64)change->trial_seconds * instance->control->hz;
	change->deadline &= CONTROL_DEADLINE_MASK;
	/* It tells this trial from the one that it replaces. */
	if (change->deadline == change->trial_deadline)
		change->deadline++;
	code = pending_write(run_dir, change->deadline, &change->pending, error);
	if (code)
		return code;
	fault_point("pending-written");
	fault_point("switch");
	publish_switch_trial(instance, change->slot, change->deadline);
	change->switched = true;
	fault_point("switched");
	return 0;
}

static int make_live(struct change *change, struct error *error)
{
	struct instance *instance = &change->live.instance;

	change->old_slot = CONTROL_ACTIVE(instance->control->word);
	if (change_is_trial(change))
		return start_trial(change, error);
	fault_point("switch");
	publish_switch(instance, change->slot);
	change->switched = true;
	fault_point("switched");
	return 0;
}

static bool any_attached(const struct change *change)
{
	for (size_t i = 0; i < change->nic_count; i++)
		if (change->nics[i].attached)
			return true;
	return false;
}

int enforce_commit(struct change *change, struct error *error)
{
	const char *run_dir = change->invocation->options.run_dir;
	int code = detach_nics(change, error);

	if (code)
		return code;
	if (change->removes)
		return remove_instance(change, error);
	if (!change->publishes)
		return 0;
	code = enforce_flows(change, error);
	if (code == 0)
		code = make_live(change, error);
	if (code == 0)
		code = attach_nics(change, error);
	if (code)
		return code;
	if (change_is_trial(change)) {
		pending_clean(run_dir, change->deadline);
		fault_point("pending-removed");
	}
	if (!change->created || any_attached(change))
		return 0;
	change->created = false;
	return remove_instance(change, error);
}

void enforce_undo(struct change *change)
{
	struct instance *instance = &change->live.instance;

	for (size_t i = 0; i < change->nic_count; i++) {
		if (change->nics[i].reserved)
			attach_unlink(instance, change->nics[i].index, NULL);
		change->nics[i].reserved = change->nics[i].attached = false;
	}
	if (change->switched)
		publish_switch(instance, change->old_slot);
	change->switched = false;
	if (change->created)
		remove_instance(change, NULL);
	change->created = false;
	if (change_is_trial(change))
		pending_clean(change->invocation->options.run_dir, change->trial_deadline);
}
