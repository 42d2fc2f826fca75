/* SPDX-License-Identifier: GPL-2.0-only */
#include "publish.h"
#include "message.h"
#include "policy/compile.h"
#include "policy/text.h"
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

int publish_check(struct change *change, struct error *error)
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
	int code = instance_create(change->invocation->options.pin_dir, instance, error);

	if (code)
		return code;
	change->created = true;
	if (instance->mounted)
		message_note("mounted a bpffs on %s", instance->mount_point);
	return 0;
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
	return 0;
}

static int compile(struct change *change, struct error *error)
{
	struct instance *instance = &change->live.instance;
	char names[MAX_NICS][IFNAMSIZ];
	int slot = instance_free_slot(instance, error);

	if (slot < 0)
		return slot;
	attach_names(instance, names);
	for (unsigned i = 0; i < MAX_NICS; i++) {
		if (change->detach >> i & 1)
			memset(names[i], 0, sizeof(names[i]));
	}
	int code = policy_compile(&change->live_policy, (const char(*)[IFNAMSIZ])names,
				  &instance->slots[slot], error);
	change->past_limit = code == -ENOSPC;
	if (code)
		return code;
	char *text = text_print(&change->live_policy, false);
	code = text ? instance_store_text(instance, (unsigned)slot, text, strlen(text), error)
		    : error_set(error, -ENOMEM, "out of memory");
	free(text);
	change->slot = (unsigned)slot;
	return code;
}

int publish_prepare(struct change *change, struct error *error)
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
		int code =
			attach_link(instance, nic->index, mode, &nic->got, &nic->fallback, error);
		nic->attached = code == 0;
		if (code && !change->boot)
			return code;
		if (code) {
			nic->reserved = false;
			leave_out(change, nic->wanted.nic, error);
		}
	}
	return 0;
}

static int detach_nics(struct change *change, struct error *error)
{
	int result = 0;

	for (unsigned i = 0; i < MAX_NICS; i++) {
		int code = 0;
		if (change->detach >> i & 1)
			code = attach_unlink(&change->live.instance, i, error);
		if (code)
			result = code;
	}
	return result;
}

static int remove_instance(struct change *change, struct error *error)
{
	instance_close(&change->live.instance);
	change->live.instance = (struct instance)INSTANCE_INIT;
	return instance_remove(change->invocation->options.pin_dir, error);
}

int publish_commit(struct change *change, struct error *error)
{
	struct instance *instance = &change->live.instance;
	int code = detach_nics(change, error);

	if (code)
		return code;
	if (change->removes)
		return remove_instance(change, error);
	if (!change->publishes)
		return 0;
	change->old_slot = CONTROL_ACTIVE(instance->control->word);
	instance_switch(instance, change->slot);
	change->switched = true;
	code = attach_nics(change, error);
	if (code || !change->created || change->failures < change->attach_count)
		return code;
	/* Nothing could be attached. */
	change->created = false;
	return remove_instance(change, error);
}

void publish_undo(struct change *change)
{
	struct instance *instance = &change->live.instance;

	for (size_t i = 0; i < change->nic_count; i++) {
		if (change->nics[i].reserved)
			attach_unlink(instance, change->nics[i].index, NULL);
		change->nics[i].reserved = change->nics[i].attached = false;
	}
	if (change->switched)
		instance_switch(instance, change->old_slot);
	change->switched = false;
	if (change->created)
		remove_instance(change, NULL);
	change->created = false;
}
