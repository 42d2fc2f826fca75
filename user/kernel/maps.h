/* SPDX-License-Identifier: GPL-2.0-only */
/* The pinned maps and their pins; private to user/kernel/. */
#ifndef PORTFW_KERNEL_MAPS_H
#define PORTFW_KERNEL_MAPS_H

#include "base/error.h"
#include <limits.h>
#include <portfw/abi.h>
#include <stdbool.h>
#include <stddef.h>

enum map_id {
	MAP_CONTROL,
	MAP_SLOTS,
	MAP_COUNTERS,
	MAP_SOURCES4,
	MAP_SOURCES6,
	MAP_CELLS,
	MAP_BLOCKS,
	MAP_BLOCK_PREFIXES4,
	MAP_BLOCK_PREFIXES6,
	MAP_FLOWS,
	MAP_COUNT,
};

struct map_layout {
	const char *pin, *name; /* a map's name may not contain a dash */
	__u32 type, key_size, value_size, flags;
	__u32 entries;	  /* 0: not the same everywhere; of counters one for each possible CPU */
	__u32 inner_size; /* an array of maps: value size of the inner ones, which have one entry */
};
extern const struct map_layout map_layouts[MAP_COUNT];

#define MAP_PAGE 4096u

/* Writes "pin_dir/name" and returns `path`; `number` fills a %u in the name. A path too long is
 * cut, and then not found. */
const char *pin_path(char path[PATH_MAX], const char *pin_dir, const char *name, unsigned number);

/* Pins a map, a program or a link there, for root alone. On error the pin may be there. */
int pin_make(int fd, const char *path, struct error *error);

/* Opens a pinned map and checks that it is one that this version makes. `entries` (may be NULL)
 * receives how many it has. -ENOENT without a message: there is no such pin. */
int map_open(const char *pin_dir, const struct map_layout *layout, __u32 *entries,
	     struct error *error);
/* Whether a map is one that this version makes for the layout; its name does not count. */
struct bpf_map_info;
bool map_is_like(const struct bpf_map_info *info, const struct map_layout *layout);
/* Creates a map and pins it with mode 0600; `number` fills a %u in the name of the pin. */
int map_create(const char *pin_dir, const struct map_layout *layout, unsigned number, __u32 entries,
	       struct error *error);
/* The same without a pin. */
int map_create_unpinned(const struct map_layout *layout, __u32 entries, struct error *error);
/* A map that can be an inner one of this layout; not pinned. */
int map_create_inner(const struct map_layout *layout, struct error *error);

/* The kernel's id of a map. -errno, also for a negative descriptor. */
int map_id_of(int fd, __u32 *id);

/* Bytes of so many values in memory. */
size_t map_size(__u32 value_size, __u32 entries);
/* Maps the first `size` bytes into the process; NULL with errno. */
void *map_memory(int fd, size_t size, int protection);

/* -EPROTO with what is wrong and what to do. */
int map_damaged(const char *pin_dir, const char *what, struct error *error);

#endif
