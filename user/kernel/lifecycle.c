/* SPDX-License-Identifier: GPL-2.0-only */
#include "lifecycle.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fault.h"
#include "bpffs.h"
#include "clock.h"
#include "egress.h"
#include "explain.h"
#include "inherit.h"
#include "link.h"
#include "maps.h"
#include "namespace.h"
#include "object.h"

static void remove_pins(const char *pin_dir)
{
	char path[PATH_MAX];

	for (unsigned i = 0; i < MAX_NICS; i++)
		link_unpin(pin_path(path, pin_dir, PIN_XDP_LINK, i));
	egress_detach_pinned(pin_dir);
	unlink(pin_path(path, pin_dir, PIN_CLOCK, 0));
	unlink(pin_path(path, pin_dir, PIN_EXPLAIN, 0));
	/* Control first: without it there is no instance, whatever else a crash leaves. */
	for (unsigned id = 0; id < MAP_COUNT; id++)
		unlink(pin_path(path, pin_dir, map_layouts[id].pin, 0));
	for (unsigned i = 0; i < SLOT_COUNT; i++)
		unlink(pin_path(path, pin_dir, PIN_TEXT, i));
}

/* A new map, or one more pin of a map that is shared. */
static int make_map(const struct instance *made, enum map_id id, __u32 entries, int shared,
		    struct error *error)
{
	const struct map_layout *layout = &map_layouts[id];
	char path[PATH_MAX];
	int code, fd;

	if (shared < 0)
		return map_create(made->pin_dir, layout, 0, entries, error);
	fd = fcntl(shared, F_DUPFD_CLOEXEC, 3);
	if (fd < 0)
		return error_set(error, -errno, "%s", strerror(errno));
	code = pin_make(fd, pin_path(path, made->pin_dir, layout->pin, 0), error);
	if (!code)
		return fd;
	close(fd);
	return code;
}

static __u32 entries_of(int fd)
{
	struct bpf_map_info info = {};
	__u32 length = sizeof(info);

	return bpf_obj_get_info_by_fd(fd, &info, &length) ? 0 : info.max_entries;
}

/* Which maps of another instance are shared: those that have as much room as they need. */
static int shared_map(const struct inheritance *from, enum map_id id, __u32 entries)
{
	if (!from || from->fds[id] < 0)
		return -1;
	return id == MAP_FLOWS || entries_of(from->fds[id]) == entries ? from->fds[id] : -1;
}

static int create_maps(struct instance *made, __u32 flows_max, const struct inheritance *from,
		       struct error *error)
{
	int code, cpus = libbpf_num_possible_cpus();
	__u32 entries[MAP_COUNT] = {[MAP_COUNTERS] = (__u32)cpus, [MAP_FLOWS] = flows_max};

	if (cpus < 0)
		return error_set(error, cpus, "cannot tell the number of CPUs: %s",
				 strerror(-cpus));
	/* Control last: until then there is no instance. */
	for (unsigned id = MAP_COUNT; id-- > 0;) {
		__u32 room = map_layouts[id].entries ? map_layouts[id].entries : entries[id];
		int fd = make_map(made, id, room, shared_map(from, id, room), error);

		if (fd < 0)
			return fd;
		made->fds[id] = fd;
	}
	code = instance_map(made, true, error);
	if (code)
		return code;
	namespace_note(made->control);
	made->control->cpu_count = (__u32)cpus;
	made->control->flows_max = entries_of(made->fds[MAP_FLOWS]);
	for (unsigned i = 0; i < SLOT_COUNT; i++)
		made->slots[i].default_action = ACTION_ALLOW;
	code = clock_start(made, error);
	if (code == 0)
		code = explain_start(made, error);
	if (code == 0)
		made->control->build = object_build();
	return code;
}

/* Last: it says that the rest is complete. */
void instance_complete(struct instance *next)
{
	__atomic_store_n(&next->control->abi_version, ABI_VERSION, __ATOMIC_RELEASE);
}

int instance_create(const char *pin_dir, __u32 flows_max, struct instance *instance,
		    struct error *error)
{
	struct instance made = INSTANCE_INIT;
	int code = instance_set_pin_dir(&made, pin_dir, error);

	if (code)
		return code;
	code = bpffs_make_directory(made.pin_dir, made.mount_point, error);
	if (code)
		return code;
	made.mounted = *made.mount_point;
	remove_pins(made.pin_dir);
	instance_discard_next(made.pin_dir);
	code = create_maps(&made, flows_max, NULL, error);
	if (code) {
		instance_close(&made);
		remove_pins(made.pin_dir);
		bpffs_remove_directory(made.pin_dir, NULL);
		return code;
	}
	instance_complete(&made);
	made.open = true;
	*instance = made;
	return 0;
}

/* --- Beside another one ---------------------------------------------------------------------- */

static const char *next_directory(char path[PATH_MAX], const char *pin_dir)
{
	return pin_path(path, pin_dir, "next", 0);
}

void instance_discard_next(const char *pin_dir)
{
	char path[PATH_MAX];

	if (access(next_directory(path, pin_dir), F_OK))
		return;
	remove_pins(path);
	rmdir(path);
}

int instance_create_beside(const char *pin_dir, __u32 flows_max, const struct inheritance *from,
			   struct instance *next, struct error *error)
{
	struct instance made = INSTANCE_INIT;
	char path[PATH_MAX];
	int code = instance_set_pin_dir(&made, next_directory(path, pin_dir), error);

	if (code)
		return code;
	instance_discard_next(pin_dir);
	if (mkdir(path, 0700))
		return error_set(error, -errno, "cannot make %s: %s", path, strerror(errno));
	code = create_maps(&made, flows_max, from, error);
	if (code) {
		instance_close(&made);
		instance_discard_next(pin_dir);
		return code;
	}
	made.open = true;
	*next = made;
	return 0;
}

/* One pin; `number` as in pin_path(). */
static int move(const struct instance *next, const char *pin_dir, const char *name, unsigned number,
		struct error *error)
{
	char from[PATH_MAX], to[PATH_MAX];

	pin_path(from, next->pin_dir, name, number);
	pin_path(to, pin_dir, name, number);
	fault_point("pin-move");
	if (rename(from, to) && errno != ENOENT)
		return error_set(error, -errno, "cannot move %s to %s: %s", from, to,
				 strerror(errno));
	return 0;
}

int instance_move(struct instance *next, const char *pin_dir, struct error *error)
{
	char old[PATH_MAX];
	int code = move(next, pin_dir, PIN_CLOCK, 0, error);

	if (code == 0)
		code = move(next, pin_dir, PIN_EXPLAIN, 0, error);
	for (unsigned i = 0; i < SLOT_COUNT && code == 0; i++)
		code = move(next, pin_dir, PIN_TEXT, i, error);
	for (unsigned id = MAP_COUNT; id-- > 0 && code == 0;)
		code = move(next, pin_dir, map_layouts[id].pin, 0, error);
	if (code)
		return code;
	fault_point("pins-moved");
	memcpy(old, next->pin_dir, sizeof(old));
	rmdir(old);
	return instance_set_pin_dir(next, pin_dir, error);
}

/* --- The end --------------------------------------------------------------------------------- */

int instance_remove(const char *pin_dir, struct error *error)
{
	struct instance named = INSTANCE_INIT;
	int code = instance_set_pin_dir(&named, pin_dir, error);

	if (code)
		return code;
	remove_pins(named.pin_dir);
	instance_discard_next(named.pin_dir);
	return bpffs_remove_directory(named.pin_dir, error);
}
