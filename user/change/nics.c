/* SPDX-License-Identifier: GPL-2.0-only */
#include "nics.h"
#include "host/network.h"
#include <errno.h>
#include <net/if.h>
#include <string.h>

static bool is_up(const struct interface *interface)
{
	return interface->flags & IFF_UP && !(interface->flags & IFF_LOOPBACK);
}

void nics_note_open(const struct live *live, const struct notes *notes)
{
	_cleanup_network_ struct network network = {NULL, 0, NULL, 0};

	if (network_read(&network, NULL))
		return;
	for (size_t i = 0; i < network.interface_count; i++) {
		const struct interface *interface = &network.interfaces[i];

		if (is_up(interface) && !live_nic(live, interface->name, true))
			notes_add(notes, NOTE_WARNING,
				  "%s is up but not attached: lockdown does not hold there",
				  interface->name);
	}
}

static void add(const struct interface *interface, struct attachment list[MAX_NICS], size_t *count,
		const struct notes *notes)
{
	if (!is_up(interface) || attach_check(interface->name, NULL) == -EOPNOTSUPP)
		return;
	if (*count == MAX_NICS) {
		notes_add(notes, NOTE_WARNING,
			  "%s is up, but no more than %d NICs can "
			  "be attached: lockdown does not hold there",
			  interface->name, MAX_NICS);
		return;
	}
	list[*count] = (struct attachment){.mode = ATTACH_AUTO};
	memcpy(list[(*count)++].nic, interface->name, IFNAMSIZ);
}

int nics_all(struct attachment list[MAX_NICS], size_t *count, const struct notes *notes,
	     struct error *error)
{
	_cleanup_network_ struct network network = {NULL, 0, NULL, 0};
	int code = network_read(&network, error);

	if (code)
		return code;
	*count = 0;
	/* Hardware first: what is virtual mostly sends through it, and there may be too much. */
	for (size_t i = 0; i < network.interface_count; i++)
		if (!*network.interfaces[i].kind)
			add(&network.interfaces[i], list, count, notes);
	for (size_t i = 0; i < network.interface_count; i++)
		if (*network.interfaces[i].kind)
			add(&network.interfaces[i], list, count, notes);
	return *count ? 0 : error_set(error, -ENODEV, "no NIC is up that can be attached");
}
