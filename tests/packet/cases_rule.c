/* SPDX-License-Identifier: GPL-2.0-only */
/* Steps 7 and 10. */
#include "cases.h"

#define ON_NIC "default deny\nallow tcp 22 on eth1\nallow tcp 80\ndeny tcp 80 on eth0\n"

static const struct packet_case cases[] = {
	{
		.name = "a rule allows under default deny",
		.policy = "default deny\nallow tcp 22\n",
		.layers = {ETHERNET(), IPV4(), TCP(.destination = 22)},
		.expected = ALLOWED_TCP_22,
	},
	{
		.name = "a rule denies under default allow",
		.policy = "default allow\ndeny tcp 22\n",
		.layers = {ETHERNET(), IPV6(), TCP(.destination = 22)},
		.expected = {REASON_DENY, COUNTS_TCP(22)},
	},
	{
		.name = "without a rule the default allows",
		.policy = "default allow\ndeny tcp 22\n",
		.layers = {ETHERNET(), IPV4(), TCP(.destination = 23)},
		.expected = {REASON_DEFAULT_ALLOW, COUNTS_TCP(23)},
	},
	{
		.name = "without a rule the default denies",
		.policy = "default deny\nallow tcp 22\n",
		.layers = {ETHERNET(), IPV4(), TCP(.destination = 21)},
		.expected = {REASON_DEFAULT_DENY, COUNTS_TCP(21)},
	},
	{
		.name = "the empty policy allows",
		.policy = "",
		.layers = {ETHERNET(), IPV4(), UDP(.destination = 1)},
		.expected = {REASON_DEFAULT_ALLOW, COUNTS_UDP(1)},
	},
	{
		.name = "a rule that allows is the reason under default allow too",
		.policy = "allow udp 53\n",
		.layers = {ETHERNET(), IPV4(), UDP(.destination = 53)},
		.expected = {REASON_ALLOW, COUNTS_UDP(53)},
	},
	{
		.name = "a rule that denies is the reason under default deny too",
		.policy = "default deny\ndeny udp 53\n",
		.layers = {ETHERNET(), IPV4(), UDP(.destination = 53)},
		.expected = {REASON_DENY, COUNTS_UDP(53)},
	},
	{
		.name = "the source port opens nothing",
		.layers = {ETHERNET(), IPV4(), TCP(.source = 22, .destination = 1022)},
		.expected = {REASON_DEFAULT_DENY, COUNTS_TCP(1022)},
	},
	{
		.name = "a rule for TCP says nothing of UDP",
		.layers = {ETHERNET(), IPV4(), UDP(.destination = 22)},
		.expected = {REASON_DEFAULT_DENY, COUNTS_UDP(22)},
	},
	{
		.name = "a rule for TCP says nothing of SCTP",
		.layers = {ETHERNET(), IPV4(), SCTP(.destination = 22)},
		.expected = {REASON_DEFAULT_DENY},
	},
	{
		.name = "port 0 can be named",
		.policy = "default allow\ndeny tcp 0\n",
		.layers = {ETHERNET(), IPV4(), TCP(.destination = 0)},
		.expected = {REASON_DENY, COUNTS_TCP(0)},
	},
	{
		.name = "port 1 is not port 0",
		.policy = "default allow\ndeny tcp 0\n",
		.layers = {ETHERNET(), IPV4(), TCP(.destination = 1)},
		.expected = {REASON_DEFAULT_ALLOW, COUNTS_TCP(1)},
	},
	{
		.name = "port 65535 can be named",
		.policy = "default deny\nallow udp 65535\n",
		.layers = {ETHERNET(), IPV6(), UDP(.destination = 65535)},
		.expected = {REASON_ALLOW, COUNTS_UDP(65535)},
	},
	{
		.name = "port 65534 is not port 65535",
		.policy = "default deny\nallow udp 65535\n",
		.layers = {ETHERNET(), IPV6(), UDP(.destination = 65534)},
		.expected = {REASON_DEFAULT_DENY, COUNTS_UDP(65534)},
	},
	{
		.name = "the port below a range is outside",
		.policy = "deny tcp 8000-8100\n",
		.layers = {ETHERNET(), IPV4(), TCP(.destination = 7999)},
		.expected = {REASON_DEFAULT_ALLOW, COUNTS_TCP(7999)},
	},
	{
		.name = "the first port of a range is inside",
		.policy = "deny tcp 8000-8100\n",
		.layers = {ETHERNET(), IPV4(), TCP(.destination = 8000)},
		.expected = {REASON_DENY, COUNTS_TCP(8000)},
	},
	{
		.name = "the last port of a range is inside",
		.policy = "deny tcp 8000-8100\n",
		.layers = {ETHERNET(), IPV4(), TCP(.destination = 8100)},
		.expected = {REASON_DENY, COUNTS_TCP(8100)},
	},
	{
		.name = "the port above a range is outside",
		.policy = "deny tcp 8000-8100\n",
		.layers = {ETHERNET(), IPV4(), TCP(.destination = 8101)},
		.expected = {REASON_DEFAULT_ALLOW, COUNTS_TCP(8101)},
	},
	{
		.name = "a rule on a NIC holds there",
		.policy = ON_NIC,
		.nic = 1,
		.layers = {ETHERNET(), IPV4(), TCP(.destination = 22)},
		.expected = ALLOWED_TCP_22,
	},
	{
		.name = "a rule on a NIC holds nowhere else",
		.policy = ON_NIC,
		.layers = {ETHERNET(), IPV4(), TCP(.destination = 22)},
		.expected = {REASON_DEFAULT_DENY, COUNTS_TCP(22)},
	},
	{
		.name = "a rule on this NIC beats one for all",
		.policy = ON_NIC,
		.layers = {ETHERNET(), IPV4(), TCP(.destination = 80)},
		.expected = {REASON_DENY, COUNTS_TCP(80)},
	},
	{
		.name = "a rule for all NICs holds beside one on another NIC",
		.policy = ON_NIC,
		.nic = 1,
		.layers = {ETHERNET(), IPV4(), TCP(.destination = 80)},
		.expected = {REASON_ALLOW, COUNTS_TCP(80)},
	},
	{
		.name = "a rule on a NIC holds on its raw link",
		.policy = ON_NIC,
		.link = LINK_RAW_IP,
		.nic = 1,
		.layers = {IPV6(), TCP(.destination = 22)},
		.expected = ALLOWED_TCP_22,
	},
	{
		.name = "a protocol is allowed by its number",
		.policy = "default deny\nallow proto 47\n",
		.layers = {ETHERNET(), IPV4(.next = 47), PAYLOAD(.size = 4)},
		.expected = {REASON_ALLOW},
	},
	{
		.name = "a protocol is denied by its number",
		.policy = "deny proto 47\n",
		.layers = {ETHERNET(), IPV6(.next = 47), PAYLOAD(.size = 4)},
		.expected = {REASON_DENY},
	},
	{
		.name = "ESP is denied by its name",
		.policy = "deny proto esp\n",
		.layers = {ETHERNET(), IPV4(.next = 50), PAYLOAD(.size = 24)},
		.expected = {REASON_DENY},
	},
	{
		.name = "AH in IPv4 is protocol 51",
		.policy = "default deny\nallow proto 51\n",
		.layers = {ETHERNET(), IPV4(), AH(.options = 16), TCP(.destination = 23)},
		.expected = {REASON_ALLOW},
	},
	{
		.name = "AH in IPv4 does not open the port behind it",
		.layers = {ETHERNET(), IPV4(), AH(.options = 16), TCP(.destination = 22)},
		.expected = {REASON_DEFAULT_DENY},
	},
	{
		.name = "a rule for AH says nothing of AH in IPv6",
		.policy = "default allow\ndeny proto 51\n",
		.layers = {ETHERNET(), IPV6(), AH(.options = 16), TCP(.destination = 23)},
		.expected = {REASON_DEFAULT_ALLOW, COUNTS_TCP(23)},
	},
	{
		.name = "the number of an extension header in IPv4 is a protocol",
		.policy = "default deny\nallow proto 43\n",
		.layers = {ETHERNET(), IPV4(.next = 43), PAYLOAD(.size = 2)},
		.expected = {REASON_ALLOW},
	},
	{
		.name = "a protocol without a rule gets the default",
		.policy = "default allow\ndeny proto 47\n",
		.layers = {ETHERNET(), IPV4(.next = 255), PAYLOAD(.size = 4)},
		.expected = {REASON_DEFAULT_ALLOW},
	},
	{
		.name = "a protocol is denied on one NIC only",
		.policy = "deny proto 47 on eth1\n",
		.layers = {ETHERNET(), IPV4(.next = 47), PAYLOAD(.size = 4)},
		.expected = {REASON_DEFAULT_ALLOW},
	},
	{
		.name = "a protocol is denied on the NIC that the rule names",
		.policy = "deny proto 47 on eth1\n",
		.nic = 1,
		.layers = {ETHERNET(), IPV4(.next = 47), PAYLOAD(.size = 4)},
		.expected = {REASON_DENY},
	},
};

CASE_TABLE(rule);
