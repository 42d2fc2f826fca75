/* SPDX-License-Identifier: GPL-2.0-only */
#include "lifecycle.h"

#include <bpf/libbpf.h>
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "bpffs.h"
#include "clock.h"
#include "egress.h"
#include "explain.h"
#include "link.h"
#include "maps.h"

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

static int create_maps(struct instance *made, __u32 flows_max, struct error *error)
{
	int code, cpus = libbpf_num_possible_cpus();
	__u32 entries[MAP_COUNT] = {[MAP_COUNTERS] = (__u32)cpus, [MAP_FLOWS] = flows_max};

	if (cpus < 0)
		return error_set(error, cpus, "cannot tell the number of CPUs: %s",
				 strerror(-cpus));
	/* Control last: until then there is no instance. */
	for (unsigned id = MAP_COUNT; id-- > 0;) {
		const struct map_layout *layout = &map_layouts[id];
		int fd = map_create(made->pin_dir, layout, 0,
				    layout->entries ? layout->entries : entries[id], error);

		if (fd < 0)
			return fd;
		made->fds[id] = fd;
	}
	code = instance_map(made, true, error);
	if (code)
		return code;
	made->control->cpu_count = (__u32)cpus;
	made->control->flows_max = flows_max;
	for (unsigned i = 0; i < SLOT_COUNT; i++)
		made->slots[i].default_action = ACTION_ALLOW;
	code = clock_start(made, error);
	if (code == 0)
		code = explain_start(made, error);
	if (code)
		return code;
	/* Last: it says that the rest is complete. */
	__atomic_store_n(&made->control->abi_version, ABI_VERSION, __ATOMIC_RELEASE);
	return 0;
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
	code = create_maps(&made, flows_max, error);
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

int instance_remove(const char *pin_dir, struct error *error)
{
	struct instance named = INSTANCE_INIT;
	int code = instance_set_pin_dir(&named, pin_dir, error);

	if (code)
		return code;
	remove_pins(named.pin_dir);
	return bpffs_remove_directory(named.pin_dir, error);
}
