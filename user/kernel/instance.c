/* SPDX-License-Identifier: GPL-2.0-only */
#include "instance.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "bpffs.h"
#include "grace.h"
#include "pins.h"

#define PAGE 4096u

const char *pin_path(char path[PATH_MAX], const char *pin_dir, const char *name, unsigned number)
{
	char leaf[64];

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
	snprintf(leaf, sizeof(leaf), name, number);
#pragma GCC diagnostic pop
	if (snprintf(path, PATH_MAX, "%s/%s", pin_dir, leaf) >= PATH_MAX)
		path[PATH_MAX - 1] = '\0';
	return path;
}

/* The maps, as user space sees them. */
struct map_layout {
	const char *pin, *name; /* a map's name may not contain a dash */
	__u32 value_size;
	__u32 entries; /* 0: one for each possible CPU */
};
static const struct map_layout control_layout = {PIN_CONTROL, "control", sizeof(struct control), 1};
static const struct map_layout slots_layout = {PIN_SLOTS, "slots", sizeof(struct slot), SLOT_COUNT};
static const struct map_layout counters_layout = {PIN_COUNTERS, "counters",
						  sizeof(struct cpu_counters), 0};

static size_t mapped_size(const struct map_layout *layout, __u32 entries)
{
	size_t size = (size_t)layout->value_size * entries;

	return (size + PAGE - 1) / PAGE * PAGE;
}

static int damaged(const char *pin_dir, struct error *error, const char *what)
{
	return error_set(error, -EPROTO,
			 "%s: %s; `portfw detach --all --runtime`, then `portfw restore`", pin_dir,
			 what);
}

/* Opens a pinned map and checks that it is the one that this version makes. */
static int open_map(const char *pin_dir, const struct map_layout *layout, __u32 *entries,
		    struct error *error)
{
	struct bpf_map_info info = {};
	__u32 length = sizeof(info);
	char path[PATH_MAX];
	int fd = bpf_obj_get(pin_path(path, pin_dir, layout->pin, 0));

	if (fd < 0)
		return fd == -ENOENT
			       ? fd
			       : error_set(error, fd, "cannot open %s: %s", path, strerror(-fd));
	if (bpf_obj_get_info_by_fd(fd, &info, &length) || info.type != BPF_MAP_TYPE_ARRAY ||
	    info.value_size != layout->value_size ||
	    (layout->entries && info.max_entries != layout->entries)) {
		close(fd);
		return damaged(pin_dir, error, "the pinned maps are of another portfw version");
	}
	if (entries)
		*entries = info.max_entries;
	return fd;
}

static void *map_memory(int fd, size_t size, int protection)
{
	void *memory = mmap(NULL, size, protection, MAP_SHARED, fd, 0);

	return memory == MAP_FAILED ? NULL : memory;
}

/* Maps control and slots into the process. */
static int map_instance(struct instance *instance, bool writable, struct error *error)
{
	int protection = PROT_READ | (writable ? PROT_WRITE : 0);

	instance->control =
		map_memory(instance->control_fd, mapped_size(&control_layout, 1), protection);
	instance->slots =
		map_memory(instance->slots_fd, mapped_size(&slots_layout, SLOT_COUNT), protection);
	if (!instance->control || !instance->slots)
		return error_set(error, -errno, "cannot map the pinned maps: %s", strerror(errno));
	return 0;
}

static int set_pin_dir(struct instance *instance, const char *pin_dir, struct error *error)
{
	size_t length = strlen(pin_dir);

	while (length > 1 && pin_dir[length - 1] == '/')
		length--;
	if (length >= sizeof(instance->pin_dir) - 64)
		return error_set(error, -ENAMETOOLONG, "%s: path too long", pin_dir);
	memcpy(instance->pin_dir, pin_dir, length);
	instance->pin_dir[length] = '\0';
	return 0;
}

static int open_maps(struct instance *instance, bool writable, struct error *error)
{
	const char *pin_dir = instance->pin_dir;

	instance->control_fd = open_map(pin_dir, &control_layout, NULL, error);
	if (instance->control_fd < 0)
		return instance->control_fd;
	instance->slots_fd = open_map(pin_dir, &slots_layout, NULL, error);
	if (instance->slots_fd >= 0)
		instance->counters_fd = open_map(pin_dir, &counters_layout, NULL, error);
	if (instance->slots_fd == -ENOENT || instance->counters_fd == -ENOENT)
		return damaged(pin_dir, error, "some of the pinned maps are missing");
	if (instance->slots_fd < 0)
		return instance->slots_fd;
	if (instance->counters_fd < 0)
		return instance->counters_fd;
	return map_instance(instance, writable, error);
}

int instance_open(const char *pin_dir, bool writable, struct instance *instance,
		  struct error *error)
{
	struct instance made = INSTANCE_INIT;
	int code = set_pin_dir(&made, pin_dir, error);

	if (!code)
		code = open_maps(&made, writable, error);
	if (!code && made.control->abi_version != ABI_VERSION)
		code = damaged(made.pin_dir, error,
			       made.control->abi_version
				       ? "the pinned maps are of another portfw version"
				       : "the pinned maps were never completed");
	if (code) {
		instance_close(&made);
		return code;
	}
	made.open = true;
	*instance = made;
	return 0;
}

/* Creates a map and pins it with mode 0600. */
static int create_map(const char *pin_dir, const struct map_layout *layout, __u32 entries,
		      struct error *error)
{
	LIBBPF_OPTS(bpf_map_create_opts, options, .map_flags = BPF_F_MMAPABLE);
	char path[PATH_MAX];
	int fd, code;

	fd = bpf_map_create(BPF_MAP_TYPE_ARRAY, layout->name, sizeof(__u32), layout->value_size,
			    entries, &options);
	if (fd < 0)
		return error_set(error, fd, "cannot create the map '%s': %s", layout->pin,
				 strerror(-fd));
	code = bpf_obj_pin(fd, pin_path(path, pin_dir, layout->pin, 0));
	if (!code && chmod(path, 0600))
		code = -errno;
	if (code) {
		close(fd);
		return error_set(error, code, "cannot pin %s: %s", path, strerror(-code));
	}
	return fd;
}

static void remove_pins(const char *pin_dir)
{
	char path[PATH_MAX];

	for (unsigned i = 0; i < MAX_NICS; i++) {
		int fd = bpf_obj_get(pin_path(path, pin_dir, PIN_XDP_LINK, i));

		/* Unpinning alone would detach some time later. */
		if (fd >= 0) {
			bpf_link_detach(fd);
			close(fd);
		}
		unlink(path);
	}
	/* Without it there is no instance, whatever else a crash in between leaves. */
	unlink(pin_path(path, pin_dir, PIN_CONTROL, 0));
	unlink(pin_path(path, pin_dir, PIN_SLOTS, 0));
	unlink(pin_path(path, pin_dir, PIN_COUNTERS, 0));
	for (unsigned i = 0; i < SLOT_COUNT; i++)
		unlink(pin_path(path, pin_dir, PIN_TEXT, i));
}

static int create_maps(struct instance *made, struct error *error)
{
	int cpus = libbpf_num_possible_cpus();
	int code;

	if (cpus < 0)
		return error_set(error, cpus, "cannot tell the number of CPUs: %s",
				 strerror(-cpus));
	made->counters_fd = create_map(made->pin_dir, &counters_layout, cpus, error);
	if (made->counters_fd < 0)
		return made->counters_fd;
	made->slots_fd = create_map(made->pin_dir, &slots_layout, SLOT_COUNT, error);
	if (made->slots_fd < 0)
		return made->slots_fd;
	made->control_fd = create_map(made->pin_dir, &control_layout, 1, error);
	if (made->control_fd < 0)
		return made->control_fd;
	code = map_instance(made, true, error);
	if (code)
		return code;
	made->control->cpu_count = cpus;
	for (unsigned i = 0; i < SLOT_COUNT; i++)
		made->slots[i].default_action = ACTION_ALLOW;
	/* Last: it says that the rest is complete. */
	__atomic_store_n(&made->control->abi_version, ABI_VERSION, __ATOMIC_RELEASE);
	return 0;
}

int instance_create(const char *pin_dir, struct instance *instance, struct error *error)
{
	struct instance made = INSTANCE_INIT;
	int code = set_pin_dir(&made, pin_dir, error);

	if (code)
		return code;
	code = bpffs_make_directory(made.pin_dir, made.mount_point, error);
	if (code)
		return code;
	made.mounted = *made.mount_point;
	remove_pins(made.pin_dir);
	code = create_maps(&made, error);
	if (code) {
		instance_close(&made);
		remove_pins(made.pin_dir);
		bpffs_remove_directory(made.pin_dir, NULL);
		return code;
	}
	made.open = true;
	*instance = made;
	return 0;
}

static void close_fd(int *fd)
{
	if (*fd >= 0)
		close(*fd);
	*fd = -1;
}

void instance_close(struct instance *instance)
{
	if (instance->counters)
		munmap((void *)instance->counters,
		       mapped_size(&counters_layout, instance->control->cpu_count));
	if (instance->slots)
		munmap(instance->slots, mapped_size(&slots_layout, SLOT_COUNT));
	if (instance->control)
		munmap(instance->control, mapped_size(&control_layout, 1));
	instance->counters = NULL;
	instance->slots = NULL;
	instance->control = NULL;
	close_fd(&instance->control_fd);
	close_fd(&instance->slots_fd);
	close_fd(&instance->counters_fd);
	instance->open = false;
}

int instance_remove(const char *pin_dir, struct error *error)
{
	struct instance named = INSTANCE_INIT;
	int code = set_pin_dir(&named, pin_dir, error);

	if (code)
		return code;
	remove_pins(named.pin_dir);
	return bpffs_remove_directory(named.pin_dir, error);
}

static unsigned active_index(const struct instance *instance)
{
	return CONTROL_ACTIVE(__atomic_load_n(&instance->control->word, __ATOMIC_ACQUIRE));
}

__u64 instance_version(const struct instance *instance)
{
	unsigned active = active_index(instance);

	return (__u64)active << 32 |
	       __atomic_load_n(&instance->control->slot_version[active], __ATOMIC_ACQUIRE);
}

/* Tells readers that the slot is about to change. */
static int take_slot(struct control *control, unsigned slot)
{
	__atomic_fetch_add(&control->slot_version[slot], 1, __ATOMIC_SEQ_CST);
	return (int)slot;
}

int instance_free_slot(struct instance *instance, struct error *error)
{
	struct control *control = instance->control;
	unsigned active = active_index(instance);
	int code;

	for (unsigned i = 0; i < SLOT_COUNT; i++)
		if (i != active && control->slot_state[i] == SLOT_CLEAN)
			return take_slot(control, i);
	/* One grace period frees all that were retired before it. */
	code = grace_wait(error);
	if (code)
		return code;
	for (unsigned i = 0; i < SLOT_COUNT; i++)
		if (i != active)
			control->slot_state[i] = SLOT_CLEAN;
	return take_slot(control, active == 0 ? 1 : 0);
}

void instance_switch(struct instance *instance, unsigned slot)
{
	unsigned old = active_index(instance);

	/* Before the store: a crash in between costs a grace period, not a torn policy. */
	if (old != slot)
		instance->control->slot_state[old] = SLOT_RETIRED;
	__atomic_store_n(&instance->control->word, CONTROL_WORD(slot), __ATOMIC_RELEASE);
}

/* A text map of at least `pages` pages for the slot: the pinned one, or a new one in its place. */
static int text_map(const struct instance *instance, unsigned slot, __u32 pages,
		    struct error *error)
{
	struct bpf_map_info info = {};
	__u32 length = sizeof(info);
	char path[PATH_MAX], pin[32];
	int fd = bpf_obj_get(pin_path(path, instance->pin_dir, PIN_TEXT, slot));

	if (fd >= 0) {
		if (!bpf_obj_get_info_by_fd(fd, &info, &length) && info.value_size == PAGE &&
		    info.max_entries >= pages)
			return fd;
		close(fd);
		unlink(path);
	}
	snprintf(pin, sizeof(pin), PIN_TEXT, slot);
	return create_map(instance->pin_dir, &(struct map_layout){pin, "policy", PAGE, 0}, pages,
			  error);
}

int instance_store_text(struct instance *instance, unsigned slot, const char *text, size_t length,
			struct error *error)
{
	__u32 pages = (__u32)(length / PAGE + 1);
	char *memory;
	int fd = text_map(instance, slot, pages, error);

	if (fd < 0)
		return fd;
	memory = map_memory(fd, (size_t)pages * PAGE, PROT_READ | PROT_WRITE);
	if (!memory) {
		int code = -errno;

		close(fd);
		return error_set(error, code, "cannot map the policy text: %s", strerror(-code));
	}
	close(fd);
	memcpy(memory, text, length);
	munmap(memory, (size_t)pages * PAGE);
	instance->control->text_length[slot] = (__u32)length;
	return 0;
}

/* Reads `length` bytes of the text of a slot into `copy`. */
static int read_text(const struct instance *instance, unsigned slot, char *copy, size_t length,
		     struct error *error)
{
	size_t size = (length + PAGE - 1) / PAGE * PAGE;
	char path[PATH_MAX], *memory;
	int code, fd = bpf_obj_get(pin_path(path, instance->pin_dir, PIN_TEXT, slot));

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

int instance_text(const struct instance *instance, char **text, struct error *error)
{
	for (;;) {
		__u64 version = instance_version(instance);
		unsigned slot = active_index(instance);
		size_t length = instance->control->text_length[slot];
		char *copy = calloc(1, length + 1);
		int code;

		if (!copy)
			return error_set(error, -ENOMEM, "out of memory");
		code = length ? read_text(instance, slot, copy, length, error) : 0;
		if (!code && version == instance_version(instance)) {
			*text = copy;
			return 0;
		}
		free(copy);
		if (code && version == instance_version(instance))
			return code;
	}
}

const struct slot *instance_active_slot(const struct instance *instance)
{
	return &instance->slots[active_index(instance)];
}

int instance_totals(struct instance *instance, struct counter totals[REASON_COUNT],
		    struct error *error)
{
	__u32 cpus = instance->control->cpu_count;

	if (!instance->counters)
		instance->counters = map_memory(instance->counters_fd,
						mapped_size(&counters_layout, cpus), PROT_READ);
	if (!instance->counters)
		return error_set(error, -errno, "cannot map the counters: %s", strerror(errno));
	for (unsigned reason = 0; reason < REASON_COUNT; reason++) {
		totals[reason] = (struct counter){};
		for (unsigned cpu = 0; cpu < cpus; cpu++) {
			totals[reason].packets += instance->counters[cpu].reasons[reason].packets;
			totals[reason].bytes += instance->counters[cpu].reasons[reason].bytes;
		}
	}
	return 0;
}

__u64 instance_port_packets(const struct instance *instance, enum port_table table, __u16 port,
			    enum verdict verdict)
{
	__u64 sum = 0;

	for (unsigned cpu = 0; cpu < instance->control->cpu_count; cpu++)
		sum += instance->counters[cpu].ports[table][port][verdict];
	return sum;
}
