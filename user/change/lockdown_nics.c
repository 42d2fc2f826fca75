/* SPDX-License-Identifier: GPL-2.0-only */
#include "lockdown_nics.h"
#include "cli/message.h"
#include "host/network.h"
#include <errno.h>
#include <net/if.h>
#include <string.h>

static bool is_up(const struct interface *interface)
{
	return interface->flags & IFF_UP && !(interface->flags & IFF_LOOPBACK);
}

void lockdown_warn_of_nics(const struct live *live)
{
	_cleanup_network_ struct network network = {NULL, 0, NULL, 0};

	if (network_read(&network, NULL))
		return;
	for (size_t i = 0; i < network.interface_count; i++) {
		const struct interface *interface = &network.interfaces[i];

		if (is_up(interface) && !live_nic(live, interface->name, true))
			message_warning("%s is up but not attached: lockdown does not hold there",
					interface->name);
	}
}

static void want(struct change *change, const struct interface *interface)
{
	struct attachment *wanted = &change->attach[change->attach_count];

	if (!is_up(interface) || attach_check(interface->name, NULL) == -EOPNOTSUPP)
		return;
	if (change->attach_count == MAX_NICS) {
		message_warning("%s is up, but no more than %d NICs can be attached: lockdown does "
				"not hold there",
				interface->name, MAX_NICS);
		return;
	}
	memset(wanted, 0, sizeof(*wanted));
	memcpy(wanted->nic, interface->name, sizeof(wanted->nic));
	wanted->mode = ATTACH_AUTO;
	change->attach_count++;
}

int lockdown_attach_all(struct change *change, struct error *error)
{
	_cleanup_network_ struct network network = {NULL, 0, NULL, 0};
	int code = network_read(&network, error);

	/* Hardware first: what is virtual mostly sends through it, and there may be too much. */
	for (size_t i = 0; code == 0 && i < network.interface_count; i++)
		if (!*network.interfaces[i].kind)
			want(change, &network.interfaces[i]);
	for (size_t i = 0; code == 0 && i < network.interface_count; i++)
		if (*network.interfaces[i].kind)
			want(change, &network.interfaces[i]);
	if (code)
		return code;
	return change->attach_count
		       ? 0
		       : error_set(error, -ENODEV, "no NIC is up that can be attached");
}
