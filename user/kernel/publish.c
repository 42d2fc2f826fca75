/* SPDX-License-Identifier: GPL-2.0-only */
#include "publish.h"

#include <bpf/bpf.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "clock.h"
#include "grace.h"

/* The maps of large tables, by enum large_table. */
static const enum map_id large_maps[LARGE_COUNT] = {MAP_SOURCES4, MAP_SOURCES6, MAP_CELLS};

static __u64 load_word(const struct instance *instance)
{
	return __atomic_load_n(&instance->control->word, __ATOMIC_ACQUIRE);
}

static void store_word(struct instance *instance, __u64 word)
{
	__atomic_store_n(&instance->control->word, word, __ATOMIC_RELEASE);
}

/* --- Trials ---------------------------------------------------------------------------------- */

int publish_trial(struct instance *instance, struct trial *trial, struct error *error)
{
	__u64 deadline = CONTROL_DEADLINE(load_word(instance)), now;
	int code;

	*trial = (struct trial){.pending = deadline, .deadline = deadline};
	if (!deadline)
		return 0;
	code = clock_now(instance, &now, error);
	if (code)
		return code;
	now &= CONTROL_DEADLINE_MASK;
	trial->over = now >= deadline;
	if (!trial->over)
		trial->seconds_left = (double)(deadline - now) / instance->control->hz;
	return 0;
}

/* The index of the slot in force: after the deadline of a trial, its fallback. -errno. */
static int slot_in_force(struct instance *instance, struct error *error)
{
	__u64 word = load_word(instance);
	struct trial trial;
	int code;

	if (!CONTROL_DEADLINE(word))
		return (int)CONTROL_ACTIVE(word);
	code = publish_trial(instance, &trial, error);
	if (code)
		return code;
	return (int)(trial.over ? CONTROL_FALLBACK(word) : CONTROL_ACTIVE(word));
}

int publish_rollback(struct instance *instance, struct error *error)
{
	__u64 word = load_word(instance);

	if (!CONTROL_DEADLINE(word))
		return error_set(error, -ENOENT, "there is no trial");
	instance->control->slot_state[CONTROL_ACTIVE(word)] = SLOT_RETIRED;
	store_word(instance, CONTROL_WORD(CONTROL_FALLBACK(word)));
	return 0;
}

int publish_settle(struct instance *instance, struct error *error)
{
	struct trial trial;
	int code = publish_trial(instance, &trial, error);

	if (code || !trial.over)
		return code;
	return publish_rollback(instance, error);
}

int publish_confirm(struct instance *instance, struct error *error)
{
	__u64 word = load_word(instance);
	struct trial trial;
	int code = publish_trial(instance, &trial, error);

	if (code)
		return code;
	if (!trial.pending)
		return error_set(error, -ENOENT, "there is no trial");
	/* Not at the last moment: the store must not come after the deadline. */
	if (trial.over || trial.seconds_left * instance->control->hz < 2)
		return error_set(
			error, -ETIME,
			"the trial's deadline has passed: the policy before it is in force again");
	instance->control->slot_state[CONTROL_FALLBACK(word)] = SLOT_RETIRED;
	store_word(instance, CONTROL_WORD(CONTROL_ACTIVE(word)));
	return 0;
}

void publish_switch(struct instance *instance, unsigned slot)
{
	__u64 word = load_word(instance);

	/* Before the store: a crash in between costs a grace period, not a torn policy. */
	if (CONTROL_ACTIVE(word) != slot)
		instance->control->slot_state[CONTROL_ACTIVE(word)] = SLOT_RETIRED;
	if (CONTROL_DEADLINE(word) && CONTROL_FALLBACK(word) != slot)
		instance->control->slot_state[CONTROL_FALLBACK(word)] = SLOT_RETIRED;
	store_word(instance, CONTROL_WORD(slot));
}

void publish_switch_trial(struct instance *instance, unsigned slot, __u64 deadline)
{
	__u64 word = load_word(instance);
	unsigned active = CONTROL_ACTIVE(word);
	unsigned fallback = CONTROL_DEADLINE(word) ? CONTROL_FALLBACK(word) : active;

	if (active != fallback)
		instance->control->slot_state[active] = SLOT_RETIRED;
	store_word(instance, CONTROL_TRIAL(slot, fallback, deadline & CONTROL_DEADLINE_MASK));
}

/* --- Slots ----------------------------------------------------------------------------------- */

static bool in_use(__u64 word, unsigned slot)
{
	return slot == CONTROL_ACTIVE(word) ||
	       (CONTROL_DEADLINE(word) && slot == CONTROL_FALLBACK(word));
}

/* Tells readers that the slot is about to change. */
static int take_slot(struct instance *instance, unsigned slot)
{
	__atomic_fetch_add(&instance->control->slot_version[slot], 1, __ATOMIC_SEQ_CST);
	return (int)slot;
}

int publish_free_slot(struct instance *instance, struct error *error)
{
	struct control *control = instance->control;
	__u64 word = load_word(instance);
	int code;

	for (unsigned i = 0; i < SLOT_COUNT; i++)
		if (!in_use(word, i) && control->slot_state[i] == SLOT_CLEAN)
			return take_slot(instance, i);
	/* One grace period frees all that were retired before it. */
	code = grace_wait(error);
	if (code)
		return code;
	for (unsigned i = 0; i < SLOT_COUNT; i++)
		if (!in_use(word, i))
			control->slot_state[i] = SLOT_CLEAN;
	for (unsigned i = 0; i < SLOT_COUNT; i++)
		if (!in_use(word, i))
			return take_slot(instance, i);
	return error_set(error, -EPROTO, "no slot is free");
}

static int store_large(struct instance *instance, unsigned slot, enum large_table table,
		       const void *values, struct error *error)
{
	const struct map_layout *layout = &map_layouts[large_maps[table]];
	size_t size = map_size(layout->inner_size, 1);
	int code, fd = map_create_inner(layout, error);
	void *memory;

	if (fd < 0)
		return fd;
	memory = map_memory(fd, size, PROT_READ | PROT_WRITE);
	code = memory ? 0 : -errno;
	if (!code) {
		memcpy(memory, values, layout->inner_size);
		munmap(memory, size);
		instance->control->large_tables[slot] |= 1U << table;
		code = bpf_map_update_elem(instance->fds[large_maps[table]], &slot, &fd, BPF_ANY);
	}
	close(fd);
	if (code)
		return error_set(error, code, "cannot store the table '%s': %s", layout->name,
				 strerror(-code));
	return 0;
}

/* Releases a table of its own that the slot had. */
static void drop_large(struct instance *instance, unsigned slot, enum large_table table)
{
	if (!(instance->control->large_tables[slot] >> table & 1))
		return;
	bpf_map_delete_elem(instance->fds[large_maps[table]], &slot);
	instance->control->large_tables[slot] &= ~(1U << table);
}

static const void *large_values(const struct large_tables *tables, enum large_table table)
{
	const void *const values[LARGE_COUNT] = {tables->sources4, tables->sources6, tables->cells};

	return values[table];
}

int publish_large(struct instance *instance, unsigned slot, const struct large_tables *tables,
		  struct error *error)
{
	for (unsigned table = 0; table < LARGE_COUNT; table++) {
		const void *values = large_values(tables, table);
		int code = values ? store_large(instance, slot, table, values, error) : 0;

		if (code)
			return code;
		if (!values)
			drop_large(instance, slot, table);
	}
	return 0;
}

/* Whether a slot's own table is `values`. */
static bool large_matches(struct instance *instance, unsigned slot, enum large_table table,
			  const void *values)
{
	const struct map_layout *layout = &map_layouts[large_maps[table]];
	size_t size = map_size(layout->inner_size, 1);
	bool same = false;
	void *memory;
	__u32 id;
	int fd;

	/* Read from user space, an array of maps has the ids of its maps. */
	if (bpf_map_lookup_elem(instance->fds[large_maps[table]], &slot, &id))
		return false;
	fd = bpf_map_get_fd_by_id(id);
	if (fd < 0)
		return false;
	memory = map_memory(fd, size, PROT_READ);
	close(fd);
	if (memory) {
		same = !memcmp(memory, values, layout->inner_size);
		munmap(memory, size);
	}
	return same;
}

bool publish_matches(struct instance *instance, const struct slot *slot,
		     const struct large_tables *tables)
{
	int index = slot_in_force(instance, NULL);

	if (index < 0 || memcmp(slot, &instance->slots[index], sizeof(*slot)) != 0)
		return false;
	for (unsigned table = 0; table < LARGE_COUNT; table++) {
		const void *values = large_values(tables, table);

		if (values && !large_matches(instance, (unsigned)index, table, values))
			return false;
	}
	return true;
}

/* --- The policy's text ----------------------------------------------------------------------- */

/* A text map of at least `pages` pages for the slot: the pinned one, or a new one in its place. */
static int text_map(const struct instance *instance, unsigned slot, __u32 pages,
		    struct error *error)
{
	const struct map_layout layout = {.pin = PIN_TEXT,
					  .name = "policy",
					  .type = BPF_MAP_TYPE_ARRAY,
					  .key_size = 4,
					  .value_size = MAP_PAGE,
					  .flags = BPF_F_MMAPABLE};
	struct bpf_map_info info = {};
	__u32 length = sizeof(info);
	char path[PATH_MAX];
	int fd = bpf_obj_get(pin_path(path, instance->pin_dir, PIN_TEXT, slot));

	if (fd >= 0) {
		if (!bpf_obj_get_info_by_fd(fd, &info, &length) && info.value_size == MAP_PAGE &&
		    info.max_entries >= pages)
			return fd;
		close(fd);
		unlink(path);
	}
	return map_create(instance->pin_dir, &layout, slot, pages, error);
}

int publish_text(struct instance *instance, unsigned slot, const char *text, size_t length,
		 struct error *error)
{
	__u32 pages = (__u32)(length / MAP_PAGE + 1);
	char *memory;
	int code, fd = text_map(instance, slot, pages, error);

	if (fd < 0)
		return fd;
	memory = map_memory(fd, (size_t)pages * MAP_PAGE, PROT_READ | PROT_WRITE);
	code = memory ? 0 : -errno;
	close(fd);
	if (code)
		return error_set(error, code, "cannot map the policy text: %s", strerror(-code));
	memcpy(memory, text, length);
	munmap(memory, (size_t)pages * MAP_PAGE);
	instance->control->text_length[slot] = (__u32)length;
	return 0;
}

/* Reads `length` bytes of the text of a slot into `copy`. */
static int read_text(const struct instance *instance, unsigned slot, char *copy, size_t length,
		     struct error *error)
{
	size_t size = (length + MAP_PAGE - 1) / MAP_PAGE * MAP_PAGE;
	char path[PATH_MAX], *memory;
	int code, fd = bpf_obj_get(pin_path(path, instance->pin_dir, PIN_TEXT, slot));

	if (fd == -ENOENT)
		return map_damaged(instance->pin_dir, "the text of the policy is missing", error);
	if (fd < 0)
		return error_set(error, -EPROTO, "cannot open %s: %s", path, strerror(-fd));
	memory = map_memory(fd, size, PROT_READ);
	code = memory ? 0 : -errno;
	close(fd);
	if (code)
		return error_set(error, -EPROTO, "cannot map %s: %s", path, strerror(-code));
	memcpy(copy, memory, length);
	munmap(memory, size);
	return 0;
}

int publish_slot_text(const struct instance *instance, unsigned slot, char **text,
		      struct error *error)
{
	size_t length = instance->control->text_length[slot];
	char *copy = calloc(1, length + 1);
	int code = copy ? 0 : error_set(error, -ENOMEM, "out of memory");

	if (code == 0 && length)
		code = read_text(instance, slot, copy, length, error);
	if (code)
		free(copy);
	else
		*text = copy;
	return code;
}

__u64 publish_version(struct instance *instance)
{
	int slot = slot_in_force(instance, NULL);

	if (slot < 0)
		return 0;
	return (__u64)slot << 32 |
	       __atomic_load_n(&instance->control->slot_version[slot], __ATOMIC_ACQUIRE);
}

int publish_read_text(struct instance *instance, bool fallback, char **text, struct error *error)
{
	for (;;) {
		__u64 version = publish_version(instance);
		int slot = fallback ? (int)CONTROL_FALLBACK(load_word(instance))
				    : slot_in_force(instance, error);
		char *copy;
		int code;

		if (slot < 0)
			return slot;
		code = publish_slot_text(instance, (unsigned)slot, &copy, error);
		if (version == publish_version(instance)) {
			if (code == 0)
				*text = copy;
			return code;
		}
		if (code == 0)
			free(copy);
	}
}
