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

/* The NICs that are attached, by name. */
struct guarded {
	struct nic_status nics[MAX_NICS];
	size_t count;
};

/* Whether frames of the interface meet a program: its own, that of a NIC below it, or that of the
 * bond or bridge it belongs to. */
static bool is_guarded(const struct interface *interface, const struct network *network,
		       const struct guarded *guarded)
{
	for (size_t i = 0; i < guarded->count; i++) {
		const struct nic_status *nic = &guarded->nics[i];

		if (nic->gone || nic->detached)
			continue;
		if (nic->ifindex == interface->master ||
		    network_carries(network, nic->ifindex, interface->ifindex))
			return true;
	}
	return false;
}

static bool leads_outside(const struct interface *interface, const struct network *network)
{
	if (!*interface->kind)
		return true;
	if (strcmp(interface->kind, "bridge") == 0)
		return false;
	for (size_t i = 0; i < network->address_count; i++)
		if (network->addresses[i].ifindex == interface->ifindex &&
		    !endpoint_is_link_local(&network->addresses[i].address))
			return true;
	return false;
}

unsigned nics_note_open(const struct instance *instance, const struct notes *notes)
{
	_cleanup_network_ struct network network = {NULL, 0, NULL, 0};
	struct guarded guarded = {.count = 0};
	unsigned open = 0;

	if (network_read(&network, NULL) ||
	    attach_list(instance, guarded.nics, &guarded.count, NULL))
		return 0;
	for (size_t i = 0; i < guarded.count; i++) {
		const struct nic_status *nic = &guarded.nics[i];

		if (nic->gone || nic->detached || !nic->egress_missing)
			continue;
		notes_add(notes, NOTE_ERROR,
			  "%s: packets that leave are not watched: lockdown does not hold for them",
			  nic->name);
		open++;
	}
	for (size_t i = 0; i < network.interface_count; i++) {
		const struct interface *interface = &network.interfaces[i];
		bool outside = leads_outside(interface, &network);

		if (!is_up(interface) || is_guarded(interface, &network, &guarded))
			continue;
		notes_add(notes, outside ? NOTE_ERROR : NOTE_WARNING,
			  "%s is up but not attached: lockdown does not hold there; `portfw attach "
			  "%s` guards it",
			  interface->name, interface->name);
		open += outside;
	}
	return open;
}

static void add(const struct interface *interface, struct attachment list[MAX_NICS], size_t *count,
		const struct notes *notes)
{
	if (attach_check(interface->name, NULL) == -EOPNOTSUPP)
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

/* Hardware first: what is virtual mostly sends through it, and there may be too much. */
static int find(bool down_too, struct attachment list[MAX_NICS], size_t *count,
		const struct notes *notes, struct error *error)
{
	_cleanup_network_ struct network network = {NULL, 0, NULL, 0};
	int code = network_read(&network, error);

	if (code)
		return code;
	*count = 0;
	for (unsigned virtual = 0; virtual < 2; virtual ++) {
		for (size_t i = 0; i < network.interface_count; i++) {
			const struct interface *interface = &network.interfaces[i];
			if (!*interface->kind == !virtual &&
			    (is_up(interface) || (down_too && !(interface->flags & IFF_LOOPBACK))))
				add(interface, list, count, notes);
		}
	}
	return 0;
}

int nics_all(struct attachment list[MAX_NICS], size_t *count, const struct notes *notes,
	     struct error *error)
{
	int code = find(false, list, count, notes, error);

	return code || *count ? code
			      : error_set(error, -ENODEV, "no NIC is up that can be attached");
}

int nics_at_boot(struct attachment list[MAX_NICS], size_t *count, const struct notes *notes,
		 struct error *error)
{
	int code = find(true, list, count, notes, error);

	return code || *count ? code
			      : error_set(error, -ENODEV, "there is no NIC that can be attached");
}
