/* SPDX-License-Identifier: GPL-2.0-only */
/* Step 6, and fragments in step 2. */
#include "cases.h"

#define DENY_ALL "default deny\ndeny tcp all\ndeny udp all\n"

static const struct packet_case cases[] = {
	{
		.name = "the first fragment in IPv4 is judged by its port",
		.layers = {ETHERNET(), IPV4(.more = true), UDP(.destination = 54, .length = 3000),
			   PAYLOAD(.size = 1472)},
		.expected = {REASON_DEFAULT_DENY, COUNTS_UDP(54)},
	},
	{
		.name = "the first fragment in IPv4 to an open port is allowed",
		.layers = {ETHERNET(), IPV4(.more = true), UDP(.destination = 53, .length = 3000),
			   PAYLOAD(.size = 1472)},
		.expected = {REASON_ALLOW, COUNTS_UDP(53)},
	},
	{
		.name = "a later fragment in IPv4 passes whatever it holds",
		.policy = DENY_ALL,
		.layers = {ETHERNET(), IPV4(.offset = 185, .next = 17), PAYLOAD(.size = 1480)},
		.expected = {REASON_FRAGMENT},
	},
	{
		.name = "a middle fragment in IPv4 passes",
		.policy = DENY_ALL,
		.layers = {ETHERNET(), IPV4(.offset = 185, .more = true, .next = 6),
			   PAYLOAD(.size = 1480)},
		.expected = {REASON_FRAGMENT},
	},
	{
		.name = "a later fragment of one byte passes",
		.layers = {ETHERNET(), IPV4(.offset = 8191, .next = 6), PAYLOAD(.size = 1)},
		.expected = {REASON_FRAGMENT},
	},
	{
		.name = "a later fragment with a lying total length is malformed",
		.layers = {ETHERNET(), IPV4(.offset = 185, .next = 17, .length = 29),
			   PAYLOAD(.size = 8)},
		.expected = MALFORMED,
	},
	{
		.name = "a TCP fragment at offset 1 in IPv4 is malformed",
		.layers = {ETHERNET(), IPV4(.offset = 1, .next = 6), PAYLOAD(.size = 16)},
		.expected = MALFORMED,
	},
	{
		.name = "a TCP fragment at offset 2 in IPv4 passes",
		.layers = {ETHERNET(), IPV4(.offset = 2, .next = 6), PAYLOAD(.size = 16)},
		.expected = {REASON_FRAGMENT},
	},
	{
		.name = "a UDP fragment at offset 1 in IPv4 passes",
		.layers = {ETHERNET(), IPV4(.offset = 1, .next = 17), PAYLOAD(.size = 16)},
		.expected = {REASON_FRAGMENT},
	},
	{
		.name = "a first TCP fragment without its flags is malformed",
		.layers = {ETHERNET(), IPV4(.more = true), TCP(.destination = 22, .size = 13)},
		.expected = MALFORMED,
	},
	{
		.name = "a first TCP fragment without its flags is malformed before padding",
		.layers = {ETHERNET(), IPV4(.more = true), TCP(.destination = 22, .size = 13),
			   PADDING(.size = 13)},
		.expected = MALFORMED,
	},
	{
		.name = "a first TCP fragment with its flags is judged",
		.layers = {ETHERNET(), IPV4(.more = true), TCP(.destination = 22, .size = 14)},
		.expected = ALLOWED_TCP_22,
	},
	{
		.name = "a first TCP fragment may hold a part of its options",
		.layers = {ETHERNET(), IPV4(.more = true),
			   TCP(.destination = 22, .options = 40, .size = 24)},
		.expected = ALLOWED_TCP_22,
	},
	{
		.name = "a first TCP fragment with data offset 4 is malformed",
		.layers = {ETHERNET(), IPV4(.more = true), TCP(.destination = 22, .header = 4)},
		.expected = MALFORMED,
	},
	{
		.name = "a first UDP fragment of 7 bytes is malformed",
		.layers = {ETHERNET(), IPV4(.more = true), UDP(.destination = 53, .size = 7)},
		.expected = MALFORMED,
	},
	{
		.name = "a first UDP fragment of 7 bytes is malformed before padding",
		.layers = {ETHERNET(), IPV4(.more = true),
			   UDP(.destination = 53, .length = 3000, .size = 7), PADDING(.size = 19)},
		.expected = MALFORMED,
	},
	{
		.name = "a first UDP fragment with length 7 is malformed",
		.layers = {ETHERNET(), IPV4(.more = true), UDP(.destination = 53, .length = 7)},
		.expected = MALFORMED,
	},
	{
		.name = "a first fragment of an ICMP echo is judged",
		.policy = "deny icmp\n",
		.layers = {ETHERNET(), IPV4(.more = true), ICMP(.type = 8), PAYLOAD(.size = 1472)},
		.expected = {REASON_DENY},
	},
	{
		.name = "a later fragment of an ICMP echo passes",
		.policy = "deny icmp\n",
		.layers = {ETHERNET(), IPV4(.offset = 185, .next = 1), PAYLOAD(.size = 100)},
		.expected = {REASON_FRAGMENT},
	},
	{
		.name = "the first fragment in IPv6 is judged by its port",
		.layers = {ETHERNET(), IPV6(), FRAGMENT(.more = true),
			   UDP(.destination = 54, .length = 3000), PAYLOAD(.size = 1440)},
		.expected = {REASON_DEFAULT_DENY, COUNTS_UDP(54)},
	},
	{
		.name = "a later fragment in IPv6 passes whatever it holds",
		.policy = DENY_ALL,
		.layers = {ETHERNET(), IPV6(), FRAGMENT(.offset = 181, .next = 17),
			   PAYLOAD(.size = 1440)},
		.expected = {REASON_FRAGMENT},
	},
	{
		.name = "a later fragment in IPv6 ends the walk",
		.layers = {ETHERNET(), IPV6(), FRAGMENT(.offset = 181, .next = 0),
			   PAYLOAD(.size = 3)},
		.expected = {REASON_FRAGMENT},
	},
	{
		.name = "a later fragment behind other headers passes",
		.layers = {ETHERNET(), IPV6(), HOP_BY_HOP(), ROUTING(),
			   FRAGMENT(.offset = 2, .more = true, .next = 6), PAYLOAD(.size = 8)},
		.expected = {REASON_FRAGMENT},
	},
	{
		.name = "a TCP fragment at offset 1 in IPv6 is malformed",
		.layers = {ETHERNET(), IPV6(), FRAGMENT(.offset = 1, .next = 6),
			   PAYLOAD(.size = 16)},
		.expected = MALFORMED,
	},
	{
		.name = "a UDP fragment at offset 1 in IPv6 passes",
		.layers = {ETHERNET(), IPV6(), FRAGMENT(.offset = 1, .next = 17),
			   PAYLOAD(.size = 16)},
		.expected = {REASON_FRAGMENT},
	},
	{
		.name = "a first TCP fragment in IPv6 without its flags is malformed",
		.layers = {ETHERNET(), IPV6(), FRAGMENT(.more = true),
			   TCP(.destination = 22, .size = 13)},
		.expected = MALFORMED,
	},
	{
		.name = "a first TCP fragment in IPv6 with its flags is judged",
		.layers = {ETHERNET(), IPV6(), FRAGMENT(.more = true),
			   TCP(.destination = 22, .size = 14)},
		.expected = ALLOWED_TCP_22,
	},
	{
		.name = "a fragment header of 7 bytes is malformed",
		.layers = {ETHERNET(), IPV6(), FRAGMENT(.next = 59, .size = 7)},
		.expected = MALFORMED,
	},
	{
		.name = "a fragment header without fragments leaves a whole packet",
		.layers = {ETHERNET(), IPV6(), FRAGMENT(), UDP(.destination = 53, .length = 3000)},
		.expected = MALFORMED,
	},
	{
		.name = "the first of two fragment headers makes a first fragment",
		.layers = {ETHERNET(), IPV6(), FRAGMENT(.more = true), FRAGMENT(),
			   UDP(.destination = 53, .length = 3000)},
		.expected = {REASON_ALLOW, COUNTS_UDP(53)},
	},
	{
		.name = "the second of two fragment headers makes a later fragment",
		.layers = {ETHERNET(), IPV6(), FRAGMENT(.more = true),
			   FRAGMENT(.offset = 9, .next = 17), PAYLOAD(.size = 8)},
		.expected = {REASON_FRAGMENT},
	},
	{
		.name = "a fragment header as the ninth is malformed",
		.layers = {ETHERNET(), IPV6(), DESTINATION(), DESTINATION(), DESTINATION(),
			   DESTINATION(), DESTINATION(), DESTINATION(), DESTINATION(),
			   DESTINATION(), FRAGMENT(.offset = 9, .next = 17), PAYLOAD(.size = 8)},
		.expected = MALFORMED,
	},
	{
		.name = "a fragment header as the eighth makes a later fragment",
		.layers = {ETHERNET(), IPV6(), DESTINATION(), DESTINATION(), DESTINATION(),
			   DESTINATION(), DESTINATION(), DESTINATION(), DESTINATION(),
			   FRAGMENT(.offset = 9, .next = 17), PAYLOAD(.size = 8)},
		.expected = {REASON_FRAGMENT},
	},
	{
		.name = "a first fragment of neighbour discovery passes",
		.policy = "default deny\ndeny icmp6\n",
		.layers = {ETHERNET(), IPV6(), FRAGMENT(.more = true), ICMP6(.type = 135),
			   PAYLOAD(.size = 24)},
		.expected = {REASON_ICMP},
	},
};

CASE_TABLE(fragment);
