/* SPDX-License-Identifier: GPL-2.0-only */
#include "model_frame.h"

/* Bytes [at, end) are what is left to read. */
struct span {
	const unsigned char *frame;
	size_t at, end;
};

static size_t left(const struct span *c)
{
	return c->end - c->at;
}

static unsigned byte(const struct span *c, size_t offset)
{
	return c->frame[c->at + offset];
}

static unsigned word(const struct span *c, size_t offset)
{
	return byte(c, offset) << 8 | byte(c, offset + 1);
}

static enum found read_tcp(struct span c, bool whole)
{
	size_t header;

	if (left(&c) < 14)
		return BROKEN;
	header = (byte(&c, 12) >> 4) * 4;
	return header < 20 || (whole && header > left(&c)) ? BROKEN : TRANSPORT;
}

static enum found read_udp(struct span c, bool whole)
{
	if (left(&c) < 8)
		return BROKEN;
	if (word(&c, 4) == 0 && left(&c) > 65535)
		return TRANSPORT; /* a jumbogram */
	return word(&c, 4) < 8 || (whole && word(&c, 4) > left(&c)) ? BROKEN : TRANSPORT;
}

/* The packet that an ICMP error is about. */
static void read_quoted(struct span c, struct contents *contents)
{
	bool six = contents->family == 6;

	contents->quotes = left(&c) >= (six ? 48 : 28) && byte(&c, 8) >> 4 == (six ? 6 : 4);
	for (size_t i = 0; contents->quotes && i < (six ? 16 : 4); i++)
		contents->about[i] = (unsigned char)byte(&c, 8 + (six ? 24 : 16) + i);
}

/* What follows the IP headers. `whole`: neither first nor later fragment. */
static enum found read_transport(struct span c, bool whole, struct contents *contents)
{
	bool typed = contents->proto == (contents->family == 4 ? P_ICMP : P_ICMP6);
	enum found found = TRANSPORT;

	contents->type = 256;
	if (contents->proto == P_TCP)
		found = read_tcp(c, whole);
	if (contents->proto == P_UDP)
		found = read_udp(c, whole);
	if (contents->proto == P_SCTP && left(&c) < 4)
		found = BROKEN;
	if (typed && left(&c) < 1)
		found = BROKEN;
	if (found == BROKEN)
		return BROKEN;
	if (typed)
		contents->type = byte(&c, 0);
	if (typed && left(&c) >= 8)
		contents->id = word(&c, 4);
	if (typed)
		read_quoted(c, contents);
	if (contents->proto == P_TCP)
		contents->flags = byte(&c, 13);
	if (contents->proto == P_SCTP && left(&c) > 12)
		contents->chunk = byte(&c, 12);
	if (has_ports(contents->proto)) {
		contents->source = word(&c, 0);
		contents->destination = word(&c, 2);
	}
	return TRANSPORT;
}

static enum found read_ipv4(struct span c, struct contents *contents)
{
	size_t header, total;
	unsigned offset;
	bool more;

	if (left(&c) < 20 || byte(&c, 0) >> 4 != 4)
		return BROKEN;
	header = (byte(&c, 0) & 15) * 4;
	total = word(&c, 2);
	if (total == 0 && left(&c) > 65535)
		total = left(&c); /* BIG TCP */
	if (header < 20 || total < header || total > left(&c))
		return BROKEN;
	c.end = c.at + total;
	for (size_t i = 0; i < 4; i++) {
		contents->from[i] = (unsigned char)byte(&c, 12 + i);
		contents->to[i] = (unsigned char)byte(&c, 16 + i);
	}
	offset = word(&c, 6) & 0x1fff;
	more = word(&c, 6) & 0x2000;
	contents->family = 4;
	contents->proto = byte(&c, 9);
	if (offset == 1 && contents->proto == P_TCP)
		return BROKEN;
	if (offset > 0)
		return LATER_FRAGMENT;
	c.at += header;
	return read_transport(c, !more, contents);
}

/* Whether a hop-by-hop header starts here and one of its first eight options is a jumbo length. */
static bool carries_jumbo_option(struct span c)
{
	size_t position = 2, header;

	if (left(&c) < 8)
		return false;
	header = (byte(&c, 1) + 1) * 8;
	if (header > left(&c))
		return false;
	/* The last byte cannot be an option with a length. */
	for (int option = 0; option < 8 && position < header - 1; option++) {
		if (byte(&c, position) == 0xc2)
			return true;
		if (byte(&c, position) == 0)
			position += 1;
		else
			position += 2 + byte(&c, position + 1);
	}
	return false;
}

static bool is_extension(unsigned proto)
{
	return proto == P_HOP_BY_HOP || proto == P_ROUTING || proto == P_FRAGMENT ||
	       proto == P_AH || proto == P_DESTINATION || proto == P_MOBILITY;
}

/* Walks the extension headers to the transport. */
static enum found read_chain(struct span c, unsigned next, struct contents *contents)
{
	bool whole = true;

	for (int count = 1; is_extension(next); count++) {
		unsigned kind = next;
		size_t length;

		if (count > 8 || (kind == P_HOP_BY_HOP && count > 1) || left(&c) < 8)
			return BROKEN;
		next = byte(&c, 0);
		length = (byte(&c, 1) + 1) * 8;
		if (kind == P_AH)
			length = (byte(&c, 1) + 2) * 4;
		if (kind == P_FRAGMENT) {
			unsigned offset = word(&c, 2) >> 3;

			length = 8;
			if (offset == 1 && next == P_TCP)
				return BROKEN;
			if (offset > 0)
				return LATER_FRAGMENT;
			if (word(&c, 2) & 1)
				whole = false;
		}
		if (length > left(&c))
			return BROKEN;
		c.at += length;
	}
	contents->proto = next;
	return read_transport(c, whole, contents);
}

static enum found read_ipv6(struct span c, struct contents *contents)
{
	size_t payload;
	unsigned next;

	if (left(&c) < 40 || byte(&c, 0) >> 4 != 6)
		return BROKEN;
	payload = word(&c, 4);
	next = byte(&c, 6);
	for (size_t i = 0; i < 16; i++) {
		contents->from[i] = (unsigned char)byte(&c, 8 + i);
		contents->to[i] = (unsigned char)byte(&c, 24 + i);
	}
	c.at += 40;
	contents->family = 6;
	if (payload == 0 && (left(&c) > 65535 || (next == P_HOP_BY_HOP && carries_jumbo_option(c))))
		payload = left(&c);
	if (payload > left(&c))
		return BROKEN;
	c.end = c.at + payload;
	return read_chain(c, next, contents);
}

static enum found read_pppoe(struct span c, struct contents *contents)
{
	unsigned protocol;

	if (left(&c) < 8)
		return BROKEN;
	c.at += 6;
	protocol = byte(&c, 0);
	if (protocol % 2 == 0) {
		protocol = word(&c, 0);
		c.at++;
	}
	c.at++;
	if (protocol == 0x21)
		return read_ipv4(c, contents);
	if (protocol == 0x57)
		return read_ipv6(c, contents);
	return NON_IP;
}

static enum found read_ethernet(struct span c, struct contents *contents)
{
	unsigned type, tags = 0;

	if (left(&c) < 14)
		return BROKEN;
	type = word(&c, 12);
	c.at += 14;
	while (type == 0x8100 || type == 0x88a8) {
		if (++tags > 2 || left(&c) < 4)
			return BROKEN;
		type = word(&c, 2);
		c.at += 4;
	}
	if (type == 0x0800)
		return read_ipv4(c, contents);
	if (type == 0x86dd)
		return read_ipv6(c, contents);
	if (type == 0x8864)
		return read_pppoe(c, contents);
	return NON_IP;
}

static enum found read_raw(struct span c, struct contents *contents)
{
	if (left(&c) < 1)
		return BROKEN;
	return byte(&c, 0) >> 4 == 6 ? read_ipv6(c, contents) : read_ipv4(c, contents);
}

enum found model_read(enum link_type link, const unsigned char *frame, size_t length,
		      struct contents *contents)
{
	struct span c = {.frame = frame, .at = 0, .end = length};

	return link == LINK_RAW_IP ? read_raw(c, contents) : read_ethernet(c, contents);
}
