/* SPDX-License-Identifier: GPL-2.0-only */
#include "maps.h"

#include <bpf/bpf.h>
#include <errno.h>
#include <linux/bpf.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

/* An array of maps, one for each slot that needs it. */
#define LARGE(pin, name, layout)                                                                  \
	{                                                                                         \
		pin, name, BPF_MAP_TYPE_ARRAY_OF_MAPS, 4, 4, 0, SLOT_COUNT, sizeof(struct layout) \
	}

const struct map_layout map_layouts[MAP_COUNT] = {
	[MAP_CONTROL] = {PIN_CONTROL, "control", BPF_MAP_TYPE_ARRAY, 4, sizeof(struct control),
			 BPF_F_MMAPABLE, 1, 0},
	[MAP_SLOTS] = {PIN_SLOTS, "slots", BPF_MAP_TYPE_ARRAY, 4, sizeof(struct slot),
		       BPF_F_MMAPABLE, SLOT_COUNT, 0},
	[MAP_COUNTERS] = {PIN_COUNTERS, "counters", BPF_MAP_TYPE_ARRAY, 4,
			  sizeof(struct cpu_counters), BPF_F_MMAPABLE, 0, 0},
	[MAP_SOURCES4] = LARGE(PIN_SOURCES4, "sources4", sources4_large),
	[MAP_SOURCES6] = LARGE(PIN_SOURCES6, "sources6", sources6_large),
	[MAP_CELLS] = LARGE(PIN_CELLS, "cells", cells_large),
	[MAP_BLOCKS] = {PIN_BLOCKS, "blocks", BPF_MAP_TYPE_HASH, sizeof(struct address6),
			sizeof(struct block), BPF_F_NO_PREALLOC, BLOCKS_MAX, 0},
	[MAP_BLOCK_PREFIXES4] = {PIN_BLOCK_PREFIXES4, "block_prefixes4", BPF_MAP_TYPE_LPM_TRIE,
				 sizeof(struct block_prefix4), sizeof(struct block),
				 BPF_F_NO_PREALLOC, BLOCKS_MAX, 0},
	[MAP_BLOCK_PREFIXES6] = {PIN_BLOCK_PREFIXES6, "block_prefixes6", BPF_MAP_TYPE_LPM_TRIE,
				 sizeof(struct block_prefix6), sizeof(struct block),
				 BPF_F_NO_PREALLOC, BLOCKS_MAX, 0},
	[MAP_FLOWS] = {PIN_FLOWS, "flows", BPF_MAP_TYPE_LRU_HASH, sizeof(struct flow_key),
		       sizeof(struct flow), 0, 0, 0},
};

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

int pin_make(int fd, const char *path, struct error *error)
{
	int code = bpf_obj_pin(fd, path);

	if (!code && chmod(path, 0600))
		code = -errno;
	return code ? error_set(error, code, "cannot pin %s: %s", path, strerror(-code)) : 0;
}

int map_id_of(int fd, __u32 *id)
{
	struct bpf_map_info info = {};
	__u32 length = sizeof(info);
	int code = bpf_obj_get_info_by_fd(fd, &info, &length);

	if (code == 0)
		*id = info.id;
	return code;
}

size_t map_size(__u32 value_size, __u32 entries)
{
	size_t size = (size_t)value_size * entries;

	return (size + MAP_PAGE - 1) / MAP_PAGE * MAP_PAGE;
}

void *map_memory(int fd, size_t size, int protection)
{
	void *memory = mmap(NULL, size, protection, MAP_SHARED, fd, 0);

	return memory == MAP_FAILED ? NULL : memory;
}

int map_damaged(const char *pin_dir, const char *what, struct error *error)
{
	return error_set(error, -EPROTO, "%s: %s: run `portfw restore`", pin_dir, what);
}

bool map_is_like(const struct bpf_map_info *info, const struct map_layout *layout)
{
	return info->type == layout->type && info->key_size == layout->key_size &&
	       info->value_size == layout->value_size &&
	       (!layout->entries || info->max_entries == layout->entries);
}

int map_open(const char *pin_dir, const struct map_layout *layout, __u32 *entries,
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
	if (bpf_obj_get_info_by_fd(fd, &info, &length) || !map_is_like(&info, layout)) {
		close(fd);
		return map_damaged(pin_dir, "the pinned maps are of another portfw version", error);
	}
	if (entries)
		*entries = info.max_entries;
	return fd;
}

int map_create_inner(const struct map_layout *layout, struct error *error)
{
	LIBBPF_OPTS(bpf_map_create_opts, options, .map_flags = BPF_F_MMAPABLE);
	int fd = bpf_map_create(BPF_MAP_TYPE_ARRAY, layout->name, 4, layout->inner_size, 1,
				&options);

	return fd >= 0 ? fd
		       : error_set(error, fd, "cannot create a map for '%s': %s", layout->name,
				   strerror(-fd));
}

int map_create_unpinned(const struct map_layout *layout, __u32 entries, struct error *error)
{
	LIBBPF_OPTS(bpf_map_create_opts, options, .map_flags = layout->flags);
	int fd, inner = -1;

	if (layout->inner_size) {
		inner = map_create_inner(layout, error);
		if (inner < 0)
			return inner;
		options.inner_map_fd = (__u32)inner;
	}
	fd = bpf_map_create(layout->type, layout->name, layout->key_size, layout->value_size,
			    entries, &options);
	if (inner >= 0)
		close(inner);
	return fd >= 0 ? fd
		       : error_set(error, fd, "cannot create the map '%s': %s", layout->name,
				   strerror(-fd));
}

int map_create(const char *pin_dir, const struct map_layout *layout, unsigned number, __u32 entries,
	       struct error *error)
{
	int code, fd = map_create_unpinned(layout, entries, error);
	char path[PATH_MAX];

	if (fd < 0)
		return fd;
	code = pin_make(fd, pin_path(path, pin_dir, layout->pin, number), error);
	if (!code)
		return fd;
	close(fd);
	return code;
}
