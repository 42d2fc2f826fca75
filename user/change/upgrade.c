/* SPDX-License-Identifier: GPL-2.0-only */
#include "upgrade.h"
#include "base/fault.h"
#include "kernel/blocks.h"
#include "kernel/flows.h"
#include "kernel/inherit.h"
#include "kernel/lifecycle.h"
#include "kernel/lockdown.h"
#include "kernel/namespace.h"
#include "kernel/publish.h"
#include "kernel/swap.h"
#include "policy/text.h"
#include "state/blocks_file.h"
#include "state/load.h"
#include "state/lockdown_file.h"
#include "state/stand_in.h"
#include "verdict/tables.h"
#include <errno.h>
#include <net/if.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct upgrade {
	const struct request *request;
	const struct notes *notes;
	struct inheritance from;
	struct instance next;
	struct moment now;
};

static void upgrade_close(struct upgrade *upgrade)
{
	instance_close(&upgrade->next);
	inherit_close(&upgrade->from);
}
#define _cleanup_upgrade_ __attribute__((cleanup(upgrade_close)))

bool upgrade_is_ours(const char *pin_dir)
{
	__u32 version;

	return inherit_version(pin_dir, &version) || version <= ABI_VERSION;
}

bool upgrade_is_due(const struct request *request, int code)
{
	if (request->dry_run || (code != -ESTALE && code != -EPROTO))
		return false;
	if (request->urgent)
		return true;
	return request->base == BASE_FILE && upgrade_is_ours(request->paths.pin_dir);
}

/* --- What is carried over ------------------------------------------------------------------- */

static bool is_shared(const struct upgrade *upgrade, enum map_id id)
{
	__u32 old, new;

	return map_id_of(upgrade->from.fds[id], &old) == 0 &&
	       map_id_of(upgrade->next.fds[id], &new) == 0 && old == new;
}

static void carry_nics(struct upgrade *upgrade)
{
	const struct control *old = upgrade->from.control;
	struct control *control = upgrade->next.control;

	for (unsigned i = 0; i < MAX_NICS; i++) {
		control->nics[i] = old->nics[i];
		control->nics[i].build = 0;
	}
	memcpy(control->outside, old->outside, sizeof(control->outside));
	control->flows_seeded = old->flows_seeded;
	if (inherit_is_read(&upgrade->from))
		control->booted = old->booted;
	memcpy(control->stand_in, old->stand_in, sizeof(control->stand_in));
	/* Which ports have flows is not copied: until the last program has changed, the old one
	 * notes them elsewhere. */
	memset(control->flow_ports, 1, sizeof(control->flow_ports));
}

struct copy {
	struct block_item *items;
	size_t count, capacity;
};

static int collect(const struct block_item *item, void *argument)
{
	struct copy *copy = argument;

	if (copy->count == copy->capacity) {
		size_t capacity = copy->capacity ? 2 * copy->capacity : 1024;
		struct block_item *items = reallocarray(copy->items, capacity, sizeof(*items));

		if (!items)
			return -ENOMEM;
		copy->items = items;
		copy->capacity = capacity;
	}
	copy->items[copy->count++] = *item;
	return 0;
}

static int copy_blocks(struct upgrade *upgrade, struct error *error)
{
	struct instance old = INSTANCE_INIT;
	struct copy copy = {.count = 0};
	int code;

	memcpy(old.fds, upgrade->from.fds, sizeof(old.fds));
	old.control = upgrade->from.control;
	code = blocks_list(&old, collect, &copy, error);
	if (code == 0)
		code = blocks_add(&upgrade->next, copy.items, copy.count, error);
	free(copy.items);
	return code;
}

static int carry_blocks(struct upgrade *upgrade, struct error *error)
{
	const int *fds = upgrade->from.fds;

	if (is_shared(upgrade, MAP_BLOCKS) && is_shared(upgrade, MAP_BLOCK_PREFIXES4) &&
	    is_shared(upgrade, MAP_BLOCK_PREFIXES6)) {
		upgrade->next.control->blocked = upgrade->from.control->blocked;
		return 0;
	}
	if (fds[MAP_BLOCKS] >= 0 && fds[MAP_BLOCK_PREFIXES4] >= 0 && fds[MAP_BLOCK_PREFIXES6] >= 0)
		return copy_blocks(upgrade, error);
	return blocks_file_load(upgrade->request->paths.own, &upgrade->next, upgrade->notes, error);
}

static int carry_lockdown(struct upgrade *upgrade, struct error *error)
{
	const struct instance old = {.control = upgrade->from.control};
	struct control *control = upgrade->next.control;
	struct prefix keep[KEEP_MAX];
	unsigned failures = 0;
	size_t count;
	__u64 until;
	int code = 0;

	if (upgrade->request->lockdown)
		return lockdown_enforce(upgrade->request->lockdown, &upgrade->next, error);
	if (!inherit_is_read(&upgrade->from))
		return lockdown_file_load(upgrade->request->paths.own, &upgrade->next,
					  upgrade->notes, &failures, error);
	if (lockdown_is_on(&old, upgrade->now.jiffies, &until, keep, &count))
		code = lockdown_switch_on(&upgrade->next, keep, count, until, NULL, error);
	/* One that was switched and not saved still is not. */
	control->lockdown_saved = control->lockdown;
	if (old.control->lockdown != old.control->lockdown_saved)
		control->lockdown_saved++;
	return code;
}

/* --- The policy ----------------------------------------------------------------------------- */

static void nic_names(const struct upgrade *upgrade, char names[MAX_NICS][IFNAMSIZ])
{
	for (unsigned i = 0; i < MAX_NICS; i++) {
		const struct nic *nic = &upgrade->next.control->nics[i];

		memset(names[i], 0, IFNAMSIZ);
		if (nic->ifindex && !if_indextoname(nic->ifindex, names[i]))
			memcpy(names[i], nic->name, IFNAMSIZ - 1);
	}
}

/* The policy of a slot, from the text that is kept with it. */
static int fill_slot(struct upgrade *upgrade, unsigned slot, const char *text, struct error *error)
{
	_cleanup_deadlines_ struct deadline_table deadlines = {0};
	_cleanup_verdict_ struct compiled compiled = {NULL};
	struct diagnostics diagnostics = {.count = 0};
	char names[MAX_NICS][IFNAMSIZ];
	struct policy policy;
	int code = deadlines_read(text, &deadlines);

	policy_init(&policy);
	nic_names(upgrade, names);
	if (code == 0)
		code = text_parse(text, strlen(text), &policy, NULL, &diagnostics);
	if (code == -EINVAL)
		error_set(error, -EPROTO, "the running policy is damaged: %s",
			  diagnostics.list[0].text);
	if (code == 0)
		code = verdict_compile(&policy, (const char(*)[IFNAMSIZ])names, &deadlines,
				       &upgrade->now, &compiled, error);
	policy_free(&policy);
	if (code)
		return code;
	upgrade->next.slots[slot] = *compiled.slot;
	code = publish_large(
		&upgrade->next, slot,
		&(struct large_tables){compiled.sources4, compiled.sources6, compiled.cells},
		error);
	return code ? code : publish_text(&upgrade->next, slot, text, strlen(text), error);
}

/* The text of a policy as a slot keeps it, to be freed. */
static int make_text(const struct upgrade *upgrade, const struct policy *policy, char **text)
{
	_cleanup_deadlines_ struct deadline_table deadlines = {0}, none = {0};
	int code = deadlines_make(policy, &none, &upgrade->now, &deadlines);
	char *printed = code == 0 ? text_print(policy, NULL) : NULL;

	*text = printed ? deadlines_print(&deadlines, printed) : NULL;
	free(printed);
	return code == 0 && !*text ? -ENOMEM : code;
}

/* That of the policy file, or of what stands in for it. */
static int file_text(struct upgrade *upgrade, char **text, struct error *error)
{
	const struct paths *paths = &upgrade->request->paths;
	_cleanup_stand_in_ struct stand_in found = {.path = ""};
	_cleanup_loaded_ struct loaded file;
	struct error why = {""};
	int code = load_read(paths->own, LOAD_OWN, NULL, &file, &why);

	if (code == 0 || code == -ENOENT)
		return make_text(upgrade, &file.policy, text);
	if (stand_in_find(paths, &found, upgrade->notes, NULL))
		return error_set(error, code, "%s: %s", paths->own, why.text);
	notes_add(upgrade->notes, NOTE_WARNING, "%s: %s: %s is enforced in its place", paths->own,
		  why.text, found.path);
	snprintf(upgrade->next.control->stand_in, sizeof(upgrade->next.control->stand_in), "%s",
		 stand_in_name(found.path));
	return make_text(upgrade, &found.file.policy, text);
}

/* The same slots as before, so that a text that is moved early is that of either instance. */
static int carry_slot(struct upgrade *upgrade, unsigned slot, struct error *error)
{
	struct instance old = {.control = upgrade->from.control};
	char *text = NULL;
	int code = instance_set_pin_dir(&old, upgrade->request->paths.pin_dir, error);

	if (code == 0 && !old.control->text_length[slot])
		return 0; /* never published: everything passes */
	if (code == 0)
		code = publish_slot_text(&old, slot, &text, error);
	if (code == 0)
		code = fill_slot(upgrade, slot, text, error);
	free(text);
	return code;
}

static int carry_file(struct upgrade *upgrade, struct error *error)
{
	char *text = NULL;
	int code = file_text(upgrade, &text, error);

	if (code == 0)
		code = fill_slot(upgrade, 0, text, error);
	free(text);
	/* Lockdown lets nothing through that a policy could; without it the old one stays. */
	if (code && upgrade->request->lockdown) {
		notes_add(upgrade->notes, NOTE_WARNING, "%s", error->text);
		error->text[0] = '\0';
		return 0;
	}
	return code;
}

static int carry_policy(struct upgrade *upgrade, struct error *error)
{
	__u64 word = upgrade->from.control->word;
	int code;

	if (!inherit_is_read(&upgrade->from))
		return carry_file(upgrade, error);
	code = carry_slot(upgrade, CONTROL_ACTIVE(word), error);
	if (code == -EPROTO) /* its text is lost */
		return carry_file(upgrade, error);
	if (code == 0 && CONTROL_DEADLINE(word))
		code = carry_slot(upgrade, CONTROL_FALLBACK(word), error);
	if (code == 0)
		upgrade->next.control->word = word;
	return code;
}

/* --- The programs ---------------------------------------------------------------------------- */

/* One that has lost its link is not attached any more, which is nothing new. */
static int swap_all(struct upgrade *upgrade,
		    int (*swap)(struct instance *instance, const char *pin_dir, unsigned index,
				struct error *error),
		    struct error *error)
{
	int code = 0;

	for (unsigned i = 0; i < MAX_NICS && code == 0; i++) {
		if (!upgrade->next.control->nics[i].ifindex)
			continue;
		code = swap(&upgrade->next, upgrade->request->paths.pin_dir, i, error);
		if (code == -ENOLINK)
			code = 0;
	}
	return code;
}

static int seed(struct upgrade *upgrade, struct error *error)
{
	const struct control *control = upgrade->next.control;
	unsigned attached[MAX_NICS];
	size_t count = 0;

	for (unsigned i = 0; i < MAX_NICS; i++)
		if (control->nics[i].ifindex)
			attached[count++] = control->nics[i].ifindex;
	return flows_seed(&upgrade->next, upgrade->now.jiffies, attached, count, NULL, error);
}

/* Where both find the same flows, what arrives changes first: the new program looks for a flow at
 * any port, the old one only at those that the old one noted. */
static int swap_programs(struct upgrade *upgrade, struct error *error)
{
	bool shared = is_shared(upgrade, MAP_FLOWS);
	int code = 0;

	if (!shared)
		code = swap_all(upgrade, swap_leaving, error);
	if (!shared && code == 0)
		code = seed(upgrade, error);
	if (code == 0)
		code = swap_all(upgrade, swap_arriving, error);
	if (shared && code == 0)
		code = swap_all(upgrade, swap_leaving, error);
	return code;
}

/* --- All of it ------------------------------------------------------------------------------- */

static int create(struct upgrade *upgrade, struct error *error)
{
	const struct request *request = upgrade->request;
	const char *pin_dir = request->paths.pin_dir;
	__u32 flows_max;
	int code = inherit_open(pin_dir, &upgrade->from, error);

	if (code == 0)
		code = namespace_check(upgrade->from.control, pin_dir, error);
	if (code == -ENOENT)
		error_set(error, code, "%s: the network namespace that it guarded is gone",
			  pin_dir);
	if (code)
		return code;
	flows_max = upgrade->from.control->flows_max;
	if (!flows_max)
		flows_max = request->flows_max ? request->flows_max : FLOWS_DEFAULT;
	code = instance_create_beside(pin_dir, flows_max, &upgrade->from, &upgrade->next, error);
	fault_point("upgrade-created");
	if (code)
		return code;
	upgrade->now.wall = moment_wall(request->paths.own);
	return moment_read(&upgrade->now, &upgrade->next, error);
}

static int carry(struct upgrade *upgrade, struct error *error)
{
	int code;

	carry_nics(upgrade);
	code = carry_lockdown(upgrade, error);
	if (code == 0)
		code = carry_blocks(upgrade, error);
	if (code == 0)
		code = carry_policy(upgrade, error);
	return code;
}

static void say(const struct upgrade *upgrade)
{
	__u32 version = upgrade->from.version;

	if (!version)
		notes_add(upgrade->notes, NOTE_WARNING,
			  "what another version of portfw had attached is replaced; policy and "
			  "blocks are those of the files");
	else
		notes_add(upgrade->notes, NOTE_INFO,
			  "upgraded from ABI version %u to %d, with policy, blocks and flows",
			  version, ABI_VERSION);
}

int upgrade_run(const struct request *request, const struct notes *notes, struct error *error)
{
	_cleanup_upgrade_ struct upgrade upgrade = {.request = request,
						    .notes = notes,
						    .from = INHERITANCE_INIT,
						    .next = INSTANCE_INIT};
	int code = create(&upgrade, error);

	if (code == 0)
		code = carry(&upgrade, error);
	if (code) {
		instance_close(&upgrade.next);
		instance_discard_next(request->paths.pin_dir);
		return code;
	}
	instance_complete(&upgrade.next);
	fault_point("upgrade-completed");
	code = swap_programs(&upgrade, error);
	if (code == 0)
		code = instance_move(&upgrade.next, request->paths.pin_dir, error);
	if (code == 0)
		say(&upgrade);
	return code;
}

/* --- Other programs, the same version -------------------------------------------------------- */

static void count_failure(struct making *making, int code, const struct error *error)
{
	notes_fail(making->notes, code, error);
	making->done->failures++;
}

static void replace_programs(struct making *making, const struct nic_status *nic)
{
	struct instance *instance = making->instance;
	const char *pin_dir = making->request->paths.pin_dir;
	struct error error = {""};
	int code = swap_arriving(instance, pin_dir, nic->index, &error);

	if (code == 0)
		code = swap_leaving(instance, pin_dir, nic->index, &error);
	if (code && code != -ENOLINK)
		count_failure(making, code, &error);
	else
		notes_add(making->notes, NOTE_INFO, "%s: runs the programs of this portfw now",
			  nic->name);
}

void upgrade_programs(struct making *making)
{
	const struct live *live = &making->have->live;
	struct error error = {""};
	int code = 0;

	for (size_t i = 0; i < live->nic_count; i++) {
		const struct nic_status *nic = &live->nics[i];

		if (!nic->gone && !nic->detached && !swap_is_current(making->instance, nic->index))
			replace_programs(making, nic);
	}
	if (!swap_is_tools_current(making->instance))
		code = swap_tools(making->instance, &error);
	if (code)
		count_failure(making, code, &error);
}
