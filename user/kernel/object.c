/* SPDX-License-Identifier: GPL-2.0-only */
#include "object.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/bpf.h>
#include <stdio.h>
#include <string.h>

#include "egress.skel.h"
#include "explain.skel.h"
#include "portfw.skel.h"
#include "warnings.h"

#ifndef BPF_F_XDP_HAS_FRAGS
#define BPF_F_XDP_HAS_FRAGS (1U << 5)
#endif

static int put_on_maps(const struct instance *instance, struct bpf_object *object)
{
	struct bpf_program *program = NULL;
	struct bpf_map *counters = bpf_object__find_map_by_name(object, "counters");
	int code = bpf_map__set_max_entries(
		counters, instance->fds[MAP_CONTROL] >= 0 ? instance->control->cpu_count : 1);

	while ((program = bpf_object__next_program(object, program)))
		bpf_program__set_autoload(program, false);
	for (unsigned id = 0; id < MAP_COUNT && !code; id++) {
		struct bpf_map *map = bpf_object__find_map_by_name(object, map_layouts[id].name);

		code = map ? bpf_map__reuse_fd(map, instance->fds[id]) : -ENOENT;
	}
	return code;
}

/* Puts an object on the maps of the instance, all programs off. `object` NULL: it could not be
 * opened, errno says why. */
static int prepare(const struct instance *instance, struct bpf_object *object, struct error *error)
{
	int code = object ? put_on_maps(instance, object) : -errno;

	return code ? error_set(error, code, "cannot prepare the program: %s", strerror(-code)) : 0;
}

/* The three objects differ in type alone: open_NAME() opens one on the maps of the instance. With
 * *code the object, if any, is of no use. */
#define OBJECT(name)                                                                      \
	static void destroy_##name(struct name##_bpf **skeleton)                          \
	{                                                                                 \
		name##_bpf__destroy(*skeleton);                                           \
	}                                                                                 \
	static struct name##_bpf *open_##name(const struct instance *instance, int *code, \
					      struct error *error)                        \
	{                                                                                 \
		struct name##_bpf *skeleton;                                              \
		warnings_keep();                                                          \
		skeleton = name##_bpf__open();                                            \
		*code = prepare(instance, skeleton ? skeleton->obj : NULL, error);        \
		return skeleton;                                                          \
	}
OBJECT(portfw)
OBJECT(egress)
OBJECT(explain)
#define _cleanup_portfw_ __attribute__((cleanup(destroy_portfw)))
#define _cleanup_egress_ __attribute__((cleanup(destroy_egress)))
#define _cleanup_explain_ __attribute__((cleanup(destroy_explain)))

/* A descriptor of the program, the only one that is loaded, which outlives the object. */
static int take_program(struct bpf_object *object, struct bpf_program *program, struct error *error)
{
	int fd, code;

	bpf_program__set_autoload(program, true);
	code = bpf_object__load(object);
	if (code)
		return error_set(error, code, "the kernel did not take the program: %s%s%s",
				 strerror(-code), *warnings_first() ? ": " : "", warnings_first());
	fd = fcntl(bpf_program__fd(program), F_DUPFD_CLOEXEC, 3);
	return fd >= 0 ? fd : error_set(error, -errno, "%s", strerror(errno));
}

/* FNV-1a (http://www.isthe.com/chongo/tech/comp/fnv/), 64 bits. */
static __u64 hash(__u64 sum, const void *bytes, size_t length)
{
	const __u8 *at = bytes;

	for (size_t i = 0; i < length; i++)
		sum = (sum ^ at[i]) * 0x100000001b3ull;
	return sum;
}

__u64 object_build(void)
{
	static __u64 sum;
	const void *bytes;
	size_t length;

	if (sum)
		return sum;
	sum = 0xcbf29ce484222325ull;
	bytes = portfw_bpf__elf_bytes(&length);
	sum = hash(sum, bytes, length);
	bytes = egress_bpf__elf_bytes(&length);
	sum = hash(sum, bytes, length);
	bytes = explain_bpf__elf_bytes(&length);
	sum = hash(sum, bytes, length);
	return sum;
}

static int load_nic(const struct instance *instance, unsigned index, enum link_type type,
		    bool fragments, struct error *error)
{
	int code;
	struct portfw_bpf *skeleton _cleanup_portfw_ = open_portfw(instance, &code, error);

	if (code)
		return code;
	skeleton->rodata->nic_index = index;
	skeleton->rodata->link = type;
	skeleton->rodata->frames_have_fragments = fragments;
	bpf_program__set_flags(skeleton->progs.portfw_xdp, fragments ? BPF_F_XDP_HAS_FRAGS : 0);
	return take_program(skeleton->obj, skeleton->progs.portfw_xdp, error);
}

int object_load_nic(const struct instance *instance, unsigned index, enum link_type type,
		    struct error *error)
{
	int fd = load_nic(instance, index, type, true, error);

	return fd >= 0 ? fd : load_nic(instance, index, type, false, error);
}

int object_load_egress(const struct instance *instance, unsigned index, enum link_type type,
		       struct error *error)
{
	int code;
	struct egress_bpf *skeleton _cleanup_egress_ = open_egress(instance, &code, error);

	if (code)
		return code;
	skeleton->rodata->nic_index = index;
	skeleton->rodata->link = type;
	skeleton->rodata->hz = instance->control->hz;
	return take_program(skeleton->obj, skeleton->progs.portfw_egress, error);
}

static int load_explain(const struct instance *instance, bool fragments, struct error *error)
{
	int code;
	struct explain_bpf *skeleton _cleanup_explain_ = open_explain(instance, &code, error);

	if (code)
		return code;
	skeleton->rodata->frames_have_fragments = fragments;
	bpf_program__set_flags(skeleton->progs.portfw_explain, fragments ? BPF_F_XDP_HAS_FRAGS : 0);
	return take_program(skeleton->obj, skeleton->progs.portfw_explain, error);
}

int object_load_explain(const struct instance *instance, struct error *error)
{
	int fd = load_explain(instance, true, error);

	return fd >= 0 ? fd : load_explain(instance, false, error);
}

int object_load_clock(const struct instance *instance, struct error *error)
{
	int code;
	struct portfw_bpf *skeleton _cleanup_portfw_ = open_portfw(instance, &code, error);

	if (code)
		return code;
	return take_program(skeleton->obj, skeleton->progs.portfw_clock, error);
}
