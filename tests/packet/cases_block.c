/* SPDX-License-Identifier: GPL-2.0-only */
/* Step 4. */
#include "cases.h"

#define OPEN "default allow\nallow tcp 22\n"

#define BLOCK_4(sentence, source, reason, ...)                                        \
	{                                                                             \
		.name = sentence, .policy = OPEN, .blocked = {__VA_ARGS__},           \
		.layers = {ETHERNET(), IPV4(.from = source), TCP(.destination = 22)}, \
		.expected = {reason, COUNTS_TCP(22)},                                 \
	}
#define BLOCK_6(sentence, source, reason, ...)                                        \
	{                                                                             \
		.name = sentence, .policy = OPEN, .blocked = {__VA_ARGS__},           \
		.layers = {ETHERNET(), IPV6(.from = source), TCP(.destination = 22)}, \
		.expected = {reason, COUNTS_TCP(22)},                                 \
	}

static const struct packet_case cases[] = {
	BLOCK_4("a blocked IPv4 address is stopped before an open port", "192.0.2.1",
		REASON_BLOCKED, {"192.0.2.1"}),
	BLOCK_4("the address before a blocked one is another", "192.0.2.0", REASON_ALLOW,
		{"192.0.2.1"}),
	BLOCK_4("the address behind a blocked one is another", "192.0.2.2", REASON_ALLOW,
		{"192.0.2.1"}),
	BLOCK_4("an address in a blocked IPv4 prefix is stopped", "192.0.2.1", REASON_BLOCKED,
		{"192.0.0.0/16"}),
	BLOCK_4("the first address of a blocked prefix is stopped", "192.0.0.0", REASON_BLOCKED,
		{"192.0.0.0/16"}),
	BLOCK_4("the last address of a blocked prefix is stopped", "192.0.255.255", REASON_BLOCKED,
		{"192.0.0.0/16"}),
	BLOCK_4("the address before a blocked prefix passes", "191.255.255.255", REASON_ALLOW,
		{"192.0.0.0/16"}),
	BLOCK_4("the address behind a blocked prefix passes", "192.1.0.0", REASON_ALLOW,
		{"192.0.0.0/16"}),
	BLOCK_4("all of IPv4 can be blocked", "203.0.113.9", REASON_BLOCKED, {"0.0.0.0/0"}),
	BLOCK_6("all of IPv4 is no IPv6", "2001:db8::1", REASON_ALLOW, {"0.0.0.0/0"}),
	BLOCK_6("a blocked IPv6 address is stopped", "2001:db8::1", REASON_BLOCKED,
		{"2001:db8::1"}),
	BLOCK_6("the IPv6 address behind a blocked one is another", "2001:db8::2", REASON_ALLOW,
		{"2001:db8::1"}),
	BLOCK_6("an address in a blocked IPv6 prefix is stopped",
		"2001:db8:ffff:ffff:ffff:ffff:ffff:ffff", REASON_BLOCKED, {"2001:db8::/32"}),
	BLOCK_6("the address behind a blocked IPv6 prefix passes", "2001:db9::", REASON_ALLOW,
		{"2001:db8::/32"}),
	BLOCK_6("a blocked prefix longer than 64 bits is told apart", "2001:db8::1:0:0:0",
		REASON_ALLOW, {"2001:db8::/80"}),
	BLOCK_6("all of IPv6 can be blocked", "fe80::1", REASON_BLOCKED, {"::/0"}),
	BLOCK_4("all of IPv6 is no IPv4", "192.0.2.1", REASON_ALLOW, {"::/0"}),
	BLOCK_6("an IPv4 address in the form of IPv6 is not the blocked IPv4 address",
		"::ffff:0:192.0.2.1", REASON_ALLOW, {"192.0.2.1"}),
	BLOCK_4("a block that runs holds", "192.0.2.1", REASON_BLOCKED, {"192.0.2.1", CASE_FUTURE}),
	BLOCK_4("an expired block is none", "192.0.2.1", REASON_ALLOW, {"192.0.2.1", CASE_PAST}),
	BLOCK_6("an expired block of IPv6 is none", "2001:db8::1", REASON_ALLOW,
		{"2001:db8::1", CASE_PAST}),
	BLOCK_4("an expired prefix is no block", "192.0.2.1", REASON_ALLOW,
		{"192.0.0.0/16", CASE_PAST}),
	BLOCK_4("behind an expired address the prefix around it holds", "192.0.2.1", REASON_BLOCKED,
		{"192.0.2.1", CASE_PAST}, {"192.0.0.0/16"}),
	BLOCK_4("behind an expired prefix the one around it holds", "192.0.2.1", REASON_BLOCKED,
		{"192.0.2.0/24", CASE_PAST}, {"192.0.0.0/16", CASE_PAST}, {"192.0.0.0/8"}),
	BLOCK_6("behind an expired IPv6 prefix the one around it holds", "2001:db8::1",
		REASON_BLOCKED, {"2001:db8::/64", CASE_PAST}, {"2000::/3", CASE_FUTURE}),
	BLOCK_4("behind an expired prefix all of IPv4 holds", "192.0.2.1", REASON_BLOCKED,
		{"192.0.2.0/24", CASE_PAST}, {"0.0.0.0/0"}),
	BLOCK_4("behind two expired prefixes there may be nothing", "192.0.2.1", REASON_ALLOW,
		{"192.0.2.0/24", CASE_PAST}, {"0.0.0.0/0", CASE_PAST}),
	{
		.name = "a first fragment of a blocked source is stopped",
		.blocked = {{"192.0.2.1"}},
		.layers = {ETHERNET(), IPV4(.more = true), UDP(.destination = 53, .length = 3000),
			   PAYLOAD(.size = 1472)},
		.expected = {REASON_BLOCKED, COUNTS_UDP(53)},
	},
	{
		.name = "a later fragment of a blocked source is stopped",
		.blocked = {{"192.0.2.1"}},
		.layers = {ETHERNET(), IPV4(.offset = 185, .next = 17), PAYLOAD(.size = 100)},
		.expected = {REASON_BLOCKED},
	},
	{
		.name = "a later fragment in IPv6 of a blocked source is stopped",
		.blocked = {{"2001:db8::/32"}},
		.layers = {ETHERNET(), IPV6(), FRAGMENT(.offset = 181, .next = 17),
			   PAYLOAD(.size = 100)},
		.expected = {REASON_BLOCKED},
	},
	{
		.name = "neighbour discovery from a blocked source passes",
		.blocked = {{"fe80::/10"}},
		.layers = {ETHERNET(), IPV6(.from = "fe80::1"), ICMP6(.type = 135)},
		.expected = {REASON_ICMP},
	},
	{
		.name = "multicast listener reports from a blocked source pass",
		.blocked = {{"fe80::1"}},
		.layers = {ETHERNET(), IPV6(.from = "fe80::1"), HOP_BY_HOP(.option = "05020000"),
			   ICMP6(.type = 143)},
		.expected = {REASON_ICMP},
	},
	{
		.name = "pings from a blocked source are stopped",
		.blocked = {{"2001:db8::1"}},
		.layers = {ETHERNET(), IPV6(), ICMP6(.type = 128)},
		.expected = {REASON_BLOCKED},
	},
	{
		.name = "errors from a blocked source are stopped",
		.blocked = {{"192.0.2.1"}},
		.layers = {ETHERNET(), IPV4(), ICMP(.type = 3)},
		.expected = {REASON_BLOCKED},
	},
	{
		.name = "DHCP answers from a blocked source are stopped",
		.blocked = {{"192.0.2.1"}},
		.layers = {ETHERNET(), IPV4(), UDP(.source = 67, .destination = 68)},
		.expected = {REASON_BLOCKED, COUNTS_UDP(68)},
	},
	{
		.name = "a malformed packet of a blocked source is malformed",
		.blocked = {{"192.0.2.1"}},
		.layers = {ETHERNET(), IPV4(.header = 4), TCP(.destination = 22)},
		.expected = MALFORMED,
	},
	{
		.name = "ARP passes whatever is blocked",
		.blocked = {{"0.0.0.0/0"}, {"::/0"}},
		.layers = {ETHERNET(.next = 0x0806), PAYLOAD(.size = 46)},
		.expected = NOT_IP,
	},
	{
		.name = "a blocked source on a raw IP link is stopped",
		.link = LINK_RAW_IP,
		.nic = 1,
		.blocked = {{"192.0.2.1"}},
		.layers = {IPV4(), TCP(.destination = 22)},
		.expected = {REASON_BLOCKED, COUNTS_TCP(22)},
	},
	{
		.name = "a protocol of a blocked source is stopped",
		.policy = "allow proto 47\n",
		.blocked = {{"192.0.2.1"}},
		.layers = {ETHERNET(), IPV4(.next = 47), PAYLOAD(.size = 4)},
		.expected = {REASON_BLOCKED},
	},
};

CASE_TABLE(block);
