/* SPDX-License-Identifier: GPL-2.0-only */
/* What a frame holds, once more. */
#ifndef PORTFW_TESTS_PACKET_MODEL_FRAME_H
#define PORTFW_TESTS_PACKET_MODEL_FRAME_H

#include "answer.h"

#include <stddef.h>

enum {
	P_HOP_BY_HOP = 0,
	P_ICMP = 1,
	P_IGMP = 2,
	P_TCP = 6,
	P_UDP = 17,
	P_ROUTING = 43,
	P_FRAGMENT = 44,
	P_AH = 51,
	P_ICMP6 = 58,
	P_DESTINATION = 60,
	P_SCTP = 132,
	P_MOBILITY = 135,
};

enum found { NON_IP, BROKEN, LATER_FRAGMENT, TRANSPORT };

struct contents {
	int family;		/* 4 or 6 */
	unsigned char from[16]; /* the source address */
	unsigned char to[16];	/* the destination address */
	unsigned proto;
	unsigned type;		      /* of ICMP and ICMPv6 in their own family, else 256 */
	unsigned source, destination; /* ports */
	bool quotes;		      /* ICMP, and behind it a packet to `about` */
	unsigned char about[16];
	unsigned flags; /* of TCP */
	unsigned chunk; /* of SCTP: the type of the first one, 0 without one */
	unsigned id;	/* of ICMP and ICMPv6: where an echo has its identifier */
};

static inline bool has_ports(unsigned proto)
{
	return proto == P_TCP || proto == P_UDP || proto == P_SCTP;
}

/* TRANSPORT: all of *contents is filled; LATER_FRAGMENT: the family and the addresses. */
enum found model_read(enum link_type link, const unsigned char *frame, size_t length,
		      struct contents *contents);

#endif
