/* SPDX-License-Identifier: GPL-2.0-only */
#include "packet.h"
#include <string.h>

enum {
	COOKED_SIZE = 16,
	COOKED2_SIZE = 20,
	COOKED_OUTGOING = 4, /* packet type PACKET_OUTGOING */
	ARPHRD_LOOPBACK_LINK = 772,
	ETHERTYPE_ARP = 0x0806,
	FAMILY_SIZE = 4,
	HEADERS_MAX = FRAME_OFFSET_MAX + 64, /* no header that counts ends further in */
};

/* Address families in front of packets: everyone's IPv4, and IPv6 of Linux, BSD, FreeBSD and
 * Darwin. */
static const __u32 ip_families[] = {2, 10, 24, 28, 30};

static __u32 number16(const __u8 *bytes)
{
	return (__u32)bytes[0] << 8 | bytes[1];
}

static __u32 number32(const __u8 *bytes)
{
	return number16(bytes) << 16 | number16(bytes + 2);
}

static void parse_frame(frame_context *context, enum link_type link, struct packet *packet)
{
	struct frame frame;

	packet->length = context->length;
	context->cut = context->linear < context->length;
	frame = frame_of(context);
	packet->reason = parse(&frame, link, &packet->pkt);
	/* What an ICMP error is about changes no verdict here. */
	packet->cut =
		context->missed && (packet->reason != REASON_NONE || !is_icmp_error(&packet->pkt));
}

/* Leaves out the first bytes. */
static frame_context behind(const struct captured *captured, __u32 offset)
{
	return (frame_context){
		.bytes = captured->bytes + offset,
		.linear = captured->count - offset,
		.length = captured->length - offset,
	};
}

/* --- By link type --------------------------------------------------------------------------- */

static void read_ethernet(const struct captured *captured, struct packet *packet)
{
	static const __u8 no_addresses[12];
	const __u8 *bytes = captured->bytes, *arp = bytes + sizeof(struct ethernet_header);
	frame_context context = behind(captured, 0);

	parse_frame(&context, LINK_ETHERNET, packet);
	if (captured->count < sizeof(struct ethernet_header))
		return;
	packet->source_mac = bytes + 6;
	/* Frames of `lo` have no addresses. */
	packet->loopback = memcmp(bytes, no_addresses, sizeof(no_addresses)) == 0;
	/* Ethernet and IPv4 addresses: RFC 826. */
	if (number16(bytes + 12) == ETHERTYPE_ARP && arp + 28 <= bytes + captured->count &&
	    number32(arp) == 0x00010800)
		packet->arp_sender = number32(arp + 14);
}

static void read_way(unsigned packet_type, unsigned hardware, struct packet *packet)
{
	packet->way = packet_type == COOKED_OUTGOING ? WAY_LEAVES : WAY_ARRIVES;
	packet->loopback = hardware == ARPHRD_LOOPBACK_LINK;
}

/* The last 14 bytes of the header end with the EtherType, as an Ethernet header does. */
static void read_cooked(const struct captured *captured, struct packet *packet)
{
	frame_context context = behind(captured, COOKED_SIZE - sizeof(struct ethernet_header));

	read_way(number16(captured->bytes), number16(captured->bytes + 2), packet);
	parse_frame(&context, LINK_ETHERNET, packet);
}

/* Here the EtherType stands in front: an Ethernet header is made of it. */
static void read_cooked2(const struct captured *captured, struct packet *packet)
{
	static __u8 frame[sizeof(struct ethernet_header) + HEADERS_MAX];
	__u32 count = captured->count - COOKED2_SIZE;
	frame_context context = {
		.bytes = frame,
		.linear = sizeof(struct ethernet_header),
		.length = captured->length - COOKED2_SIZE + sizeof(struct ethernet_header),
	};

	read_way(captured->bytes[10], number16(captured->bytes + 8), packet);
	if (count > HEADERS_MAX)
		count = HEADERS_MAX;
	memcpy(frame + 12, captured->bytes, 2);
	memcpy(frame + sizeof(struct ethernet_header), captured->bytes + COOKED2_SIZE, count);
	context.linear += count;
	parse_frame(&context, LINK_ETHERNET, packet);
}

static void read_raw_ip(const struct captured *captured, struct packet *packet)
{
	frame_context context = behind(captured, 0);

	parse_frame(&context, LINK_RAW_IP, packet);
}

/* The family is in the byte order of whichever machine made the capture. */
static void read_loopback(const struct captured *captured, struct packet *packet)
{
	frame_context context = behind(captured, FAMILY_SIZE);
	__u32 family = number32(captured->bytes);

	for (size_t i = 0; i < sizeof(ip_families) / sizeof(*ip_families); i++) {
		if (family == ip_families[i] || family == __builtin_bswap32(ip_families[i])) {
			parse_frame(&context, LINK_RAW_IP, packet);
			return;
		}
	}
	packet->length = context.length;
	packet->reason = REASON_NON_IP;
}

static const struct {
	void (*read)(const struct captured *captured, struct packet *packet);
	__u32 header; /* bytes that it needs */
} links[] = {
	[CAPTURE_ETHERNET] = {read_ethernet, 0},
	[CAPTURE_COOKED] = {read_cooked, COOKED_SIZE},
	[CAPTURE_COOKED2] = {read_cooked2, COOKED2_SIZE},
	[CAPTURE_RAW_IP] = {read_raw_ip, 0},
	[CAPTURE_LOOPBACK] = {read_loopback, FAMILY_SIZE},
};

void packet_read(const struct captured *captured, struct packet *packet)
{
	struct captured whole = *captured;

	*packet = (struct packet){.time = captured->time, .pkt.port_table = PORT_TABLE_COUNT};
	if (whole.length < whole.count)
		whole.length = whole.count;
	packet->length = whole.length;
	if (whole.count >= links[whole.link].header) {
		links[whole.link].read(&whole, packet);
		return;
	}
	packet->cut = whole.length > whole.count;
	packet->reason = REASON_MALFORMED;
}
