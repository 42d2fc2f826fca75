/* SPDX-License-Identifier: GPL-2.0-only */
/* A packet of a capture, as the programs would see it. */
#ifndef PORTFW_REPLAY_PACKET_H
#define PORTFW_REPLAY_PACKET_H

#include "bpf/parse.h"

/* How the packets of a capture begin. */
enum capture_link {
	CAPTURE_ETHERNET,
	CAPTURE_COOKED,	 /* Linux cooked, version 1 */
	CAPTURE_COOKED2, /* and 2 */
	CAPTURE_RAW_IP,
	CAPTURE_LOOPBACK, /* an address family of 4 bytes, then the IP header */
};

/* As it was read. The bytes belong to the reader and hold until it reads on. */
struct captured {
	__u64 time; /* nanoseconds since the Epoch */
	const __u8 *bytes;
	__u32 count;  /* of the bytes */
	__u32 length; /* that the packet had; more than `count`: the capture was cut */
	enum capture_link link;
};

/* Which way the capture says that it went. */
enum way {
	WAY_UNKNOWN,
	WAY_ARRIVES,
	WAY_LEAVES,
};

struct packet {
	__u64 time;
	__u32 length; /* of the frame; with cooked captures as if it were Ethernet's */
	enum way way;
	bool cut;      /* it cannot be judged: what counts is behind the captured bytes */
	bool loopback; /* it was on the loopback interface, where no program is */
	/* As parse() has it: REASON_NONE, or the verdict stands. Of `pkt` the addresses are there
	 * unless `family` is 0. */
	enum reason reason;
	struct pkt pkt;
	const __u8 *source_mac; /* 6 bytes; NULL: there is none */
	/* Sender of an ARP packet, in host byte order; 0: it is none. */
	__u32 arp_sender;
};

void packet_read(const struct captured *captured, struct packet *packet);

#endif
