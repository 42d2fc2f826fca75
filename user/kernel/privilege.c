/* SPDX-License-Identifier: GPL-2.0-only */
#include "privilege.h"

#include <errno.h>
#include <linux/capability.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#ifndef CAP_PERFMON
#define CAP_PERFMON 38
#define CAP_BPF 39
#endif

static const struct {
	unsigned number;
	const char *name;
	bool in_sys_admin; /* CAP_SYS_ADMIN includes it */
} needed[] = {
	{CAP_NET_ADMIN, "CAP_NET_ADMIN", false},
	{CAP_BPF, "CAP_BPF", true},
	{CAP_PERFMON, "CAP_PERFMON", true},
};

static bool has(const struct __user_cap_data_struct *sets, unsigned capability)
{
	return sets[CAP_TO_INDEX(capability)].effective & CAP_TO_MASK(capability);
}

int privilege_check(struct error *error)
{
	struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
	struct __user_cap_data_struct sets[_LINUX_CAPABILITY_U32S_3] = {};
	char missing[64] = "";

	if (syscall(SYS_capget, &header, sets))
		return error_set(error, -errno, "cannot read this process's capabilities: %s",
				 strerror(errno));
	for (size_t i = 0; i < sizeof(needed) / sizeof(*needed); i++) {
		size_t length = strlen(missing);

		if (has(sets, needed[i].number) ||
		    (needed[i].in_sys_admin && has(sets, CAP_SYS_ADMIN)))
			continue;
		snprintf(missing + length, sizeof(missing) - length, "%s%s", length ? ", " : "",
			 needed[i].name);
	}
	if (!*missing)
		return 0;
	return error_set(error, -EPERM, "not permitted: missing %s%s", missing,
			 geteuid() ? " (run it as root)" : "");
}
