/* SPDX-License-Identifier: GPL-2.0-only */
#include "link.h"

#include <bpf/bpf.h>
#include <errno.h>
#include <linux/if_link.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "object.h"

int link_attach(const struct instance *instance, unsigned index, enum link_type type,
		unsigned ifindex, enum attach_mode mode, const char *pin, struct error *error)
{
	LIBBPF_OPTS(bpf_link_create_opts, options,
		    .flags = mode == ATTACH_NATIVE ? XDP_FLAGS_DRV_MODE : XDP_FLAGS_SKB_MODE);
	int fd, code, program = object_load_nic(instance, index, type, error);

	if (program < 0)
		return program;
	fd = bpf_link_create(program, (int)ifindex, BPF_XDP, &options);
	close(program);
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
