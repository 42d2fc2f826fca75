/* SPDX-License-Identifier: GPL-2.0-only */
#include "link.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <linux/bpf.h>
#include <linux/if_link.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "portfw.skel.h"

#ifndef BPF_F_XDP_HAS_FRAGS
#define BPF_F_XDP_HAS_FRAGS (1U << 5)
#endif

#define _cleanup_skeleton_ __attribute__((cleanup(destroy_skeleton)))

static void destroy_skeleton(struct portfw_bpf **skeleton)
{
	portfw_bpf__destroy(*skeleton);
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

/* An opened object, its maps those of the instance, its constants those of the NIC. */
static int prepare(const struct instance *instance, unsigned index, enum link_type type,
		   bool fragments, struct portfw_bpf **skeleton)
{
	struct portfw_bpf *made = portfw_bpf__open();
	int code;

	if (!made)
		return -errno;
	made->rodata->nic_index = index;
	made->rodata->link = type;
	made->rodata->frames_have_fragments = fragments;
	bpf_program__set_flags(made->progs.portfw_xdp, fragments ? BPF_F_XDP_HAS_FRAGS : 0);
	code = bpf_map__set_max_entries(made->maps.counters, instance->control->cpu_count);
	if (!code)
		code = bpf_map__reuse_fd(made->maps.control, instance->control_fd);
	if (!code)
		code = bpf_map__reuse_fd(made->maps.slots, instance->slots_fd);
	if (!code)
		code = bpf_map__reuse_fd(made->maps.counters, instance->counters_fd);
	if (code) {
		portfw_bpf__destroy(made);
		return code;
	}
	*skeleton = made;
	return 0;
}

/* Loads the program: with fragments where the kernel has them (5.18), else without. */
static int load(const struct instance *instance, unsigned index, enum link_type type,
		struct portfw_bpf **skeleton, struct error *error)
{
	int code = 0;

	for (int fragments = 1; fragments >= 0; fragments--) {
		struct portfw_bpf *made = NULL;

		*first_warning = '\0';
		code = prepare(instance, index, type, fragments, &made);
		if (!code)
			code = portfw_bpf__load(made);
		if (!code) {
			*skeleton = made;
			return 0;
		}
		portfw_bpf__destroy(made);
	}
	return error_set(error, code, "the kernel did not take the program: %s%s%s",
			 strerror(-code), *first_warning ? ": " : "", first_warning);
}

int link_attach(const struct instance *instance, unsigned index, enum link_type type,
		unsigned ifindex, enum attach_mode mode, const char *pin, struct error *error)
{
	LIBBPF_OPTS(bpf_link_create_opts, options,
		    .flags = mode == ATTACH_NATIVE ? XDP_FLAGS_DRV_MODE : XDP_FLAGS_SKB_MODE);
	struct portfw_bpf *skeleton _cleanup_skeleton_ = NULL;
	int fd, code;

	libbpf_set_print(keep_warning);
	code = load(instance, index, type, &skeleton, error);
	if (code)
		return code;
	fd = bpf_link_create(bpf_program__fd(skeleton->progs.portfw_xdp), (int)ifindex, BPF_XDP,
			     &options);
	if (fd < 0)
		return error_set(error, fd, "%s", strerror(-fd));
	code = bpf_obj_pin(fd, pin);
	if (!code && chmod(pin, 0600))
		code = -errno;
	if (code) {
		bpf_link_detach(fd);
		unlink(pin);
		error_set(error, code, "cannot pin %s: %s", pin, strerror(-code));
	}
	close(fd);
	return code;
}
