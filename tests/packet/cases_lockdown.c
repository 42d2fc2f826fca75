/* SPDX-License-Identifier: GPL-2.0-only */
/* Step 5. */
#include "cases.h"

#define OPEN "default allow\nallow tcp 22\n"

#define TCP_22(sentence, source_layer, reason, ...)                           \
	{                                                                     \
		.name = sentence, .policy = OPEN, .keep = {__VA_ARGS__},      \
		.layers = {ETHERNET(), source_layer, TCP(.destination = 22)}, \
		.expected = {reason, COUNTS_TCP(22)},                         \
	}
/* Packets that count for no port. */
#define OTHER(sentence, reason, kept, ...)                                 \
	{                                                                  \
		.name = sentence, .policy = OPEN, .keep = {kept},          \
		.layers = {ETHERNET(), __VA_ARGS__}, .expected = {reason}, \
	}

static const struct packet_case cases[] = {
	TCP_22("under lockdown an open port is closed", IPV4(), REASON_LOCKDOWN, "none"),
	TCP_22("under lockdown an open port is closed in IPv6", IPV6(), REASON_LOCKDOWN, "none"),
	TCP_22("a kept source passes", IPV4(), REASON_KEEP, "192.0.2.1"),
	TCP_22("a kept source passes in IPv6", IPV6(), REASON_KEEP, "2001:db8::1"),
	TCP_22("of several kept sources the last one counts too", IPV4(), REASON_KEEP, "10.0.0.0/8",
	       "2001:db8::/32", "198.51.100.7", "192.0.2.1"),
	TCP_22("the address beside a kept one drops", IPV4(.from = "192.0.2.2"), REASON_LOCKDOWN,
	       "192.0.2.1"),
	TCP_22("the first address of a kept prefix passes", IPV4(.from = "192.0.2.0"), REASON_KEEP,
	       "192.0.2.0/24"),
	TCP_22("the last address of a kept prefix passes", IPV4(.from = "192.0.2.255"), REASON_KEEP,
	       "192.0.2.0/24"),
	TCP_22("the address behind a kept prefix drops", IPV4(.from = "192.0.3.0"), REASON_LOCKDOWN,
	       "192.0.2.0/24"),
	TCP_22("a kept IPv6 prefix longer than 64 bits is told apart", IPV6(), REASON_LOCKDOWN,
	       "2001:db8::1:0:0:0/80"),
	TCP_22("all of IPv4 can be kept", IPV4(), REASON_KEEP, "0.0.0.0/0"),
	TCP_22("all of IPv4 is no IPv6", IPV6(), REASON_LOCKDOWN, "0.0.0.0/0"),
	TCP_22("all of IPv6 can be kept", IPV6(), REASON_KEEP, "::/0"),
	TCP_22("all of IPv6 is no IPv4", IPV4(), REASON_LOCKDOWN, "::/0"),
	TCP_22("an IPv6 source in the form of a kept IPv4 address drops",
	       IPV6(.from = "::ffff:192.0.2.1"), REASON_LOCKDOWN, "192.0.2.1"),
	{
		.name = "a blocked source drops even if it is kept",
		.policy = OPEN,
		.keep = {"192.0.2.1"},
		.blocked = {{"192.0.2.1"}},
		.layers = {ETHERNET(), IPV4(), TCP(.destination = 22)},
		.expected = {REASON_BLOCKED, COUNTS_TCP(22)},
	},
	{
		.name = "a reply drops under lockdown",
		.policy = "default deny\n",
		.keep = {"none"},
		.flows = {{.protocol = 6,
			   .local = "192.0.2.9",
			   .local_port = 40000,
			   .remote = "192.0.2.1",
			   .remote_port = 443,
			   .beats_deny = true}},
		.layers = {ETHERNET(), IPV4(.to = "192.0.2.9"),
			   TCP(.source = 443, .destination = 40000, .flags = 0x10)},
		.expected = {REASON_LOCKDOWN, COUNTS_TCP(40000)},
	},
	{
		.name = "an answer of a DHCP server passes under lockdown",
		.policy = "default deny\ndeny udp 68\n",
		.keep = {"none"},
		.layers = {ETHERNET(), IPV4(), UDP(.source = 67, .destination = 68)},
		.expected = {REASON_DHCP, COUNTS_UDP(68)},
	},
	{
		.name = "an answer of a DHCPv6 server passes under lockdown",
		.policy = OPEN,
		.keep = {"none"},
		.layers = {ETHERNET(), IPV6(), UDP(.source = 547, .destination = 546)},
		.expected = {REASON_DHCP, COUNTS_UDP(546)},
	},
	{
		.name = "ARP passes under lockdown",
		.policy = OPEN,
		.keep = {"none"},
		.layers = {ETHERNET(.next = 0x0806), PAYLOAD(.size = 28)},
		.expected = NOT_IP,
	},
	OTHER("neighbour discovery passes under lockdown", REASON_ICMP, "none", IPV6(),
	      ICMP6(.type = 135), PAYLOAD(.size = 20)),
	OTHER("a ping drops under lockdown", REASON_LOCKDOWN, "none", IPV4(), ICMP(.type = 8)),
	OTHER("a ping of a kept source passes", REASON_KEEP, "192.0.2.1", IPV4(), ICMP(.type = 8)),
	OTHER("an ICMP error about a packet to a kept address passes", REASON_ICMP, "203.0.113.7",
	      IPV4(.from = "198.51.100.1"), ICMP(.type = 3), IPV4(.to = "203.0.113.7"),
	      UDP(.destination = 9)),
	OTHER("an ICMP error about a packet to another address drops", REASON_LOCKDOWN,
	      "203.0.113.7", IPV4(.from = "198.51.100.1"), ICMP(.type = 3),
	      IPV4(.to = "203.0.113.8"), UDP(.destination = 9)),
	OTHER("an ICMPv6 error about a packet to a kept address passes", REASON_ICMP,
	      "2001:db8:7::/48", IPV6(.from = "2001:db8:f::1"), ICMP6(.type = 2),
	      IPV6(.to = "2001:db8:7::9"), UDP(.destination = 9)),
	OTHER("an ICMPv6 error about a packet to another address drops", REASON_LOCKDOWN,
	      "2001:db8:7::/48", IPV6(.from = "2001:db8:f::1"), ICMP6(.type = 2),
	      IPV6(.to = "2001:db8:8::9"), UDP(.destination = 9)),
	OTHER("an ICMP error that quotes nothing drops", REASON_LOCKDOWN, "0.0.0.0/1",
	      IPV4(.from = "198.51.100.1"), ICMP(.type = 3), PAYLOAD(.size = 19)),
	OTHER("an echo reply that looks like an error about a kept address drops", REASON_LOCKDOWN,
	      "203.0.113.7", IPV4(.from = "198.51.100.1"), ICMP(.type = 0),
	      IPV4(.to = "203.0.113.7"), UDP(.destination = 9)),
	OTHER("a later fragment drops under lockdown", REASON_LOCKDOWN, "none",
	      IPV4(.offset = 100, .next = 17), PAYLOAD(.size = 64)),
	OTHER("a later fragment of a kept source passes", REASON_KEEP, "192.0.2.1",
	      IPV4(.offset = 100, .next = 17), PAYLOAD(.size = 64)),
};

CASE_TABLE(lockdown);
