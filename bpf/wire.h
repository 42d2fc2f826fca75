/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Headers as they are on the wire, and the numbers in them. Fields are big-endian (_be types). */
#ifndef PORTFW_BPF_WIRE_H
#define PORTFW_BPF_WIRE_H

#include <portfw/abi.h>

/* __builtin_bswap16 on little-endian hosts, for values and for constants alike. */
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
#define BE16(value) ((__be16)__builtin_bswap16((__u16)(value)))
#define HOST32(value_be) ((__u32)__builtin_bswap32((__u32)(value_be)))
#define BE64(value) ((__be64)__builtin_bswap64((__u64)(value)))
#else
#define BE16(value) ((__be16)(value))
#define HOST32(value_be) ((__u32)(value_be))
#define BE64(value) ((__be64)(value))
#endif
#define HOST16(value_be) ((__u16)BE16(value_be))

/* `value & mask` that the compiler does not drop although the type says that it is in range: the
 * verifiers of older kernels (5.10, 6.1) lose the range of a byte-swapped value. */
#ifdef __bpf__
#define MASK_FOR_VERIFIER(value, mask)                               \
	({                                                           \
		__u64 masked = (value);                              \
		asm volatile("%0 &= %1" : "+r"(masked) : "i"(mask)); \
		(__u32) masked;                                      \
	})
#else
#define MASK_FOR_VERIFIER(value, mask) ((__u32)(value) & (mask))
#endif

struct ethernet_header {
	__u8 destination[6], source[6];
	__be16 type;
};
/* Follows an EtherType of 802.1Q or 802.1ad. */
struct vlan_tag {
	__be16 tci;
	__be16 type;
};
/* RFC 2516, section 4, with the PPP protocol field behind it (RFC 1661, section 2). */
struct pppoe_session_header {
	__u8 version_type, code;
	__be16 session, length;
	__u8 protocol[2];
};
struct ipv4_header {
	__u8 version_ihl, tos;
	__be16 total_length;
	__be16 id, fragment; /* flags and offset */
	__u8 ttl, protocol;
	__be16 checksum;
	__be32 source, destination;
};
struct ipv6_header {
	__be32 version_class_label;
	__be16 payload_length;
	__u8 next_header, hop_limit;
	__be32 source[4], destination[4];
};
/* The first eight bytes, which every extension header has; `fragment` in a fragment header only. */
struct ipv6_extension {
	__u8 next_header;
	__u8 length; /* units differ: see ipv6_extension_length() */
	__be16 fragment;
	__be32 rest;
};
struct tcp_header_start { /* up to the flags */
	__be16 source, destination;
	__be32 sequence, acknowledgement;
	__u8 data_offset; /* upper four bits, in 32-bit words */
	__u8 flags;
};
struct udp_header {
	__be16 source, destination;
	__be16 length, checksum;
};
/* RFC 9260, section 3.1, with the type of the first chunk behind it. */
struct sctp_header {
	__be16 source, destination;
	__be32 tag, checksum;
	__u8 chunk_type;
};
/* RFC 792, RFC 4443: the identifier of an echo request or reply. */
struct icmp_echo {
	__u8 type, code;
	__be16 checksum, id, sequence;
};

enum {
	ETHERTYPE_IPV4 = 0x0800,
	ETHERTYPE_VLAN = 0x8100, /* IEEE 802.1Q */
	ETHERTYPE_IPV6 = 0x86dd,
	ETHERTYPE_QINQ = 0x88a8, /* IEEE 802.1ad */
	ETHERTYPE_PPPOE_SESSION = 0x8864,

	PPP_IPV4 = 0x0021,
	PPP_IPV6 = 0x0057,

	IPV4_OFFSET_MASK = 0x1fff, /* in units of 8 bytes */
	IPV4_MORE_FRAGMENTS = 0x2000,
	IPV6_OFFSET_SHIFT = 3,
	IPV6_MORE_FRAGMENTS = 0x0001,

	PROTO_HOP_BY_HOP = 0,
	PROTO_ICMP = 1,
	PROTO_IGMP = 2,
	PROTO_TCP = 6,
	PROTO_UDP = 17,
	PROTO_ROUTING = 43,
	PROTO_FRAGMENT = 44,
	PROTO_AH = 51,
	PROTO_ICMPV6 = 58,
	PROTO_DESTINATION_OPTIONS = 60,
	PROTO_SCTP = 132,
	PROTO_MOBILITY = 135,

	TCP_FIN = 0x01,
	TCP_SYN = 0x02,
	TCP_RST = 0x04,
	TCP_ACK = 0x10,

	SCTP_INIT = 1,
	SCTP_ABORT = 6,
	SCTP_SHUTDOWN = 7,
	SCTP_SHUTDOWN_ACK = 8,
	SCTP_SHUTDOWN_COMPLETE = 14,

	ICMP_DESTINATION_UNREACHABLE = 3,
	ICMP_TIME_EXCEEDED = 11,
	ICMP_PARAMETER_PROBLEM = 12,
	ICMPV6_ERROR_FIRST = 1, /* destination unreachable, packet too big, */
	ICMPV6_ERROR_LAST = 4,	/* time exceeded, parameter problem */

	ICMP_ECHO_REPLY = 0,
	ICMP_ECHO_REQUEST = 8,
	ICMPV6_ECHO_REQUEST = 128,
	ICMPV6_ECHO_REPLY = 129,

	OPTION_PAD1 = 0,
	OPTION_JUMBO = 0xc2, /* RFC 2675 */
};

#endif
