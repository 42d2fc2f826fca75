/* SPDX-License-Identifier: GPL-2.0-only */
#include "recover.h"

#include <bpf/bpf.h>
#include <errno.h>
#include <portfw/abi.h>
#include <string.h>
#include <unistd.h>

#include "link.h"

/* Maps of one program that are looked at. */
#define PROGRAM_MAPS_MAX 64

/* The map with that id, if it has the name and the layout (NULL: any). -ENOENT: it has not. */
static int open_if_like(__u32 id, const char *name, const struct map_layout *layout)
{
	struct bpf_map_info info = {};
	__u32 length = sizeof(info);
	int fd = bpf_map_get_fd_by_id(id);

	if (fd < 0)
		return -ENOENT;
	if (bpf_obj_get_info_by_fd(fd, &info, &length) == 0 &&
	    strncmp(info.name, name, sizeof(info.name) - 1) == 0 &&
	    (!layout || map_is_like(&info, layout)))
		return fd;
	close(fd);
	return -ENOENT;
}

static int find_in_program(__u32 program, const char *name, const struct map_layout *layout)
{
	__u32 ids[PROGRAM_MAPS_MAX];
	struct bpf_prog_info info = {.nr_map_ids = PROGRAM_MAPS_MAX,
				     .map_ids = (__u64)(unsigned long)ids};
	__u32 length = sizeof(info);
	int found = -ENOENT, fd = bpf_prog_get_fd_by_id(program);

	if (fd < 0)
		return -ENOENT;
	if (bpf_obj_get_info_by_fd(fd, &info, &length))
		info.nr_map_ids = 0;
	close(fd);
	for (__u32 i = 0; i < info.nr_map_ids && i < PROGRAM_MAPS_MAX && found < 0; i++)
		found = open_if_like(ids[i], name, layout);
	return found;
}

static int find(const char *pin_dir, const char *name, const struct map_layout *layout)
{
	static const char *const pins[] = {PIN_XDP_LINK, PIN_EGRESS_LINK};
	int found = -ENOENT;

	for (unsigned i = 0; i < MAX_NICS; i++) {
		for (unsigned kind = 0; kind < 2 && found < 0; kind++) {
			struct bpf_link_info info;
			char path[PATH_MAX];

			if (link_query(pin_path(path, pin_dir, pins[kind], i), &info))
				found = find_in_program(info.prog_id, name, layout);
		}
	}
	return found;
}

int recover_map(const char *pin_dir, const struct map_layout *layout)
{
	return find(pin_dir, layout->name, layout);
}

int recover_named(const char *pin_dir, const char *name)
{
	return find(pin_dir, name, NULL);
}
