/* SPDX-License-Identifier: GPL-2.0-only */
/* Step 2: the IPv4 header. */
#include "cases.h"

static const struct packet_case cases[] = {
	{
		.name = "an IPv4 packet to an open port is allowed",
		.layers = {ETHERNET(), IPV4(), TCP(.destination = 22)},
		.expected = ALLOWED_TCP_22,
	},
	{
		.name = "padding behind an IPv4 packet is fine",
		.layers = {ETHERNET(), IPV4(), UDP(.destination = 53), PADDING(.size = 18)},
		.expected = {REASON_ALLOW, COUNTS_UDP(53)},
	},
	{
		.name = "an IPv4 type with version 6 is malformed",
		.layers = {ETHERNET(), IPV4(.version = 6), TCP(.destination = 22)},
		.expected = MALFORMED,
	},
	{
		.name = "an IPv4 type with version 0 is malformed",
		.layers = {ETHERNET(), IPV4(.version = WRITE_ZERO), TCP(.destination = 22)},
		.expected = MALFORMED,
	},
	{
		.name = "an IPv6 packet under the type of IPv4 is malformed",
		.layers = {ETHERNET(.next = 0x0800), IPV6(), TCP(.destination = 22)},
		.expected = MALFORMED,
	},
	{
		.name = "an IPv4 header of 19 bytes is malformed",
		.layers = {ETHERNET(), IPV4(.next = 47)},
		.cut = 1,
		.expected = MALFORMED,
	},
	{
		.name = "an IPv4 header alone is a packet",
		.layers = {ETHERNET(), IPV4(.next = 47)},
		.expected = {REASON_DEFAULT_DENY},
	},
	{
		.name = "an IPv4 type with nothing behind it is malformed",
		.layers = {ETHERNET(.next = 0x0800)},
		.expected = MALFORMED,
	},
	{
		.name = "an IPv4 header length of 4 words is malformed",
		.layers = {ETHERNET(), IPV4(.header = 4, .next = 47), PAYLOAD(.size = 20)},
		.expected = MALFORMED,
	},
	{
		.name = "an IPv4 header length of 0 is malformed",
		.layers = {ETHERNET(), IPV4(.header = WRITE_ZERO, .next = 47), PAYLOAD(.size = 20)},
		.expected = MALFORMED,
	},
	{
		.name = "the port behind 4 bytes of IPv4 options is judged",
		.layers = {ETHERNET(), IPV4(.options = 4), TCP(.destination = 22)},
		.expected = ALLOWED_TCP_22,
	},
	{
		.name = "the port behind 40 bytes of IPv4 options is judged",
		.layers = {ETHERNET(), IPV4(.options = 40), TCP(.destination = 23)},
		.expected = {REASON_DEFAULT_DENY, COUNTS_TCP(23)},
	},
	{
		.name = "options that look like an open port do not open one",
		.layers = {ETHERNET(), IPV4(.options = 20, .option = "00160016001600160016"),
			   TCP(.destination = 23)},
		.expected = {REASON_DEFAULT_DENY, COUNTS_TCP(23)},
	},
	{
		.name = "IPv4 options beyond the total length are malformed",
		.layers = {ETHERNET(), IPV4(.header = 15, .next = 47), PAYLOAD(.size = 39)},
		.expected = MALFORMED,
	},
	{
		.name = "IPv4 options up to the total length are fine",
		.layers = {ETHERNET(), IPV4(.header = 15, .next = 47), PAYLOAD(.size = 40)},
		.expected = {REASON_DEFAULT_DENY},
	},
	{
		.name = "an IPv4 total length of 19 is malformed",
		.layers = {ETHERNET(), IPV4(.length = 19, .next = 47), PAYLOAD(.size = 20)},
		.expected = MALFORMED,
	},
	{
		.name = "an IPv4 total length of 20 is a packet",
		.layers = {ETHERNET(), IPV4(.length = 20, .next = 47), PAYLOAD(.size = 20)},
		.expected = {REASON_DEFAULT_DENY},
	},
	{
		.name = "an IPv4 total length of 0 in a short frame is malformed",
		.layers = {ETHERNET(), IPV4(.length = WRITE_ZERO), TCP(.destination = 22)},
		.expected = MALFORMED,
	},
	{
		.name = "an IPv4 total length one above the frame is malformed",
		.layers = {ETHERNET(), IPV4(.length = 41), TCP(.destination = 22)},
		.expected = MALFORMED,
	},
	{
		.name = "an IPv4 total length of 65535 in a short frame is malformed",
		.layers = {ETHERNET(), IPV4(.length = 65535), TCP(.destination = 22)},
		.expected = MALFORMED,
	},
	{
		.name = "an IPv4 total length is compared with what the tags leave",
		.layers = {ETHERNET(), VLAN(), IPV4(.length = 42), TCP(.destination = 22)},
		.expected = MALFORMED,
	},
	{
		.name = "BIG TCP in IPv4 is judged by its port",
		.layers = {ETHERNET(), IPV4(.length = WRITE_ZERO), TCP(.destination = 22),
			   PAYLOAD(.size = 65496)},
		.expected = ALLOWED_TCP_22,
	},
	{
		.name = "a total length of 0 with 65535 bytes is not BIG TCP",
		.layers = {ETHERNET(), IPV4(.length = WRITE_ZERO), TCP(.destination = 22),
			   PAYLOAD(.size = 65495)},
		.expected = MALFORMED,
	},
	{
		.name = "an IPv4 packet of 65535 bytes is judged by its port",
		.layers = {ETHERNET(), IPV4(), TCP(.destination = 22), PAYLOAD(.size = 65495)},
		.expected = ALLOWED_TCP_22,
	},
	{
		.name = "the reserved flag of IPv4 changes nothing",
		.layers = {ETHERNET(), IPV4(.offset = 0x8000), TCP(.destination = 22)},
		.expected = ALLOWED_TCP_22,
	},
	{
		.name = "the flag that forbids fragments changes nothing",
		.layers = {ETHERNET(), IPV4(.offset = 0x4000), TCP(.destination = 22)},
		.expected = ALLOWED_TCP_22,
	},
};

CASE_TABLE(ipv4);
