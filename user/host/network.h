/* SPDX-License-Identifier: GPL-2.0-only */
/* Interfaces, addresses and routes of this network namespace, asked by rtnetlink. */
#ifndef PORTFW_HOST_NETWORK_H
#define PORTFW_HOST_NETWORK_H

#include "net/endpoint.h"

#include "base/error.h"
#include <net/if.h>
#include <stddef.h>

struct interface {
	unsigned ifindex;
	char name[IFNAMSIZ];
	unsigned flags;	 /* IFF_* */
	unsigned master; /* ifindex of its bridge, bond or VRF; 0: none */
	unsigned lower;	 /* ifindex of what it is on top of (VLAN, macvlan), if that is in this
			    network namespace; 0: none */
	char kind[16];	 /* IFLA_INFO_KIND: "vlan", "bridge", "wireguard", "veth", ...; "" */
};

struct address_info {
	unsigned ifindex;
	struct endpoint address; /* port 0 */
};

struct network {
	struct interface *interfaces; /* sorted by ifindex */
	size_t interface_count;
	struct address_info *addresses; /* of all interfaces */
	size_t address_count;
};

int network_read(struct network *network, struct error *error);
void network_free(struct network *network);
#define _cleanup_network_ __attribute__((cleanup(network_free)))

const struct interface *network_interface(const struct network *network, unsigned ifindex);
/* Whether the address is this host's own: one of an interface, or loopback. */
bool network_is_local(const struct network *network, const struct endpoint *end);
/* Whether frames of the interface `upper` arrive through the NIC `ifindex`: they are the same, or
 * the NIC is below it (VLAN on it, bridge or bond it belongs to, macvlan), at any depth. */
bool network_carries(const struct network *network, unsigned ifindex, unsigned upper);

/* The interface through which packets to `remote` leave, as a packet from `local` (NULL: any) would
 * be routed; to this host's own address: the loopback interface. -ENETUNREACH, -EHOSTUNREACH and
 * the like: there is no route; -EINVAL: a blackhole. A `local` of IPv4 that is not this host's:
 * -EINVAL, of newer kernels -ENETUNREACH. */
int network_route(const struct endpoint *remote, const struct endpoint *local, unsigned *ifindex);

#endif
