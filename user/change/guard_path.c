/* SPDX-License-Identifier: GPL-2.0-only */
/* Through which NIC a session comes in. */
#include "guard_parts.h"
#include <string.h>

static bool is_tunnel(const struct interface *interface)
{
	static const char *const kinds[] = {
		"wireguard", "tun",   "gre",  "gretap", "ip6gre", "ip6gretap", "sit",  "ipip",
		"ip6tnl",    "vxlan", "l2tp", "geneve", "ppp",	  "vti",       "vti6", "xfrm",
	};

	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		if (strcmp(interface->kind, kinds[i]) == 0)
			return true;
	return !interface->kind[0] && interface->flags & IFF_POINTOPOINT;
}

static bool is_link_local(const struct endpoint *end)
{
	return end->family == 6 && end->address[0] == 0xfe && (end->address[1] & 0xc0) == 0x80;
}

/* The interface that has the address; 0: none but loopback. */
static unsigned interface_of(const struct network *network, const struct endpoint *end)
{
	for (size_t i = 0; i < network->address_count; i++) {
		const struct address_info *info = &network->addresses[i];
		const struct interface *interface = network_interface(network, info->ifindex);

		if (endpoint_same_address(&info->address, end) && interface &&
		    !(interface->flags & IFF_LOOPBACK))
			return info->ifindex;
	}
	return 0;
}

/* The NICs through which what arrives at an interface comes. What is in a tunnel is judged where it
 * comes out of it. */
static __u32 nics_below(const struct guard *guard, const struct interface *interface)
{
	__u32 nics = 0;

	for (size_t i = 0; i < guard->nic_count; i++) {
		unsigned ifindex = guard->nics[i].ifindex;

		if (is_tunnel(interface)
			    ? ifindex == interface->ifindex
			    : network_carries(&guard->network, ifindex, interface->ifindex))
			nics |= 1U << i;
	}
	return nics;
}

/* NULL: there is no way, or it cannot be told. */
static const struct interface *way_out(const struct guard *guard,
				       const struct guard_session *session)
{
	unsigned ifindex = 0;

	/* The address of a neighbour says nothing of the link that it is on. */
	if (is_link_local(&session->remote))
		return NULL;
	/* An address that is not the host's own any more has no routes. */
	if (network_route(&session->remote, &session->local, &ifindex) &&
	    network_route(&session->remote, NULL, &ifindex))
		return NULL;
	return network_interface(&guard->network, ifindex);
}

int guard_find_path(struct guard *guard, struct guard_session *session, struct error *error)
{
	const struct network *network = &guard->network;
	const struct interface *out, *own;
	__u32 nics = 0;
	int code = network->interface_count ? 0 : network_read(&guard->network, error);

	if (code)
		return code;
	own = network_interface(network, interface_of(network, &session->local));
	if (!session->cut && !session->known && !(own && is_tunnel(own)))
		return 0;
	out = way_out(guard, session);
	if (!out && !(own && is_link_local(&session->remote)))
		return 0; /* it may come in anywhere */
	if (out && out->flags & IFF_LOOPBACK) {
		session->cut = 0;
		return 0;
	}
	/* Where answers leave, packets need not arrive: perhaps they do where the address is. */
	if (out)
		nics |= nics_below(guard, out);
	if (own)
		nics |= nics_below(guard, own);
	session->cut &= nics;
	if (out && is_tunnel(out))
		session->tunnel = out->ifindex;
	return 0;
}
