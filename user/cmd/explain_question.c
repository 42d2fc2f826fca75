/* SPDX-License-Identifier: GPL-2.0-only */
#include "explain_question.h"
#include "policy/target.h"
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "bpf/parse.h"

/* From which port it asks where that is not said. */
#define SOURCE_PORT 40000
#define SCTP_INIT_CHUNK 1

/* --- Words ----------------------------------------------------------------------------------- */

static const struct {
	const char *name;
	__u8 bit;
} flag_names[] = {{"FIN", 0x01}, {"SYN", 0x02}, {"RST", 0x04}, {"PSH", 0x08},
		  {"ACK", 0x10}, {"URG", 0x20}, {"ECE", 0x40}, {"CWR", 0x80}};

static int read_flags(const char *word, __u8 *flags, struct error *error)
{
	char *copy = strdup(word), *rest = copy, *name;
	__u8 made = 0;
	int code = copy ? 0 : error_set(error, -ENOMEM, "out of memory");

	while (code == 0 && (name = strsep(&rest, "|,+"))) {
		__u8 bit = 0;

		for (size_t i = 0; i < sizeof(flag_names) / sizeof(*flag_names); i++)
			if (strcasecmp(name, flag_names[i].name) == 0)
				bit = flag_names[i].bit;
		if (!bit && strcasecmp(name, "none") != 0)
			code = error_set(
				error, -EINVAL,
				"\"%s\" is no TCP flag: FIN, SYN, RST, PSH, ACK, URG, ECE, "
				"CWR, with | between them",
				name);
		made |= bit;
	}
	free(copy);
	if (code == 0)
		*flags = made;
	return code;
}

static bool read_address(const char *word, struct endpoint *end)
{
	struct endpoint made = {.family = 4, .port = end->port};

	if (inet_pton(AF_INET, word, made.address) != 1) {
		made.family = 6;
		if (inet_pton(AF_INET6, word, made.address) != 1)
			return false;
	}
	*end = made;
	return true;
}

/* ADDR, IPV4:PORT or [IPV6]:PORT. */
static int read_end(const char *word, struct endpoint *end, struct error *error)
{
	char address[INET6_ADDRSTRLEN + 2];
	const char *colon = strrchr(word, ':');
	unsigned port = 0;
	size_t length;

	if (read_address(word, end))
		return 0;
	length = colon ? (size_t)(colon - word) : 0;
	if (colon && length < sizeof(address)) {
		bool bracketed = length > 2 && word[0] == '[' && colon[-1] == ']';
		int code;

		snprintf(address, sizeof(address), "%.*s", (int)length - (bracketed ? 2 : 0),
			 word + bracketed);
		code = number_read(colon + 1, strlen(colon + 1), "port", 65535, &port, error);
		if (code)
			return code;
		if (read_address(address, end) && (end->family == 4 || bracketed)) {
			end->port = (__u16)port;
			return 0;
		}
	}
	return error_set(error, -EINVAL, "\"%s\": expected an address, IPv4:PORT or [IPv6]:PORT",
			 word);
}

static bool has_ports(__u8 protocol)
{
	return protocol == IPPROTO_TCP || protocol == IPPROTO_UDP || protocol == IPPROTO_SCTP;
}

static int read_target(const struct words *words, struct question *question, size_t *taken,
		       struct error *error)
{
	struct target target = {.word_count = 0};
	const struct port_range *range;
	size_t bad = 0;
	int code = target_read(words, &target, &bad, error);

	if (code)
		return code;
	range = &target.ranges.list[0];
	if (target.ranges.count != 1 || (has_ports(range->proto) && range->low != range->high))
		code = error_set(error, -EINVAL,
				 "ask about one protocol and one port, as in `tcp 22`");
	question->protocol = range->proto;
	question->port = has_ports(range->proto) ? range->low : 0;
	*taken = target.word_count;
	port_ranges_free(&target.ranges);
	return code;
}

static int read_clause(const char *name, const char *value, struct question *question,
		       struct error *error)
{
	if (strcmp(name, "from") == 0)
		return read_end(value, &question->source, error);
	if (strcmp(name, "to") == 0)
		return read_address(value, &question->destination)
			       ? 0
			       : error_set(error, -EINVAL, "\"%s\" is not an address", value);
	if (strcmp(name, "flags") == 0)
		return read_flags(value, &question->tcp_flags, error);
	if (strcmp(name, "on") == 0) {
		int code = words_check_nic(value, error);

		if (code == 0)
			snprintf(question->nic, sizeof(question->nic), "%s", value);
		return code;
	}
	return error_set(error, -EINVAL, "\"%s\": expected from, to, on or flags", name);
}

int question_read(const char *const *text, size_t count, struct question *question,
		  struct error *error)
{
	const struct words words = {.text = text, .count = count};
	struct question made = {.tcp_flags = TCP_SYN, .source = {.port = SOURCE_PORT}};
	size_t at = 0;
	int code = read_target(&words, &made, &at, error);

	for (; at < count && code == 0; at += 2) {
		if (at + 1 == count)
			return error_set(error, -EINVAL, "\"%s\": something is missing behind it",
					 text[at]);
		code = read_clause(text[at], text[at + 1], &made, error);
	}
	if (code)
		return code;
	if (!made.source.family)
		return error_set(error, -EINVAL, "`from SRC` is missing");
	if (made.destination.family && made.destination.family != made.source.family)
		return error_set(error, -EINVAL,
				 "the two addresses are not of the same family (IPv4, IPv6)");
	*question = made;
	return 0;
}

/* --- Bytes ----------------------------------------------------------------------------------- */

static size_t put_transport(const struct question *question, unsigned char *out)
{
	__be16 ports[] = {htons(question->source.port), htons(question->port)};

	memset(out, 0, 20);
	switch (question->protocol) {
	case IPPROTO_TCP:
		memcpy(out, ports, sizeof(ports));
		out[12] = 5 << 4;
		out[13] = question->tcp_flags;
		return 20;
	case IPPROTO_UDP:
		memcpy(out, ports, sizeof(ports));
		out[5] = 8;
		return 8;
	case IPPROTO_SCTP:
		memcpy(out, ports, sizeof(ports));
		out[12] = SCTP_INIT_CHUNK;
		return 16;
	case IPPROTO_ICMP:
		out[0] = ICMP_ECHO_REQUEST;
		return 8;
	case IPPROTO_ICMPV6:
		out[0] = ICMPV6_ECHO_REQUEST;
		return 8;
	default:
		return 20;
	}
}

static size_t put_ipv4(const struct question *question, unsigned char *out)
{
	size_t length = 20 + put_transport(question, out + 20);

	memset(out, 0, 20);
	out[0] = 0x45;
	out[3] = (unsigned char)length;
	out[8] = 64;
	out[9] = question->protocol;
	memcpy(out + 12, question->source.address, 4);
	memcpy(out + 16, question->destination.address, 4);
	return length;
}

static size_t put_ipv6(const struct question *question, unsigned char *out)
{
	size_t length = put_transport(question, out + 40);

	memset(out, 0, 40);
	out[0] = 0x60;
	out[5] = (unsigned char)length;
	out[6] = question->protocol;
	out[7] = 64;
	memcpy(out + 8, question->source.address, 16);
	memcpy(out + 24, question->destination.address, 16);
	return 40 + length;
}

size_t question_frame(const struct question *question, enum link_type link,
		      unsigned char frame[QUESTION_FRAME_MAX])
{
	bool ipv4 = question->source.family == 4;
	__be16 type = htons(ipv4 ? ETHERTYPE_IPV4 : ETHERTYPE_IPV6);
	size_t start = 0;

	if (link == LINK_ETHERNET) {
		memset(frame, 0, sizeof(struct ethernet_header));
		memcpy(frame + 12, &type, sizeof(type));
		start = sizeof(struct ethernet_header);
	}
	return start +
	       (ipv4 ? put_ipv4(question, frame + start) : put_ipv6(question, frame + start));
}

static void put_number(__u64 number, unsigned bytes, __u8 *out)
{
	while (bytes--) {
		out[bytes] = (__u8)number;
		number >>= 8;
	}
}

static struct endpoint end_of(const struct pkt *pkt, __u64 high, __u64 low, __u16 port)
{
	struct endpoint end = {.family = pkt->family, .port = port};

	if (pkt->family == 4) {
		put_number(low, 4, end.address);
	} else {
		put_number(high, 8, end.address);
		put_number(low, 8, end.address + 8);
	}
	return end;
}

enum reason question_parse(const unsigned char *bytes, size_t length, enum link_type link,
			   struct judge_packet *packet)
{
	frame_context context = {.bytes = bytes, .linear = (__u32)length, .length = (__u32)length};
	struct frame frame = frame_of(&context);
	struct pkt pkt;
	enum reason reason = parse(&frame, link, &pkt);

	if (reason)
		return reason;
	*packet = (struct judge_packet){
		.protocol = pkt.protocol,
		.tcp_flags = pkt.tcp_flags,
		.icmp_type = pkt.icmp_type,
		.source = end_of(&pkt, pkt.source_high, pkt.source_low, pkt.source_port),
		.destination = end_of(&pkt, pkt.destination_high, pkt.destination_low,
				      pkt.destination_port),
	};
	return REASON_NONE;
}
