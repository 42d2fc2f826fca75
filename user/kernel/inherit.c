/* SPDX-License-Identifier: GPL-2.0-only */
#include "inherit.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "abi4.h"
#include "attach.h"
#include "egress.h"
#include "link.h"
#include "recover.h"

/* In every version. */
#define VERSION_OFFSET 64
ABI_ASSERT(__builtin_offsetof(struct control, abi_version) == VERSION_OFFSET);
ABI_ASSERT(__builtin_offsetof(struct abi4_control, abi_version) == VERSION_OFFSET);

/* --- The control map ------------------------------------------------------------------------- */

/* Whatever its size is. */
static int open_control(const char *pin_dir, __u32 *size)
{
	struct bpf_map_info info = {};
	__u32 length = sizeof(info);
	char path[PATH_MAX];
	int fd = bpf_obj_get(pin_path(path, pin_dir, PIN_CONTROL, 0));

	if (fd >= 0 && (bpf_obj_get_info_by_fd(fd, &info, &length) ||
			strcmp(info.name, map_layouts[MAP_CONTROL].name) != 0)) {
		close(fd);
		fd = -1;
	}
	if (fd < 0) {
		length = sizeof(info);
		fd = recover_named(pin_dir, map_layouts[MAP_CONTROL].name);
		if (fd >= 0 && bpf_obj_get_info_by_fd(fd, &info, &length)) {
			close(fd);
			fd = -EPROTO;
		}
	}
	*size = info.value_size;
	return fd;
}

/* Maps it into the process, to be unmapped; NULL: it cannot be had. */
static void *map_control(const char *pin_dir, __u32 *size)
{
	int fd = open_control(pin_dir, size);
	void *memory = fd < 0 || *size < VERSION_OFFSET + sizeof(__u32)
			       ? NULL
			       : map_memory(fd, map_size(*size, 1), PROT_READ);

	if (fd >= 0)
		close(fd);
	return memory;
}

static __u32 version_of(const void *control)
{
	return *(const __u32 *)((const char *)control + VERSION_OFFSET);
}

int inherit_version(const char *pin_dir, __u32 *version)
{
	__u32 size = 0;
	void *control;

	if (!link_any(pin_dir))
		return -ENOENT;
	control = map_control(pin_dir, &size);
	if (!control)
		return -EPROTO;
	*version = version_of(control);
	munmap(control, map_size(size, 1));
	return 0;
}

/* --- Readers --------------------------------------------------------------------------------- */

static void read_abi4(const void *memory, struct control *control)
{
	const struct abi4_control *old = memory;
	__u32 set = ABI4_LOCKDOWN_SET(old->lockdown);
	__u64 until = ABI4_LOCKDOWN_UNTIL(old->lockdown);

	control->word = old->word;
	control->blocked = old->blocked;
	memcpy(control->text_length, old->text_length, sizeof(control->text_length));
	control->hz = old->hz;
	control->booted = old->booted;
	control->flows_seeded = old->flows_seeded;
	control->flows_max = old->flows_max;
	memcpy(control->outside, old->outside, sizeof(control->outside));
	for (unsigned i = 0; i < MAX_NICS; i++)
		memcpy(&control->nics[i], &old->nics[i], sizeof(old->nics[i]));
	if (!until)
		return;
	control->lockdown = LOCKDOWN_WORD(
		0, 1, until == ABI4_LOCKDOWN_FOREVER ? LOCKDOWN_FOREVER : until & LOCKDOWN_FOREVER);
	control->lockdown_saved = control->lockdown;
	control->keep_count[0] = old->keep_count[set];
	memcpy(control->keep[0], old->keep[set], sizeof(control->keep[0]));
}

static void read_same(const void *memory, struct control *control)
{
	memcpy(control, memory, sizeof(*control));
}

static const struct {
	__u32 first, last;
	__u32 size;
	void (*read)(const void *memory, struct control *control);
} readers[] = {
	{4, 4, sizeof(struct abi4_control), read_abi4},
	{ABI_LAYOUT, ABI_VERSION, sizeof(struct control), read_same},
};

static bool read_control(const char *pin_dir, struct inheritance *from)
{
	__u32 size = 0;
	void *memory = map_control(pin_dir, &size);
	bool found = false;

	if (!memory)
		return false;
	from->version = version_of(memory);
	for (size_t i = 0; i < sizeof(readers) / sizeof(*readers) && !found; i++) {
		found = from->version >= readers[i].first && from->version <= readers[i].last &&
			size == readers[i].size;
		if (found)
			readers[i].read(memory, from->control);
	}
	munmap(memory, map_size(size, 1));
	return found;
}

/* --- NICs of which only the links are known -------------------------------------------------- */

static void read_links(const char *pin_dir, struct control *control)
{
	struct bpf_link_info info;
	char path[PATH_MAX];

	for (unsigned i = 0; i < MAX_NICS; i++) {
		struct nic *nic = &control->nics[i];

		if (!link_query(pin_path(path, pin_dir, PIN_XDP_LINK, i), &info) ||
		    info.type != BPF_LINK_TYPE_XDP || !info.xdp.ifindex ||
		    attach_describe_link(info.xdp.ifindex, nic))
			continue;
		if (link_query(pin_path(path, pin_dir, PIN_EGRESS_LINK, i), &info))
			nic->egress = EGRESS_TCX;
		else
			egress_find(nic);
	}
}

/* --- Maps ------------------------------------------------------------------------------------ */

static bool is_of_blocks(enum map_id id)
{
	return id == MAP_BLOCKS || id == MAP_BLOCK_PREFIXES4 || id == MAP_BLOCK_PREFIXES6;
}

static int open_map(const char *pin_dir, enum map_id id)
{
	struct map_layout layout = map_layouts[id];
	int fd;

	if (is_of_blocks(id))
		layout.entries = 0;
	fd = map_open(pin_dir, &layout, NULL, NULL);
	return fd == -ENOENT ? recover_map(pin_dir, &layout) : fd;
}

int inherit_open(const char *pin_dir, struct inheritance *from, struct error *error)
{
	static const enum map_id shared[] = {MAP_COUNTERS, MAP_BLOCKS, MAP_BLOCK_PREFIXES4,
					     MAP_BLOCK_PREFIXES6, MAP_FLOWS};

	from->control = calloc(1, sizeof(*from->control));
	if (!from->control)
		return error_set(error, -ENOMEM, "out of memory");
	if (!read_control(pin_dir, from)) {
		from->version = 0;
		read_links(pin_dir, from->control);
		return 0;
	}
	for (size_t i = 0; i < sizeof(shared) / sizeof(*shared); i++) {
		int fd = open_map(pin_dir, shared[i]);

		from->fds[shared[i]] = fd < 0 ? -1 : fd;
	}
	return 0;
}

void inherit_close(struct inheritance *from)
{
	free(from->control);
	for (unsigned id = 0; id < MAP_COUNT; id++)
		if (from->fds[id] >= 0)
			close(from->fds[id]);
	*from = (struct inheritance)INHERITANCE_INIT;
}

bool inherit_is_read(const struct inheritance *from)
{
	return from->version;
}
