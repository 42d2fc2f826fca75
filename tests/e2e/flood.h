/* SPDX-License-Identifier: GPL-2.0-only */
/* Packets of all the world that the peer sends, and what arrives at the peer. */
#ifndef E2E_FLOOD_H
#define E2E_FLOOD_H

#include "testbed.h"

enum flood {
	FLOOD_SYN,
	FLOOD_SYN_ACK,
	FLOOD_ACK,
	FLOOD_UDP,
	FLOOD_KINDS,
};

/* Sends so many whole packets, IPv4 or IPv6, from the peer's eth0 to this address by way of the
 * guarded host, from random addresses and ports to random ports. Some may be lost on the way. */
void flood(struct testbed *bed, enum flood kind, const char *destination, unsigned count);

/* Hears all that arrives at a NIC of the peer from now on. */
struct capture {
	int fd;
};
struct capture capture_start(struct testbed *bed, const char *nic);
/* How many IP packets arrived so far from the guarded host's addresses on link 0, but for what
 * keeps neighbours: ICMPv6. */
unsigned capture_count(struct capture *capture);
void capture_stop(struct capture *capture);

#endif
