/* SPDX-License-Identifier: GPL-2.0-only */
/* Steps 3 and 9: what keeps a host on its network, ICMP, IGMP, DHCP. */
#include "cases.h"

#define DENY_CONTROL "default deny\ndeny icmp\ndeny icmp6\ndeny proto 2\n"
#define ICMP_OVER_4(type_number)                                \
	{                                                       \
		ETHERNET(), IPV4(), ICMP(.type = (type_number)) \
	}
#define ICMP_OVER_6(type_number)                                 \
	{                                                        \
		ETHERNET(), IPV6(), ICMP6(.type = (type_number)) \
	}
#define DHCP_4                                                                                 \
	{                                                                                      \
		ETHERNET(), IPV4(), UDP(.source = 67, .destination = 68), PAYLOAD(.size = 240) \
	}
#define DHCP_6                                                                                  \
	{                                                                                       \
		ETHERNET(), IPV6(), UDP(.source = 547, .destination = 546), PAYLOAD(.size = 40) \
	}

/* Braces with commas as one argument of a macro. */
#define PROTECT(...) __VA_ARGS__

/* A type of ICMPv6 under a policy that denies all ICMPv6. */
#define DENIED_6(sentence, type_number, reason)                                               \
	{                                                                                     \
		.name = sentence, .policy = DENY_CONTROL, .layers = ICMP_OVER_6(type_number), \
		.expected = {                                                                 \
			reason                                                                \
		}                                                                             \
	}
#define DENIED_4(sentence, type_number, reason)                                               \
	{                                                                                     \
		.name = sentence, .policy = DENY_CONTROL, .layers = ICMP_OVER_4(type_number), \
		.expected = {                                                                 \
			reason                                                                \
		}                                                                             \
	}
#define DHCP(sentence, text, frame, ...)                                                       \
	{                                                                                      \
		.name = sentence, .policy = text, .layers = frame, .expected = { __VA_ARGS__ } \
	}

static const struct packet_case cases[] = {
	DENIED_6("ICMPv6 129 can be denied", 129, REASON_DENY),
	DENIED_6("ICMPv6 130 passes whatever holds", 130, REASON_ICMP),
	DENIED_6("router advertisements pass whatever holds", 134, REASON_ICMP),
	DENIED_6("neighbour solicitations pass whatever holds", 135, REASON_ICMP),
	DENIED_6("neighbour advertisements pass whatever holds", 136, REASON_ICMP),
	DENIED_6("ICMPv6 137 passes whatever holds", 137, REASON_ICMP),
	DENIED_6("ICMPv6 138 can be denied", 138, REASON_DENY),
	DENIED_6("ICMPv6 142 can be denied", 142, REASON_DENY),
	DENIED_6("MLDv2 reports pass whatever holds", 143, REASON_ICMP),
	DENIED_6("ICMPv6 144 can be denied", 144, REASON_DENY),
	DENIED_6("ICMPv6 0 can be denied", 0, REASON_DENY),
	DENIED_6("an unreachable destination in ICMPv6 passes under deny", 1, REASON_ICMP),
	DENIED_6("a packet too big in ICMPv6 passes under deny", 2, REASON_ICMP),
	DENIED_6("a parameter problem in ICMPv6 passes under deny", 4, REASON_ICMP),
	DENIED_6("ICMPv6 5 can be denied", 5, REASON_DENY),
	DENIED_6("echo requests in ICMPv6 can be denied", 128, REASON_DENY),
	DENIED_4("echo requests can be denied", 8, REASON_DENY),
	DENIED_4("echo replies can be denied", 0, REASON_DENY),
	DENIED_4("ICMP 2 can be denied", 2, REASON_DENY),
	DENIED_4("an unreachable destination passes under deny", 3, REASON_ICMP),
	DENIED_4("ICMP 4 can be denied", 4, REASON_DENY),
	DENIED_4("redirects can be denied", 5, REASON_DENY),
	DENIED_4("ICMP 10 can be denied", 10, REASON_DENY),
	DENIED_4("time exceeded passes under deny", 11, REASON_ICMP),
	DENIED_4("a parameter problem passes under deny", 12, REASON_ICMP),
	DENIED_4("ICMP 13 can be denied", 13, REASON_DENY),
	DENIED_4("the number of a neighbour solicitation means nothing in ICMP", 135, REASON_DENY),
	{
		.name = "router advertisements behind a hop-by-hop header pass whatever holds",
		.policy = DENY_CONTROL,
		.layers = {ETHERNET(), IPV6(), HOP_BY_HOP(.option = "05020000"),
			   ICMP6(.type = 143)},
		.expected = {REASON_ICMP},
	},
	{
		.name = "neighbour discovery passes although a rule allows",
		.policy = "allow icmp6\n",
		.layers = ICMP_OVER_6(135),
		.expected = {REASON_ICMP},
	},
	{
		.name = "a rule that allows is the reason before step 9",
		.policy = "default deny\nallow icmp\n",
		.layers = ICMP_OVER_4(3),
		.expected = {REASON_ALLOW},
	},
	{
		.name = "echo requests pass under default deny",
		.policy = "default deny\n",
		.layers = ICMP_OVER_4(8),
		.expected = {REASON_ICMP},
	},
	{
		.name = "echo requests in ICMPv6 pass under default deny",
		.policy = "default deny\n",
		.layers = ICMP_OVER_6(128),
		.expected = {REASON_ICMP},
	},
	{
		.name = "echo requests pass as ICMP under default allow too",
		.policy = "default allow\n",
		.layers = ICMP_OVER_4(8),
		.expected = {REASON_ICMP},
	},
	{
		.name = "ICMP can be denied on one NIC",
		.policy = "deny icmp on eth1\n",
		.nic = 1,
		.layers = ICMP_OVER_4(8),
		.expected = {REASON_DENY},
	},
	{
		.name = "ICMP denied on one NIC passes on another",
		.policy = "deny icmp on eth1\n",
		.layers = ICMP_OVER_4(8),
		.expected = {REASON_ICMP},
	},
	{
		.name = "deny icmp says nothing of ICMPv6",
		.policy = "default deny\ndeny icmp\n",
		.layers = ICMP_OVER_6(128),
		.expected = {REASON_ICMP},
	},
	{
		.name = "IGMP passes under default deny",
		.policy = "default deny\n",
		.layers = {ETHERNET(), IPV4(.options = 4), IGMP(.type = 0x11)},
		.expected = {REASON_ICMP},
	},
	{
		.name = "IGMP can be denied",
		.policy = DENY_CONTROL,
		.layers = {ETHERNET(), IPV4(.options = 4), IGMP(.type = 0x11)},
		.expected = {REASON_DENY},
	},
	{
		.name = "IGMP in IPv6 gets the default",
		.policy = "default deny\n",
		.layers = {ETHERNET(), IPV6(), IGMP(.type = 0x11)},
		.expected = {REASON_DEFAULT_DENY},
	},
	{
		.name = "ICMP in IPv6 gets the default",
		.policy = "default deny\n",
		.layers = {ETHERNET(), IPV6(), ICMP(.type = 3)},
		.expected = {REASON_DEFAULT_DENY},
	},
	{
		.name = "ICMPv6 in IPv4 gets the default, neighbour discovery too",
		.policy = "default deny\n",
		.layers = {ETHERNET(), IPV4(), ICMP6(.type = 135)},
		.expected = {REASON_DEFAULT_DENY},
	},
	{
		.name = "an error of ICMPv6 in IPv4 can be denied",
		.policy = DENY_CONTROL,
		.layers = {ETHERNET(), IPV4(), ICMP6(.type = 3)},
		.expected = {REASON_DENY},
	},
	DHCP("DHCP answers pass under default deny", "default deny\n", DHCP_4, REASON_DHCP,
	     COUNTS_UDP(68)),
	DHCP("DHCPv6 answers pass under default deny", "default deny\n", DHCP_6, REASON_DHCP,
	     COUNTS_UDP(546)),
	DHCP("DHCP answers pass as such under default allow", "", DHCP_4, REASON_DHCP,
	     COUNTS_UDP(68)),
	DHCP("DHCP answers pass under deny udp all", "deny udp all\n", DHCP_4, REASON_DHCP,
	     COUNTS_UDP(68)),
	DHCP("DHCPv6 answers pass under deny udp all", "deny udp all\n", DHCP_6, REASON_DHCP,
	     COUNTS_UDP(546)),
	DHCP("DHCP answers pass under deny udp 67-69", "deny udp 67-69\n", DHCP_4, REASON_DHCP,
	     COUNTS_UDP(68)),
	DHCP("DHCPv6 answers pass under deny udp 546-547", "deny udp 546-547\n", DHCP_6,
	     REASON_DHCP, COUNTS_UDP(546)),
	DHCP("deny udp 68 stops DHCP answers", "deny udp 68\n", DHCP_4, REASON_DENY,
	     COUNTS_UDP(68)),
	DHCP("deny udp 68 in a list stops DHCP answers", "deny udp 53,68,123\n", DHCP_4,
	     REASON_DENY, COUNTS_UDP(68)),
	DHCP("deny udp 546 stops DHCPv6 answers", "deny udp 546\n", DHCP_6, REASON_DENY,
	     COUNTS_UDP(546)),
	DHCP("deny udp 68 after deny udp all stops DHCP answers", "deny udp all\ndeny udp 68\n",
	     DHCP_4, REASON_DENY, COUNTS_UDP(68)),
	DHCP("deny udp 68 does not stop DHCPv6 answers", "deny udp 68\n", DHCP_6, REASON_DHCP,
	     COUNTS_UDP(546)),
	DHCP("deny udp 68 on another NIC does not stop DHCP answers", "deny udp 68 on eth1\n",
	     DHCP_4, REASON_DHCP, COUNTS_UDP(68)),
	DHCP("a rule on this NIC for all ports outranks one for the port",
	     "deny udp 68\n"
	     "deny udp all on eth0\n",
	     DHCP_4, REASON_DHCP, COUNTS_UDP(68)),
	DHCP("allow udp 68 is the reason before DHCP", "default deny\nallow udp 68\n", DHCP_4,
	     REASON_ALLOW, COUNTS_UDP(68)),
	DHCP("a DHCP request is no answer", "default deny\n",
	     PROTECT({ETHERNET(), IPV4(), UDP(.source = 68, .destination = 67)}),
	     REASON_DEFAULT_DENY, COUNTS_UDP(67)),
	DHCP("UDP to port 68 from another port is no DHCP answer", "default deny\n",
	     PROTECT({ETHERNET(), IPV4(), UDP(.source = 66, .destination = 68)}),
	     REASON_DEFAULT_DENY, COUNTS_UDP(68)),
	DHCP("DHCP ports in IPv6 are no DHCP answer", "default deny\n",
	     PROTECT({ETHERNET(), IPV6(), UDP(.source = 67, .destination = 68)}),
	     REASON_DEFAULT_DENY, COUNTS_UDP(68)),
	DHCP("DHCPv6 ports in IPv4 are no DHCP answer", "default deny\n",
	     PROTECT({ETHERNET(), IPV4(), UDP(.source = 547, .destination = 546)}),
	     REASON_DEFAULT_DENY, COUNTS_UDP(546)),
	DHCP("DHCP ports in TCP are no DHCP answer", "default deny\n",
	     PROTECT({ETHERNET(), IPV4(), TCP(.source = 67, .destination = 68)}),
	     REASON_DEFAULT_DENY, COUNTS_TCP(68)),
};

CASE_TABLE(control);
