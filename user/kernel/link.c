/* SPDX-License-Identifier: GPL-2.0-only */
#include "link.h"

#include <bpf/bpf.h>
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "maps.h"

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

bool link_any(const char *pin_dir)
{
	char path[PATH_MAX];

	for (unsigned i = 0; i < MAX_NICS; i++)
		if (!access(pin_path(path, pin_dir, PIN_XDP_LINK, i), F_OK))
			return true;
	return false;
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
