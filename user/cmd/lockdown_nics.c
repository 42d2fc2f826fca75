/* SPDX-License-Identifier: GPL-2.0-only */
#include "lockdown_nics.h"
#include "message.h"
#include <errno.h>
#include <net/if.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

/* Not the loopback interface. */
static bool is_up(const char *name)
{
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	struct ifreq request = {0};
	bool up;

	strncpy(request.ifr_name, name, sizeof(request.ifr_name) - 1);
	up = fd >= 0 && !ioctl(fd, SIOCGIFFLAGS, &request) && request.ifr_flags & IFF_UP &&
	     !(request.ifr_flags & IFF_LOOPBACK);
	if (fd >= 0)
		close(fd);
	return up;
}

void lockdown_warn_of_nics(const struct live *live)
{
	struct if_nameindex *names = if_nameindex();

	for (struct if_nameindex *name = names; name && name->if_index; name++)
		if (is_up(name->if_name) && !live_nic(live, name->if_name, true))
			message_warning("%s is up but not attached: lockdown does not hold there",
					name->if_name);
	if (names)
		if_freenameindex(names);
}

int lockdown_attach_all(struct change *change, struct error *error)
{
	struct if_nameindex *names = if_nameindex();

	for (struct if_nameindex *name = names; name && name->if_index; name++) {
		struct attachment *wanted = &change->attach[change->attach_count];

		if (change->attach_count == MAX_NICS || !is_up(name->if_name) ||
		    attach_check(name->if_name, NULL) == -EOPNOTSUPP)
			continue;
		memset(wanted, 0, sizeof(*wanted));
		strncpy(wanted->nic, name->if_name, sizeof(wanted->nic) - 1);
		wanted->mode = ATTACH_AUTO;
		change->attach_count++;
	}
	if (names)
		if_freenameindex(names);
	return change->attach_count
		       ? 0
		       : error_set(error, -ENODEV, "no NIC is up that can be attached");
}
