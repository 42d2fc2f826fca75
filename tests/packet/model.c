/* SPDX-License-Identifier: GPL-2.0-only */
#include "model.h"

#include <stdlib.h>
#include <string.h>

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

/* --- The policy ---------------------------------------------------------------------------------
 */

struct model_policy *model_policy_new(void)
{
	return calloc(1, sizeof(struct model_policy));
}

static bool has_ports(unsigned proto)
{
	return proto == P_TCP || proto == P_UDP || proto == P_SCTP;
}

void model_clear(struct model_policy *policy, bool default_allow)
{
	policy->default_allow = default_allow;
	for (int scope = 0; scope <= MODEL_NICS; scope++)
		for (unsigned proto = 0; proto < 256; proto++)
			memset(policy->state[scope][proto], MODEL_NO_RULE,
			       has_ports(proto) ? PORT_COUNT : 1);
}

void model_rule(struct model_policy *policy, int nic, unsigned proto, unsigned low, unsigned high,
		enum action action)
{
	unsigned char *state = policy->state[nic == MODEL_EVERY_NIC ? MODEL_NICS : nic][proto];
	unsigned char value = action == ACTION_ALLOW ? MODEL_ALLOWED : MODEL_DENIED;

	if (!has_ports(proto))
		low = high = 0;
	else if (low == high && value == MODEL_DENIED)
		value = MODEL_DENIED_BY_ITSELF;
	for (unsigned port = low; port <= high; port++)
		state[port] = value;
}

/* Whether a denied port stands alone in the set, however it came to: it is then printed, and so
 * read back, as a rule for itself. */
static bool stands_alone(const unsigned char *state, unsigned port)
{
	return state[port - 1] != MODEL_DENIED && state[port - 1] != MODEL_DENIED_BY_ITSELF &&
	       state[port + 1] != MODEL_DENIED && state[port + 1] != MODEL_DENIED_BY_ITSELF;
}

/* --- A packet -----------------------------------------------------------------------------------
 */

/* Bytes [at, end) are what is left to read. */
struct span {
	const unsigned char *frame;
	size_t at, end;
};

enum found { NON_IP, BROKEN, LATER_FRAGMENT, TRANSPORT };

struct contents {
	int family; /* 4 or 6 */
	unsigned proto;
	unsigned type;		      /* of ICMP and ICMPv6 in their own family, else 256 */
	unsigned source, destination; /* ports */
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

/* --- The verdict --------------------------------------------------------------------------------
 */

static enum model_state state_in(const struct model_policy *policy, unsigned scope, unsigned proto,
				 unsigned port)
{
	const unsigned char *state = policy->state[scope][proto];

	if (proto == P_UDP && (port == 68 || port == 546) && state[port] == MODEL_DENIED &&
	    stands_alone(state, port))
		return MODEL_DENIED_BY_ITSELF;
	return state[port];
}

static enum reason judge_transport(const struct model_policy *policy, unsigned nic,
				   const struct contents *p)
{
	unsigned port = has_ports(p->proto) ? p->destination : 0;
	enum model_state state = state_in(policy, nic, p->proto, port);
	bool icmp4 = p->family == 4 && p->proto == P_ICMP;
	bool icmp6 = p->family == 6 && p->proto == P_ICMP6;
	bool igmp = p->family == 4 && p->proto == P_IGMP;
	bool denied, answer;

	if (icmp6 && ((p->type >= 130 && p->type <= 137) || p->type == 143))
		return REASON_ICMP;
	if (state == MODEL_NO_RULE)
		state = state_in(policy, MODEL_NICS, p->proto, port);
	if (state == MODEL_ALLOWED)
		return REASON_ALLOW;
	denied = state != MODEL_NO_RULE;
	if (icmp4 && (p->type == 3 || p->type == 11 || p->type == 12))
		return REASON_ICMP;
	if (icmp6 && p->type >= 1 && p->type <= 4)
		return REASON_ICMP;
	if ((icmp4 || icmp6 || igmp) && !denied)
		return REASON_ICMP;
	answer = p->proto == P_UDP &&
		 ((p->family == 4 && p->source == 67 && p->destination == 68) ||
		  (p->family == 6 && p->source == 547 && p->destination == 546));
	if (answer && state != MODEL_DENIED_BY_ITSELF)
		return REASON_DHCP;
	if (denied)
		return REASON_DENY;
	return policy->default_allow ? REASON_DEFAULT_ALLOW : REASON_DEFAULT_DENY;
}

struct answer model_judge(const struct model_policy *policy, enum link_type link, unsigned nic,
			  const unsigned char *frame, size_t length)
{
	struct span c = {.frame = frame, .at = 0, .end = length};
	struct contents contents = {};
	struct answer answer = {.reason = REASON_NON_IP};
	enum found found =
		link == LINK_RAW_IP ? read_raw(c, &contents) : read_ethernet(c, &contents);

	if (found == BROKEN)
		answer.reason = REASON_MALFORMED;
	if (found == LATER_FRAGMENT)
		answer.reason = REASON_FRAGMENT;
	if (found != TRANSPORT)
		return answer;
	answer.reason = judge_transport(policy, nic, &contents);
	if (contents.proto == P_TCP || contents.proto == P_UDP) {
		answer.proto = (__u8)contents.proto;
		answer.port = (__u16)contents.destination;
	}
	return answer;
}
