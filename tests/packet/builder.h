/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Frames from a list of layers, outermost first:
 *
 *	const struct layer layers[] = {ETHERNET(), VLAN(), IPV4(), TCP(.destination = 22), {}};
 *
 * Lengths and the numbers that name the next layer are filled in unless a layer overrides them, so
 * a lie stands out where it is told. Checksums are zero.
 */
#ifndef PORTFW_TESTS_PACKET_BUILDER_H
#define PORTFW_TESTS_PACKET_BUILDER_H

#include <linux/types.h>
#include <stdbool.h>
#include <stddef.h>

#define FRAME_MAX 70000
#define LAYERS_MAX 16

enum layer_kind {
	LAYER_END,
	LAYER_ETHERNET,
	LAYER_VLAN,
	LAYER_PPPOE,
	LAYER_IPV4,
	LAYER_IPV6,
	LAYER_HOP_BY_HOP,
	LAYER_ROUTING,
	LAYER_DESTINATION,
	LAYER_MOBILITY,
	LAYER_FRAGMENT,
	LAYER_AH,
	LAYER_TCP,
	LAYER_UDP,
	LAYER_SCTP,
	LAYER_ICMP,
	LAYER_ICMP6,
	LAYER_IGMP,
	LAYER_PAYLOAD, /* .size bytes that count as part of the packet */
	LAYER_PADDING, /* .size bytes behind the packet */
	LAYER_KINDS,
};

#define WRITE_ZERO (-1) /* as an override: the field is zero */

/* Zero: automatic, none, or the field is zero anyway. Fields that a kind lacks are ignored. */
struct layer {
	enum layer_kind kind;
	int next;	 /* EtherType, protocol or PPP protocol of what follows */
	int length;	 /* IPv4 total length, IPv6 payload length, UDP length, in bytes */
	int header;	 /* IPv4 ihl, TCP data offset, length field of an extension header */
	int version;	 /* of IPv4 and IPv6 */
	unsigned offset; /* of a fragment, in units of 8 bytes */
	bool more;	 /* fragments follow */
	bool compressed; /* PPPoE: a protocol field of one byte */
	unsigned
		options; /* bytes of options: IPv4, TCP (by 4), extension headers (by 8, AH by 4) */
	const char *option; /* content of the first options: hex digits, "c204"; default padding */
	unsigned type; /* VLAN: its EtherType; ICMP, ICMPv6, IGMP: type; SCTP: of a first chunk */
	unsigned id;   /* ICMP, ICMPv6: identifier of an echo */
	int flags;     /* TCP; default SYN */
	const char *from;	   /* IPv4, IPv6: source address; default 192.0.2.1, 2001:db8::1 */
	const char *to;		   /* destination address; default 192.0.2.2, 2001:db8::2 */
	__u16 source, destination; /* ports */
	unsigned size; /* payload and padding: bytes; others: the header is cut to so many */
};

#define ETHERNET(...)                               \
	{                                           \
		.kind = LAYER_ETHERNET, __VA_ARGS__ \
	}
#define VLAN(...)                               \
	{                                       \
		.kind = LAYER_VLAN, __VA_ARGS__ \
	}
#define PPPOE(...)                               \
	{                                        \
		.kind = LAYER_PPPOE, __VA_ARGS__ \
	}
#define IPV4(...)                               \
	{                                       \
		.kind = LAYER_IPV4, __VA_ARGS__ \
	}
#define IPV6(...)                               \
	{                                       \
		.kind = LAYER_IPV6, __VA_ARGS__ \
	}
#define HOP_BY_HOP(...)                               \
	{                                             \
		.kind = LAYER_HOP_BY_HOP, __VA_ARGS__ \
	}
#define ROUTING(...)                               \
	{                                          \
		.kind = LAYER_ROUTING, __VA_ARGS__ \
	}
#define DESTINATION(...)                               \
	{                                              \
		.kind = LAYER_DESTINATION, __VA_ARGS__ \
	}
#define MOBILITY(...)                               \
	{                                           \
		.kind = LAYER_MOBILITY, __VA_ARGS__ \
	}
#define FRAGMENT(...)                               \
	{                                           \
		.kind = LAYER_FRAGMENT, __VA_ARGS__ \
	}
#define AH(...)                               \
	{                                     \
		.kind = LAYER_AH, __VA_ARGS__ \
	}
#define TCP(...)                               \
	{                                      \
		.kind = LAYER_TCP, __VA_ARGS__ \
	}
#define UDP(...)                               \
	{                                      \
		.kind = LAYER_UDP, __VA_ARGS__ \
	}
#define SCTP(...)                               \
	{                                       \
		.kind = LAYER_SCTP, __VA_ARGS__ \
	}
#define ICMP(...)                               \
	{                                       \
		.kind = LAYER_ICMP, __VA_ARGS__ \
	}
#define ICMP6(...)                               \
	{                                        \
		.kind = LAYER_ICMP6, __VA_ARGS__ \
	}
#define IGMP(...)                               \
	{                                       \
		.kind = LAYER_IGMP, __VA_ARGS__ \
	}
#define PAYLOAD(...)                               \
	{                                          \
		.kind = LAYER_PAYLOAD, __VA_ARGS__ \
	}
#define PADDING(...)                               \
	{                                          \
		.kind = LAYER_PADDING, __VA_ARGS__ \
	}

struct built_frame {
	unsigned char bytes[FRAME_MAX];
	size_t length;
};

/* Builds the layers up to LAYER_END, or LAYERS_MAX of them. What exceeds FRAME_MAX is cut. */
void build_frame(const struct layer *layers, struct built_frame *frame);

#endif
