/* SPDX-License-Identifier: GPL-2.0-only */
/* Step 1, and the link layer's part of step 2. */
#include "cases.h"

static const struct packet_case cases[] = {
	{
		.name = "an ARP frame is not IP",
		.layers = {ETHERNET(.next = 0x0806), PAYLOAD(.size = 28)},
		.expected = NOT_IP,
	},
	{
		.name = "an LLDP frame is not IP",
		.layers = {ETHERNET(.next = 0x88cc), PAYLOAD(.size = 46)},
		.expected = NOT_IP,
	},
	{
		.name = "a LACP frame is not IP",
		.layers = {ETHERNET(.next = 0x8809), PAYLOAD(.size = 110)},
		.expected = NOT_IP,
	},
	{
		.name = "a PTP frame is not IP",
		.layers = {ETHERNET(.next = 0x88f7), PAYLOAD(.size = 44)},
		.expected = NOT_IP,
	},
	{
		.name = "an 802.3 frame with a length in place of a type is not IP",
		.layers = {ETHERNET(.next = 38), PAYLOAD(.size = 46)},
		.expected = NOT_IP,
	},
	{
		.name = "an Ethernet header without a byte behind it is not IP",
		.layers = {ETHERNET(.next = 0x0806)},
		.expected = NOT_IP,
	},
	{
		.name = "an Ethernet header of 13 bytes is malformed",
		.layers = {ETHERNET(.next = 0x0806)},
		.cut = 1,
		.expected = MALFORMED,
	},
	{
		.name = "an empty frame is malformed",
		.layers = {ETHERNET()},
		.cut = 14,
		.expected = MALFORMED,
	},
	{
		.name = "the packet in a VLAN is judged by its port",
		.layers = {ETHERNET(), VLAN(), IPV4(), TCP(.destination = 22)},
		.expected = ALLOWED_TCP_22,
	},
	{
		.name = "the closed port in a VLAN stays closed",
		.layers = {ETHERNET(), VLAN(), IPV4(), TCP(.destination = 23)},
		.expected = {REASON_DEFAULT_DENY, COUNTS_TCP(23)},
	},
	{
		.name = "the IPv6 packet in a VLAN is judged by its port",
		.layers = {ETHERNET(), VLAN(), IPV6(), TCP(.destination = 22)},
		.expected = ALLOWED_TCP_22,
	},
	{
		.name = "the packet in an 802.1ad tag is judged by its port",
		.layers = {ETHERNET(), VLAN(.type = 0x88a8), IPV4(), TCP(.destination = 22)},
		.expected = ALLOWED_TCP_22,
	},
	{
		.name = "the packet in QinQ is judged by its port",
		.layers = {ETHERNET(), VLAN(.type = 0x88a8), VLAN(), IPV4(),
			   TCP(.destination = 22)},
		.expected = ALLOWED_TCP_22,
	},
	{
		.name = "the packet in two 802.1Q tags is judged by its port",
		.layers = {ETHERNET(), VLAN(), VLAN(), IPV6(), TCP(.destination = 23)},
		.expected = {REASON_DEFAULT_DENY, COUNTS_TCP(23)},
	},
	{
		.name = "ARP in a VLAN is not IP",
		.layers = {ETHERNET(), VLAN(.next = 0x0806), PAYLOAD(.size = 28)},
		.expected = NOT_IP,
	},
	{
		.name = "three tags are malformed",
		.layers = {ETHERNET(), VLAN(), VLAN(), VLAN(), IPV4(), TCP(.destination = 22)},
		.expected = MALFORMED,
	},
	{
		.name = "three tags are malformed whatever they carry",
		.layers = {ETHERNET(), VLAN(), VLAN(), VLAN(.next = 0x0806), PAYLOAD(.size = 28)},
		.expected = MALFORMED,
	},
	{
		.name = "the type of a third tag is malformed without the tag",
		.layers = {ETHERNET(), VLAN(), VLAN(.next = 0x8100)},
		.expected = MALFORMED,
	},
	{
		.name = "a tag of 3 bytes is malformed",
		.layers = {ETHERNET(), VLAN(.next = 0x0806)},
		.cut = 1,
		.expected = MALFORMED,
	},
	{
		.name = "a second tag of 3 bytes is malformed",
		.layers = {ETHERNET(), VLAN(), VLAN(.next = 0x0806)},
		.cut = 1,
		.expected = MALFORMED,
	},
	{
		.name = "a tag of type 0x9100 is not looked into",
		.layers = {ETHERNET(), VLAN(.type = 0x9100), IPV4(), TCP(.destination = 22)},
		.expected = NOT_IP,
	},
	{
		.name = "the packet in PPPoE is judged by its port",
		.layers = {ETHERNET(), PPPOE(), IPV4(), TCP(.destination = 22)},
		.expected = ALLOWED_TCP_22,
	},
	{
		.name = "the closed port in PPPoE stays closed",
		.layers = {ETHERNET(), PPPOE(), IPV4(), TCP(.destination = 23)},
		.expected = {REASON_DEFAULT_DENY, COUNTS_TCP(23)},
	},
	{
		.name = "the IPv6 packet in PPPoE in QinQ is judged by its port",
		.layers = {ETHERNET(), VLAN(.type = 0x88a8), VLAN(), PPPOE(), IPV6(),
			   TCP(.destination = 22)},
		.expected = ALLOWED_TCP_22,
	},
	{
		.name = "a PPP protocol field of one byte leads to the rules",
		.layers = {ETHERNET(), PPPOE(.compressed = true), IPV4(), TCP(.destination = 23)},
		.expected = {REASON_DEFAULT_DENY, COUNTS_TCP(23)},
	},
	{
		.name = "a PPP protocol field of one byte leads to the rules for IPv6",
		.layers = {ETHERNET(), PPPOE(.compressed = true), IPV6(), TCP(.destination = 22)},
		.expected = ALLOWED_TCP_22,
	},
	{
		.name = "LCP in PPPoE is not IP",
		.layers = {ETHERNET(), PPPOE(.next = 0xc021), PAYLOAD(.size = 8)},
		.expected = NOT_IP,
	},
	{
		.name = "PPPoE discovery is not IP",
		.layers = {ETHERNET(.next = 0x8863), PAYLOAD(.size = 46)},
		.expected = NOT_IP,
	},
	{
		.name = "a PPPoE header without its protocol is malformed",
		.layers = {ETHERNET(), PPPOE(.next = 0xc021)},
		.cut = 1,
		.expected = MALFORMED,
	},
	{
		.name = "IPv6 in PPPoE under the number of IPv4 is malformed",
		.layers = {ETHERNET(), PPPOE(.next = 0x21), IPV6(), TCP(.destination = 22)},
		.expected = MALFORMED,
	},
	{
		.name = "a raw IPv4 packet is judged by its port",
		.link = LINK_RAW_IP,
		.layers = {IPV4(), TCP(.destination = 22)},
		.expected = ALLOWED_TCP_22,
	},
	{
		.name = "a raw IPv6 packet is judged by its port",
		.link = LINK_RAW_IP,
		.layers = {IPV6(), UDP(.destination = 54)},
		.expected = {REASON_DEFAULT_DENY, COUNTS_UDP(54)},
	},
	{
		.name = "a raw packet of neither version is malformed",
		.link = LINK_RAW_IP,
		.layers = {IPV4(.version = 5), TCP(.destination = 22)},
		.expected = MALFORMED,
	},
	{
		.name = "an Ethernet frame on a raw link is malformed",
		.link = LINK_RAW_IP,
		.layers = {ETHERNET(), IPV4(), TCP(.destination = 22)},
		.expected = MALFORMED,
	},
	{
		.name = "an empty packet on a raw link is malformed",
		.link = LINK_RAW_IP,
		.layers = {PAYLOAD(.size = 1)},
		.cut = 1,
		.expected = MALFORMED,
	},
};

CASE_TABLE(link);
