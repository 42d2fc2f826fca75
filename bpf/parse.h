/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * From the bytes of a frame to what the verdict depends on. Pure: reads the frame, writes *pkt,
 * touches no map; also compiled natively.
 *
 * Each step answers REASON_NONE (go on) or the reason that ends it: REASON_NON_IP or
 * REASON_MALFORMED. Lengths: the link layer's frame may be longer than the packet (padding), never
 * shorter; everything behind the IP header is bounded by the packet's own length.
 */
#ifndef PORTFW_BPF_PARSE_H
#define PORTFW_BPF_PARSE_H

#include "frame.h"

#define VLAN_TAGS_MAX 2
#define EXTENSION_HEADERS_MAX 8
#define JUMBO_OPTIONS_MAX 8 /* options looked at in search of a jumbo payload option */

enum fragment {
	FRAGMENT_NONE,	/* a whole packet */
	FRAGMENT_FIRST, /* offset 0, more follow */
	FRAGMENT_LATER,
};

struct pkt {
	__u8 family; /* 4 or 6 */
	__u8 protocol;
	__u8 fragment; /* enum fragment */
	/* enum port_table, or PORT_TABLE_COUNT: no ports are known */
	__u8 port_table;
	__u16 source_port, destination_port;
	__u16 echo_id; /* of an ICMP echo */
	__u8 tcp_flags;
	__u8 icmp_type;	 /* ICMP in IPv4, ICMPv6 in IPv6 */
	__u8 sctp_chunk; /* type of the first; 0, DATA, also where there is none */
	/* In host byte order; IPv4: in the low half, with the high one 0. */
	__u64 source_high, source_low;
	__u64 destination_high, destination_low;
	bool quotes; /* an ICMP error, and where the packet that it is about was sent to: */
	__u64 quoted_high, quoted_low;
};

/* Where the parser stands: the next header's place and the bytes left in the packet from there. */
struct cursor {
	__u32 offset;
	__u32 left;
};

static __always_inline bool is_vlan_type(__be16 type)
{
	return type == BE16(ETHERTYPE_VLAN) || type == BE16(ETHERTYPE_QINQ);
}

/* An EtherType and the place of what it names, in one number: what parse_tags() returns. */
#define TAGS_RESULT(offset, type) ((__u32)(offset) << 16 | (type))
#define TAGS_OFFSET(result) ((result) >> 16)
#define TAGS_TYPE(result) ((__be16)(result))
#define TAGS_MALFORMED 0

/* PPP's protocol field may be one byte, with its lowest bit set (RFC 1661, section 6.5); Linux
 * accepts that on PPPoE too, so it must not lead past the rules. */
static __always_inline __u32 parse_pppoe(struct frame *frame, __u32 offset)
{
	struct pppoe_session_header copy;
	const struct pppoe_session_header *header = frame_read(frame, offset, sizeof(copy), &copy);
	__u16 protocol;

	if (!header)
		return TAGS_MALFORMED;
	offset += sizeof(*header);
	protocol = header->protocol[0];
	if (protocol & 1)
		offset -= 1;
	else
		protocol = protocol << 8 | header->protocol[1];
	if (protocol == PPP_IPV4)
		return TAGS_RESULT(offset, BE16(ETHERTYPE_IPV4));
	if (protocol == PPP_IPV6)
		return TAGS_RESULT(offset, BE16(ETHERTYPE_IPV6));
	return TAGS_RESULT(offset, BE16(ETHERTYPE_PPPOE_SESSION));
}

/* VLAN tags and PPPoE behind the Ethernet header, whose type is `type`. */
VERIFIED_ALONE __u32 parse_tags(frame_context *context, __u32 type)
{
	struct frame frame = frame_of(context);
	__u32 offset = sizeof(struct ethernet_header);

	for (int i = 0; i < VLAN_TAGS_MAX && is_vlan_type(type); i++) {
		struct vlan_tag copy;
		const struct vlan_tag *tag = frame_read(&frame, offset, sizeof(*tag), &copy);

		if (!tag)
			return TAGS_MALFORMED;
		type = tag->type;
		offset += sizeof(*tag);
	}
	if (is_vlan_type(type))
		return TAGS_MALFORMED;
	if (type == BE16(ETHERTYPE_PPPOE_SESSION))
		return parse_pppoe(&frame, offset);
	return TAGS_RESULT(offset, type);
}

/* *type receives the EtherType behind all tags, *offset the place of what it names. */
static __always_inline enum reason parse_ethernet(struct frame *frame, __u32 *offset, __be16 *type)
{
	struct ethernet_header copy;
	const struct ethernet_header *header = frame_read(frame, 0, sizeof(copy), &copy);
	__u32 tags;

	if (!header)
		return REASON_MALFORMED;
	*type = header->type;
	*offset = sizeof(*header);
	if (!is_vlan_type(*type) && *type != BE16(ETHERTYPE_PPPOE_SESSION))
		return REASON_NONE;
	tags = parse_tags(frame->context, *type);
	*offset = TAGS_OFFSET(tags) & FRAME_OFFSET_MAX;
	*type = TAGS_TYPE(tags);
	return tags == TAGS_MALFORMED ? REASON_MALFORMED : REASON_NONE;
}

/* A raw IP link has no EtherType: the version says it. */
static __always_inline enum reason parse_raw_ip(struct frame *frame, __u32 *offset, __be16 *type)
{
	__u8 copy;
	const __u8 *version = frame_read(frame, 0, sizeof(copy), &copy);

	if (!version)
		return REASON_MALFORMED;
	*offset = 0;
	*type = *version >> 4 == 6 ? BE16(ETHERTYPE_IPV6) : BE16(ETHERTYPE_IPV4);
	return REASON_NONE;
}

static __always_inline enum reason parse_fragment_offset(struct pkt *pkt, __u32 offset, bool more)
{
	if (offset) {
		pkt->fragment = FRAGMENT_LATER;
		/* It could overwrite the flags that were judged (RFC 1858, RFC 3128). */
		return pkt->protocol == PROTO_TCP && offset == 1 ? REASON_MALFORMED : REASON_NONE;
	}
	if (more)
		pkt->fragment = FRAGMENT_FIRST;
	return REASON_NONE;
}

static __always_inline enum reason parse_ipv4(struct frame *frame, struct cursor *cursor,
					      struct pkt *pkt)
{
	struct ipv4_header copy;
	const struct ipv4_header *header = frame_read(frame, cursor->offset, sizeof(copy), &copy);
	__u32 header_length, total_length;
	__u16 fragment;

	if (!header || header->version_ihl >> 4 != 4)
		return REASON_MALFORMED;
	header_length = (header->version_ihl & 0xf) * 4;
	total_length = HOST16(header->total_length);
	/* BIG TCP (Linux 6.3): more than 64 KiB in one piece says 0. Otherwise 0 is too short,
	 * which is said here: the verifiers of 5.10 and 6.1 lose track of a comparison with 0
	 * below. */
	if (!total_length) {
		total_length = frame_length(frame) - cursor->offset;
		if (total_length <= 0xffff)
			return REASON_MALFORMED;
	}
	if (header_length < sizeof(*header) || total_length < header_length ||
	    !frame_holds(frame, cursor->offset, total_length))
		return REASON_MALFORMED;
	pkt->family = 4;
	pkt->source_low = HOST32(header->source);
	pkt->destination_low = HOST32(header->destination);
	pkt->protocol = header->protocol;
	cursor->offset += header_length;
	cursor->left = total_length - header_length;
	fragment = HOST16(header->fragment);
	return parse_fragment_offset(pkt, fragment & IPV4_OFFSET_MASK,
				     fragment & IPV4_MORE_FRAGMENTS);
}

/*
 * How long an extension header is, by protocol number: (its length field & mask) + add, times 1 <<
 * shift; shift 0: not an extension header. RFC 8200, section 4; AH: RFC 4302, section 2.2. A table,
 * not branches: the verifier then follows one path through each header instead of one a kind.
 */
struct extension_kind {
	__u8 shift, add, mask;
};
static const struct extension_kind extension_kinds[256] = {
	[PROTO_HOP_BY_HOP] = {3, 1, 0xff}, [PROTO_ROUTING] = {3, 1, 0xff},
	[PROTO_FRAGMENT] = {3, 1, 0},	   [PROTO_AH] = {2, 2, 0xff},
	[PROTO_MOBILITY] = {3, 1, 0xff},   [PROTO_DESTINATION_OPTIONS] = {3, 1, 0xff},
};

/* Whether a hop-by-hop header at `offset` carries a jumbo payload option (RFC 2675). What length
 * that says is the stack's business. */
VERIFIED_ALONE __u32 has_jumbo_option(frame_context *context, __u32 offset)
{
	struct frame frame = frame_of(context);
	__u8 copy[2];
	const __u8 *field = frame_read(&frame, offset, 2, copy);
	__u32 end;

	if (!field)
		return false;
	end = offset + (field[1] + 1) * 8;
	offset += 2;
	for (int i = 0; i < JUMBO_OPTIONS_MAX && offset + 2 <= end; i++) {
		field = frame_read(&frame, offset, 2, copy);
		if (!field)
			return false;
		if (field[0] == OPTION_JUMBO)
			return true;
		offset += field[0] == OPTION_PAD1 ? 1 : 2 + field[1];
	}
	return false;
}

/* Where a walk over extension headers ended, in one number: what walk_extensions() returns. */
#define WALK_RESULT(offset, protocol, fragment) ((offset) << 16 | (protocol) << 8 | (fragment))
#define WALK_OFFSET(result) ((result) >> 16)
#define WALK_PROTOCOL(result) ((result) >> 8 & 0xff)
#define WALK_FRAGMENT(result) ((result)&3)
#define WALK_MALFORMED 0

/* Walks the extension headers from `offset` on, where one of kind `protocol` is, up to the upper
 * layer or a later fragment. The packet ends at `end`. */
VERIFIED_ALONE __u32 walk_extensions(frame_context *context, __u32 offset, __u32 end,
				     __u32 protocol)
{
	struct frame frame = frame_of(context);
	struct pkt pkt = {.protocol = protocol};

	for (int i = 0; i <= EXTENSION_HEADERS_MAX; i++) {
		const struct extension_kind *kind = &extension_kinds[pkt.protocol];
		const struct ipv6_extension *header;
		struct ipv6_extension copy;
		__u32 length;

		if (!kind->shift)
			return WALK_RESULT(offset, pkt.protocol, pkt.fragment);
		if (i == EXTENSION_HEADERS_MAX || (pkt.protocol == PROTO_HOP_BY_HOP && i > 0))
			return WALK_MALFORMED;
		header = frame_read(&frame, offset, sizeof(*header), &copy);
		if (!header)
			return WALK_MALFORMED;
		length = ((header->length & kind->mask) + kind->add) << (kind->shift & 3);
		if (offset + length > end)
			return WALK_MALFORMED;
		if (pkt.protocol == PROTO_FRAGMENT) {
			__u16 fragment = HOST16(header->fragment);

			pkt.protocol = header->next_header;
			if (parse_fragment_offset(&pkt, fragment >> IPV6_OFFSET_SHIFT,
						  fragment & IPV6_MORE_FRAGMENTS))
				return WALK_MALFORMED;
			if (pkt.fragment == FRAGMENT_LATER)
				return WALK_RESULT(offset, pkt.protocol, FRAGMENT_LATER);
		}
		pkt.protocol = header->next_header;
		offset += length;
	}
	return WALK_MALFORMED;
}

static __always_inline enum reason parse_ipv6(struct frame *frame, struct cursor *cursor,
					      struct pkt *pkt)
{
	struct ipv6_header copy;
	const struct ipv6_header *header = frame_read(frame, cursor->offset, sizeof(copy), &copy);
	__u32 end, walk;

	if (!header || *(const __u8 *)header >> 4 != 6)
		return REASON_MALFORMED;
	pkt->family = 6;
	pkt->source_high = (__u64)HOST32(header->source[0]) << 32 | HOST32(header->source[1]);
	pkt->source_low = (__u64)HOST32(header->source[2]) << 32 | HOST32(header->source[3]);
	pkt->destination_high =
		(__u64)HOST32(header->destination[0]) << 32 | HOST32(header->destination[1]);
	pkt->destination_low =
		(__u64)HOST32(header->destination[2]) << 32 | HOST32(header->destination[3]);
	pkt->protocol = header->next_header;
	cursor->left = HOST16(header->payload_length);
	cursor->offset += sizeof(*header);
	/* A jumbogram, or BIG TCP (Linux 5.19): the length is that of the frame. */
	if (!cursor->left && frame_length(frame) > cursor->offset &&
	    (frame_length(frame) - cursor->offset > 0xffff ||
	     (pkt->protocol == PROTO_HOP_BY_HOP &&
	      has_jumbo_option(frame->context, cursor->offset))))
		cursor->left = frame_length(frame) - cursor->offset;
	if (!frame_holds(frame, cursor->offset, cursor->left))
		return REASON_MALFORMED;
	if (!extension_kinds[pkt->protocol].shift)
		return REASON_NONE;
	end = cursor->offset + cursor->left;
	walk = walk_extensions(frame->context, cursor->offset, end, pkt->protocol);
	cursor->offset = WALK_OFFSET(walk) & FRAME_OFFSET_MAX;
	cursor->left = end - cursor->offset;
	pkt->protocol = WALK_PROTOCOL(walk);
	pkt->fragment = WALK_FRAGMENT(walk);
	return walk == WALK_MALFORMED ? REASON_MALFORMED : REASON_NONE;
}

static __always_inline enum reason parse_tcp(struct frame *frame, const struct cursor *cursor,
					     struct pkt *pkt)
{
	struct tcp_header_start copy;
	const struct tcp_header_start *header;
	__u32 header_length;

	/* sizeof would count padding: the flags are the 14th byte. */
	if (cursor->left < 14)
		return REASON_MALFORMED;
	header = frame_read(frame, cursor->offset, 14, &copy);
	if (!header)
		return REASON_MALFORMED;
	header_length = (header->data_offset >> 4) * 4;
	if (header_length < 20 || (pkt->fragment == FRAGMENT_NONE && header_length > cursor->left))
		return REASON_MALFORMED;
	pkt->source_port = HOST16(header->source);
	pkt->destination_port = HOST16(header->destination);
	pkt->tcp_flags = header->flags;
	pkt->port_table = PORT_TABLE_TCP;
	return REASON_NONE;
}

static __always_inline enum reason parse_udp(struct frame *frame, const struct cursor *cursor,
					     struct pkt *pkt)
{
	struct udp_header copy;
	const struct udp_header *header;
	__u32 length;

	if (cursor->left < sizeof(*header))
		return REASON_MALFORMED;
	header = frame_read(frame, cursor->offset, sizeof(*header), &copy);
	if (!header)
		return REASON_MALFORMED;
	length = HOST16(header->length);
	/* A UDP jumbogram says 0 (RFC 2675, section 4). */
	if (!length && cursor->left > 0xffff)
		length = cursor->left;
	if (length < sizeof(*header) || (pkt->fragment == FRAGMENT_NONE && length > cursor->left))
		return REASON_MALFORMED;
	pkt->source_port = HOST16(header->source);
	pkt->destination_port = HOST16(header->destination);
	pkt->port_table = PORT_TABLE_UDP;
	return REASON_NONE;
}

static __always_inline enum reason parse_sctp(struct frame *frame, const struct cursor *cursor,
					      struct pkt *pkt)
{
	struct sctp_header copy;
	const struct sctp_header *header;

	if (cursor->left < 4)
		return REASON_MALFORMED;
	header = frame_read(frame, cursor->offset, 4, &copy);
	if (!header)
		return REASON_MALFORMED;
	pkt->source_port = HOST16(header->source);
	pkt->destination_port = HOST16(header->destination);
	pkt->port_table = PORT_TABLE_SCTP;
	/* sizeof would count padding: the type is the 13th byte. */
	if (cursor->left >= 13) {
		header = frame_read(frame, cursor->offset, 13, &copy);
		pkt->sctp_chunk = header ? header->chunk_type : 0;
	}
	return REASON_NONE;
}

static __always_inline bool is_echo(const struct pkt *pkt)
{
	if (pkt->family == 4)
		return pkt->icmp_type == ICMP_ECHO_REPLY || pkt->icmp_type == ICMP_ECHO_REQUEST;
	return pkt->icmp_type == ICMPV6_ECHO_REPLY || pkt->icmp_type == ICMPV6_ECHO_REQUEST;
}

static __always_inline bool is_icmp_error(const struct pkt *pkt)
{
	if (pkt->family == 4)
		return pkt->protocol == PROTO_ICMP &&
		       (pkt->icmp_type == ICMP_DESTINATION_UNREACHABLE ||
			pkt->icmp_type == ICMP_TIME_EXCEEDED ||
			pkt->icmp_type == ICMP_PARAMETER_PROBLEM);
	return pkt->protocol == PROTO_ICMPV6 && pkt->icmp_type >= ICMPV6_ERROR_FIRST &&
	       pkt->icmp_type <= ICMPV6_ERROR_LAST;
}

/* The packet that an error is about stands behind its header of 8 bytes. */
static __always_inline void parse_quoted(struct frame *frame, const struct cursor *cursor,
					 struct pkt *pkt)
{
	__u32 offset = cursor->offset + sizeof(struct icmp_echo);
	__u32 size = pkt->family == 4 ? sizeof(struct ipv4_header) : sizeof(struct ipv6_header);
	struct ipv6_header copy;

	if (cursor->left < sizeof(struct icmp_echo) + size)
		return;
	if (pkt->family == 4) {
		const struct ipv4_header *header =
			frame_read(frame, offset, sizeof(*header), &copy);

		if (!header || header->version_ihl >> 4 != 4)
			return;
		pkt->quoted_low = HOST32(header->destination);
	} else {
		const struct ipv6_header *header =
			frame_read(frame, offset, sizeof(*header), &copy);

		if (!header || *(const __u8 *)header >> 4 != 6)
			return;
		pkt->quoted_high = (__u64)HOST32(header->destination[0]) << 32 |
				   HOST32(header->destination[1]);
		pkt->quoted_low = (__u64)HOST32(header->destination[2]) << 32 |
				  HOST32(header->destination[3]);
	}
	pkt->quotes = true;
}

/* ICMP and ICMPv6: the verdict needs the type, of an echo the identifier, and of an error what it
 * is about. */
static __always_inline enum reason parse_icmp(struct frame *frame, const struct cursor *cursor,
					      struct pkt *pkt)
{
	__u8 copy;
	const __u8 *type;

	if (!cursor->left)
		return REASON_MALFORMED;
	type = frame_read(frame, cursor->offset, 1, &copy);
	if (!type)
		return REASON_MALFORMED;
	pkt->icmp_type = *type;
	if (is_echo(pkt) && cursor->left >= sizeof(struct icmp_echo)) {
		struct icmp_echo echo_copy;
		const struct icmp_echo *echo =
			frame_read(frame, cursor->offset, sizeof(*echo), &echo_copy);

		pkt->echo_id = echo ? HOST16(echo->id) : 0;
	}
	if (is_icmp_error(pkt))
		parse_quoted(frame, cursor, pkt);
	return REASON_NONE;
}

static __always_inline enum reason parse_transport(struct frame *frame, const struct cursor *cursor,
						   struct pkt *pkt)
{
	switch (pkt->protocol) {
	case PROTO_TCP:
		return parse_tcp(frame, cursor, pkt);
	case PROTO_UDP:
		return parse_udp(frame, cursor, pkt);
	case PROTO_SCTP:
		return parse_sctp(frame, cursor, pkt);
	case PROTO_ICMP:
		return pkt->family == 4 ? parse_icmp(frame, cursor, pkt) : REASON_NONE;
	case PROTO_ICMPV6:
		return pkt->family == 6 ? parse_icmp(frame, cursor, pkt) : REASON_NONE;
	default:
		return REASON_NONE;
	}
}

/* The whole parser. REASON_NONE: *pkt is filled, go on to decide(). Otherwise the verdict stands,
 * and of *pkt only port_table (PORT_TABLE_COUNT) counts. */
static __always_inline enum reason parse(struct frame *frame, enum link_type link, struct pkt *pkt)
{
	struct cursor cursor = {};
	enum reason reason;
	__be16 type = 0;

	*pkt = (struct pkt){.port_table = PORT_TABLE_COUNT};
	reason = link == LINK_RAW_IP ? parse_raw_ip(frame, &cursor.offset, &type)
				     : parse_ethernet(frame, &cursor.offset, &type);
	if (reason)
		return reason;
	if (type == BE16(ETHERTYPE_IPV4))
		reason = parse_ipv4(frame, &cursor, pkt);
	else if (type == BE16(ETHERTYPE_IPV6))
		reason = parse_ipv6(frame, &cursor, pkt);
	else
		return REASON_NON_IP;
	if (reason || pkt->fragment == FRAGMENT_LATER)
		return reason;
	return parse_transport(frame, &cursor, pkt);
}

#endif
