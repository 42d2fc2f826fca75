/* SPDX-License-Identifier: GPL-2.0-only */
/* Step 2: the IPv6 header and its chain of extension headers. */
#include "cases.h"

#define EIGHT_HEADERS                                                                        \
	HOP_BY_HOP(), DESTINATION(), ROUTING(), DESTINATION(), DESTINATION(), DESTINATION(), \
		MOBILITY(), DESTINATION()

static const struct packet_case cases[] = {
	{
		.name = "an IPv6 packet to an open port is allowed",
		.layers = {ETHERNET(), IPV6(), TCP(.destination = 22)},
		.expected = ALLOWED_TCP_22,
	},
	{
		.name = "padding behind an IPv6 packet is fine",
		.layers = {ETHERNET(), IPV6(), UDP(.destination = 53), PADDING(.size = 4)},
		.expected = {REASON_ALLOW, COUNTS_UDP(53)},
	},
	{
		.name = "an IPv6 type with version 4 is malformed",
		.layers = {ETHERNET(), IPV6(.version = 4), TCP(.destination = 22)},
		.expected = MALFORMED,
	},
	{
		.name = "an IPv4 packet under the type of IPv6 is malformed",
		.layers = {ETHERNET(.next = 0x86dd), IPV4(), TCP(.destination = 22)},
		.expected = MALFORMED,
	},
	{
		.name = "an IPv6 header of 39 bytes is malformed",
		.layers = {ETHERNET(), IPV6(.next = 59)},
		.cut = 1,
		.expected = MALFORMED,
	},
	{
		.name = "an IPv6 header alone is a packet",
		.layers = {ETHERNET(), IPV6(.next = 59)},
		.expected = {REASON_DEFAULT_DENY},
	},
	{
		.name = "an IPv6 payload length one above the frame is malformed",
		.layers = {ETHERNET(), IPV6(.length = 21), TCP(.destination = 22)},
		.expected = MALFORMED,
	},
	{
		.name = "an IPv6 payload length of 0 leaves no room for ports",
		.layers = {ETHERNET(), IPV6(.length = WRITE_ZERO), TCP(.destination = 22)},
		.expected = MALFORMED,
	},
	{
		.name = "the port behind a hop-by-hop header is judged",
		.layers = {ETHERNET(), IPV6(), HOP_BY_HOP(), TCP(.destination = 22)},
		.expected = ALLOWED_TCP_22,
	},
	{
		.name = "the port behind a routing header is judged",
		.layers = {ETHERNET(), IPV6(), ROUTING(.options = 16), TCP(.destination = 23)},
		.expected = {REASON_DEFAULT_DENY, COUNTS_TCP(23)},
	},
	{
		.name = "the port behind destination options is judged",
		.layers = {ETHERNET(), IPV6(), DESTINATION(.options = 8), TCP(.destination = 22)},
		.expected = ALLOWED_TCP_22,
	},
	{
		.name = "the port behind a mobility header is judged",
		.layers = {ETHERNET(), IPV6(), MOBILITY(.options = 8), UDP(.destination = 53)},
		.expected = {REASON_ALLOW, COUNTS_UDP(53)},
	},
	{
		.name = "the port behind a fragment header of a whole packet is judged",
		.layers = {ETHERNET(), IPV6(), FRAGMENT(), TCP(.destination = 22)},
		.expected = ALLOWED_TCP_22,
	},
	{
		.name = "the port behind an authentication header is judged",
		.layers = {ETHERNET(), IPV6(), AH(.options = 16), TCP(.destination = 22)},
		.expected = ALLOWED_TCP_22,
	},
	{
		.name = "an authentication header counts in words of 4 bytes",
		.layers = {ETHERNET(), IPV6(), AH(.options = 12), TCP(.destination = 22)},
		.expected = ALLOWED_TCP_22,
	},
	{
		.name = "the longest extension header is walked",
		.layers = {ETHERNET(), IPV6(), DESTINATION(.options = 2040),
			   TCP(.destination = 22)},
		.expected = ALLOWED_TCP_22,
	},
	{
		.name = "eight extension headers are walked",
		.layers = {ETHERNET(), IPV6(), EIGHT_HEADERS, TCP(.destination = 22)},
		.expected = ALLOWED_TCP_22,
	},
	{
		.name = "nine extension headers are malformed",
		.layers = {ETHERNET(), IPV6(), EIGHT_HEADERS, DESTINATION(),
			   TCP(.destination = 22)},
		.expected = MALFORMED,
	},
	{
		.name = "a ninth extension header is malformed even where it is missing",
		.layers = {ETHERNET(), IPV6(), HOP_BY_HOP(), DESTINATION(), DESTINATION(),
			   DESTINATION(), DESTINATION(), DESTINATION(), DESTINATION(),
			   AH(.next = 60)},
		.expected = MALFORMED,
	},
	{
		.name = "a hop-by-hop header behind another header is malformed",
		.layers = {ETHERNET(), IPV6(), DESTINATION(), HOP_BY_HOP(), TCP(.destination = 22)},
		.expected = MALFORMED,
	},
	{
		.name = "two hop-by-hop headers are malformed",
		.layers = {ETHERNET(), IPV6(), HOP_BY_HOP(), HOP_BY_HOP(), TCP(.destination = 22)},
		.expected = MALFORMED,
	},
	{
		.name = "an extension header that runs off the packet is malformed",
		.layers = {ETHERNET(), IPV6(), DESTINATION(.header = 4), TCP(.destination = 22)},
		.expected = MALFORMED,
	},
	{
		.name = "an extension header that runs into the padding is malformed",
		.layers = {ETHERNET(), IPV6(), DESTINATION(.header = 1, .next = 59),
			   PADDING(.size = 32)},
		.expected = MALFORMED,
	},
	{
		.name = "an extension header that runs off the packet by one byte is malformed",
		.layers = {ETHERNET(), IPV6(), DESTINATION(.header = 1, .next = 59),
			   PAYLOAD(.size = 7), PADDING(.size = 8)},
		.expected = MALFORMED,
	},
	{
		.name = "an extension header that ends the packet is fine",
		.layers = {ETHERNET(), IPV6(), DESTINATION(.header = 1, .next = 59),
			   PAYLOAD(.size = 8)},
		.expected = {REASON_DEFAULT_DENY},
	},
	{
		.name = "an extension header of 7 bytes is malformed",
		.layers = {ETHERNET(), IPV6(), DESTINATION(.next = 59, .size = 7)},
		.expected = MALFORMED,
	},
	{
		.name = "an authentication header that runs off the packet is malformed",
		.layers = {ETHERNET(), IPV6(), AH(.header = 6), TCP(.destination = 22)},
		.expected = MALFORMED,
	},
	{
		.name = "an extension header announced and missing is malformed",
		.layers = {ETHERNET(), IPV6(.next = 43)},
		.expected = MALFORMED,
	},
	{
		.name = "ports behind the end of the packet are not read from the padding",
		.layers = {ETHERNET(), IPV6(), DESTINATION(.next = 6), PADDING(.size = 40)},
		.expected = MALFORMED,
	},
	{
		.name = "a jumbo option makes the packet as long as the frame",
		.layers = {ETHERNET(), IPV6(.length = WRITE_ZERO), HOP_BY_HOP(.option = "c204"),
			   TCP(.destination = 22)},
		.expected = ALLOWED_TCP_22,
	},
	{
		.name = "a jumbo option is found behind others",
		.layers = {ETHERNET(), IPV6(.length = WRITE_ZERO),
			   HOP_BY_HOP(.options = 8, .option = "050200000100c204"),
			   TCP(.destination = 23)},
		.expected = {REASON_DEFAULT_DENY, COUNTS_TCP(23)},
	},
	{
		.name = "a jumbo option is found as the eighth",
		.layers = {ETHERNET(), IPV6(.length = WRITE_ZERO),
			   HOP_BY_HOP(.options = 8, .option = "00000000000000c204"),
			   TCP(.destination = 22)},
		.expected = ALLOWED_TCP_22,
	},
	{
		.name = "a jumbo option is not searched for behind the eighth",
		.layers = {ETHERNET(), IPV6(.length = WRITE_ZERO),
			   HOP_BY_HOP(.options = 8, .option = "0000000000000000c204"),
			   TCP(.destination = 22)},
		.expected = MALFORMED,
	},
	{
		.name = "a jumbo option in the content of another is none",
		.layers = {ETHERNET(), IPV6(.length = WRITE_ZERO), HOP_BY_HOP(.option = "0504c204"),
			   TCP(.destination = 22)},
		.expected = MALFORMED,
	},
	{
		.name = "a jumbo option in destination options is none",
		.layers = {ETHERNET(), IPV6(.length = WRITE_ZERO), DESTINATION(.option = "c204"),
			   TCP(.destination = 22)},
		.expected = MALFORMED,
	},
	{
		.name = "BIG TCP in IPv6 is judged by its port",
		.layers = {ETHERNET(), IPV6(.length = WRITE_ZERO), TCP(.destination = 22),
			   PAYLOAD(.size = 65516)},
		.expected = ALLOWED_TCP_22,
	},
	{
		.name = "a payload length of 0 with 65535 bytes is not BIG TCP",
		.layers = {ETHERNET(), IPV6(.length = WRITE_ZERO), TCP(.destination = 22),
			   PAYLOAD(.size = 65515)},
		.expected = MALFORMED,
	},
	{
		.name = "ESP ends the walk as protocol 50",
		.policy = "default deny\nallow proto 50\n",
		.layers = {ETHERNET(), IPV6(), DESTINATION(.next = 50), PAYLOAD(.size = 24)},
		.expected = {REASON_ALLOW},
	},
	{
		.name = "IPv6 in IPv6 ends the walk as protocol 41",
		.policy = "default allow\ndeny proto 41\n",
		.layers = {ETHERNET(), IPV6(), IPV6(), TCP(.destination = 22)},
		.expected = {REASON_DENY},
	},
	{
		.name = "an unknown header ends the walk",
		.layers = {ETHERNET(), IPV6(.next = 253), PAYLOAD(.size = 8)},
		.expected = {REASON_DEFAULT_DENY},
	},
};

CASE_TABLE(ipv6);
