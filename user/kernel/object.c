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

#ifndef BPF_F_XDP_HAS_FRAGS
#define BPF_F_XDP_HAS_FRAGS (1U << 5)
#endif

#define _cleanup_nic_ __attribute__((cleanup(destroy_nic)))
#define _cleanup_egress_ __attribute__((cleanup(destroy_egress)))
#define _cleanup_explain_ __attribute__((cleanup(destroy_explain)))

static void destroy_nic(struct portfw_bpf **skeleton)
{
	portfw_bpf__destroy(*skeleton);
}

static void destroy_egress(struct egress_bpf **skeleton)
{
	egress_bpf__destroy(*skeleton);
}

static void destroy_explain(struct explain_bpf **skeleton)
{
	explain_bpf__destroy(*skeleton);
}

/* libbpf explains a failure in warnings: the first one, nearest to the cause, is kept. */
static char first_warning[256];

__attribute__((format(printf, 2, 0))) static int keep_warning(enum libbpf_print_level level,
							      const char *format, va_list arguments)
{
	if (level == LIBBPF_WARN && !*first_warning) {
		vsnprintf(first_warning, sizeof(first_warning), format, arguments);
		first_warning[strcspn(first_warning, "\n")] = '\0';
	}
	return 0;
}

/* Puts an opened object on the maps of the instance, all programs off. */
static int prepare(const struct instance *instance, struct bpf_object *object)
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

/* Before an object is opened: what goes wrong from now on is kept. */
static void listen_to_warnings(void)
{
	libbpf_set_print(keep_warning);
	*first_warning = '\0';
}

/* A descriptor of the program, the only one that is loaded, which outlives the object. */
static int take_program(struct bpf_object *object, struct bpf_program *program, struct error *error)
{
	int fd, code;

	bpf_program__set_autoload(program, true);
	code = bpf_object__load(object);
	if (code)
		return error_set(error, code, "the kernel did not take the program: %s%s%s",
				 strerror(-code), *first_warning ? ": " : "", first_warning);
	fd = fcntl(bpf_program__fd(program), F_DUPFD_CLOEXEC, 3);
	return fd >= 0 ? fd : error_set(error, -errno, "%s", strerror(errno));
}

static int cannot_prepare(int code, struct error *error)
{
	return error_set(error, code, "cannot prepare the program: %s", strerror(-code));
}

static int load_nic(const struct instance *instance, unsigned index, enum link_type type,
		    bool fragments, struct error *error)
{
	struct portfw_bpf *skeleton _cleanup_nic_ = NULL;
	int code;

	listen_to_warnings();
	skeleton = portfw_bpf__open();
	if (!skeleton)
		return cannot_prepare(-errno, error);
	code = prepare(instance, skeleton->obj);
	if (code)
		return cannot_prepare(code, error);
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
	struct egress_bpf *skeleton _cleanup_egress_ = NULL;
	int code;

	listen_to_warnings();
	skeleton = egress_bpf__open();
	if (!skeleton)
		return cannot_prepare(-errno, error);
	code = prepare(instance, skeleton->obj);
	if (code)
		return cannot_prepare(code, error);
	skeleton->rodata->nic_index = index;
	skeleton->rodata->link = type;
	skeleton->rodata->hz = instance->control->hz;
	return take_program(skeleton->obj, skeleton->progs.portfw_egress, error);
}

static int load_explain(const struct instance *instance, bool fragments, struct error *error)
{
	struct explain_bpf *skeleton _cleanup_explain_ = NULL;
	int code;

	listen_to_warnings();
	skeleton = explain_bpf__open();
	if (!skeleton)
		return cannot_prepare(-errno, error);
	code = prepare(instance, skeleton->obj);
	if (code)
		return cannot_prepare(code, error);
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
	struct portfw_bpf *skeleton _cleanup_nic_ = NULL;
	int code;

	listen_to_warnings();
	skeleton = portfw_bpf__open();
	if (!skeleton)
		return cannot_prepare(-errno, error);
	code = prepare(instance, skeleton->obj);
	if (code)
		return cannot_prepare(code, error);
	return take_program(skeleton->obj, skeleton->progs.portfw_clock, error);
}
