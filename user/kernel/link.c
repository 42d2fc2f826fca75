/* SPDX-License-Identifier: GPL-2.0-only */
#include "link.h"

#include <bpf/bpf.h>
#include <errno.h>
#include <linux/if_link.h>
#include <string.h>
#include <unistd.h>

#include "maps.h"
#include "object.h"

int link_attach(const struct instance *instance, unsigned index, enum link_type type,
		unsigned ifindex, enum attach_mode mode, const char *pin, struct error *error)
{
	LIBBPF_OPTS(bpf_link_create_opts, options,
		    .flags = mode == ATTACH_NATIVE ? XDP_FLAGS_DRV_MODE : XDP_FLAGS_SKB_MODE);
	int fd, program = object_load_nic(instance, index, type, error);

	if (program < 0)
		return program;
	fd = bpf_link_create(program, (int)ifindex, BPF_XDP, &options);
	close(program);
	if (fd < 0)
		return error_set(error, fd, "%s", strerror(-fd));
	return link_pin(fd, pin, error);
}

int link_pin(int fd, const char *pin, struct error *error)
{
	int code = pin_make(fd, pin, error);

	if (code) {
		bpf_link_detach(fd);
		unlink(pin);
	}
	close(fd);
	return code;
}

int link_unpin(const char *pin)
{
	int fd = bpf_obj_get(pin);

	/* Unpinning alone would detach some time later. */
	if (fd >= 0) {
		bpf_link_detach(fd);
		close(fd);
	}
	return unlink(pin) && errno != ENOENT ? -errno : 0;
}

bool link_query(const char *pin, struct bpf_link_info *info)
{
	__u32 length = sizeof(*info);
	int code, fd = bpf_obj_get(pin);

	memset(info, 0, sizeof(*info));
	if (fd < 0)
		return false;
	code = bpf_obj_get_info_by_fd(fd, info, &length);
	close(fd);
	return !code;
}
