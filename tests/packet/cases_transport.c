/* SPDX-License-Identifier: GPL-2.0-only */
/* Step 2: what follows the IP headers. */
#include "cases.h"

static const struct packet_case cases[] = {
	{
		.name = "a TCP header of 13 bytes is malformed",
		.layers = {ETHERNET(), IPV4(), TCP(.destination = 22, .size = 13)},
		.expected = MALFORMED,
	},
	{
		.name = "a TCP header of 14 bytes in a whole packet is malformed",
		.layers = {ETHERNET(), IPV4(), TCP(.destination = 22, .size = 14)},
		.expected = MALFORMED,
	},
	{
		.name = "a TCP header of 19 bytes in a whole packet is malformed",
		.layers = {ETHERNET(), IPV4(), TCP(.destination = 22, .size = 19)},
		.expected = MALFORMED,
	},
	{
		.name = "a TCP header of 13 bytes is malformed although padding follows",
		.layers = {ETHERNET(), IPV4(), TCP(.destination = 22, .size = 13),
			   PADDING(.size = 26)},
		.expected = MALFORMED,
	},
	{
		.name = "a TCP data offset of 4 is malformed",
		.layers = {ETHERNET(), IPV4(), TCP(.destination = 22, .header = 4)},
		.expected = MALFORMED,
	},
	{
		.name = "a TCP data offset of 0 is malformed",
		.layers = {ETHERNET(), IPV6(), TCP(.destination = 22, .header = WRITE_ZERO)},
		.expected = MALFORMED,
	},
	{
		.name = "TCP options up to the end of the packet are fine",
		.layers = {ETHERNET(), IPV6(), TCP(.destination = 22, .options = 40)},
		.expected = ALLOWED_TCP_22,
	},
	{
		.name = "TCP options that run past the packet are malformed",
		.layers = {ETHERNET(), IPV4(), TCP(.destination = 22, .options = 40, .size = 59)},
		.expected = MALFORMED,
	},
	{
		.name = "TCP options that run into the padding are malformed",
		.layers = {ETHERNET(), IPV6(), TCP(.destination = 22, .header = 6),
			   PADDING(.size = 20)},
		.expected = MALFORMED,
	},
	{
		.name = "a UDP header of 7 bytes is malformed",
		.layers = {ETHERNET(), IPV4(), UDP(.destination = 53, .size = 7)},
		.expected = MALFORMED,
	},
	{
		.name = "a UDP header alone is judged",
		.layers = {ETHERNET(), IPV4(), UDP(.destination = 53)},
		.expected = {REASON_ALLOW, COUNTS_UDP(53)},
	},
	{
		.name = "a UDP length of 7 is malformed",
		.layers = {ETHERNET(), IPV4(), UDP(.destination = 53, .length = 7),
			   PAYLOAD(.size = 8)},
		.expected = MALFORMED,
	},
	{
		.name = "a UDP length of 8 with more in the packet is fine",
		.layers = {ETHERNET(), IPV4(), UDP(.destination = 53, .length = 8),
			   PAYLOAD(.size = 8)},
		.expected = {REASON_ALLOW, COUNTS_UDP(53)},
	},
	{
		.name = "a UDP length of 0 is malformed",
		.layers = {ETHERNET(), IPV6(), UDP(.destination = 53, .length = WRITE_ZERO),
			   PAYLOAD(.size = 8)},
		.expected = MALFORMED,
	},
	{
		.name = "a UDP length one above the packet is malformed",
		.layers = {ETHERNET(), IPV4(), UDP(.destination = 53, .length = 17),
			   PAYLOAD(.size = 8)},
		.expected = MALFORMED,
	},
	{
		.name = "a UDP length that reaches into the padding is malformed",
		.layers = {ETHERNET(), IPV6(), UDP(.destination = 53, .length = 17),
			   PAYLOAD(.size = 8), PADDING(.size = 20)},
		.expected = MALFORMED,
	},
	{
		.name = "a UDP jumbogram with length 0 is judged by its port",
		.layers = {ETHERNET(), IPV6(.length = WRITE_ZERO), HOP_BY_HOP(.option = "c204"),
			   UDP(.destination = 53, .length = WRITE_ZERO), PAYLOAD(.size = 65528)},
		.expected = {REASON_ALLOW, COUNTS_UDP(53)},
	},
	{
		.name = "an SCTP packet to an open port is allowed",
		.layers = {ETHERNET(), IPV4(), SCTP(.destination = 9)},
		.expected = {REASON_ALLOW},
	},
	{
		.name = "an SCTP packet to a closed port in IPv6 is dropped",
		.layers = {ETHERNET(), IPV6(), SCTP(.destination = 10)},
		.expected = {REASON_DEFAULT_DENY},
	},
	{
		.name = "four bytes of SCTP hold the ports",
		.layers = {ETHERNET(), IPV4(), SCTP(.destination = 9, .size = 4)},
		.expected = {REASON_ALLOW},
	},
	{
		.name = "three bytes of SCTP are malformed",
		.layers = {ETHERNET(), IPV4(), SCTP(.destination = 9, .size = 3)},
		.expected = MALFORMED,
	},
	{
		.name = "ICMP of one byte has a type",
		.layers = {ETHERNET(), IPV4(), ICMP(.type = 8, .size = 1)},
		.expected = {REASON_ICMP},
	},
	{
		.name = "ICMP without a byte is malformed",
		.layers = {ETHERNET(), IPV4(.next = 1)},
		.expected = MALFORMED,
	},
	{
		.name = "ICMP without a byte is malformed although padding follows",
		.layers = {ETHERNET(), IPV4(.next = 1), PADDING(.size = 26)},
		.expected = MALFORMED,
	},
	{
		.name = "ICMPv6 of one byte has a type",
		.layers = {ETHERNET(), IPV6(), ICMP6(.type = 128, .size = 1)},
		.expected = {REASON_ICMP},
	},
	{
		.name = "ICMPv6 without a byte is malformed",
		.layers = {ETHERNET(), IPV6(.next = 58)},
		.expected = MALFORMED,
	},
	{
		.name = "IGMP without a byte is a packet",
		.layers = {ETHERNET(), IPV4(.next = 2)},
		.expected = {REASON_ICMP},
	},
	{
		.name = "ICMP without a byte in IPv6 is some protocol",
		.layers = {ETHERNET(), IPV6(.next = 1)},
		.expected = {REASON_DEFAULT_DENY},
	},
	{
		.name = "UDP-Lite is some protocol",
		.layers = {ETHERNET(), IPV4(.next = 136), PAYLOAD(.size = 3)},
		.expected = {REASON_DEFAULT_DENY},
	},
};

CASE_TABLE(transport);
