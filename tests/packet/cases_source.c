/* SPDX-License-Identifier: GPL-2.0-only */
/* Step 7: which rule is the most specific. */
#include "cases.h"

#define NESTED                                  \
	"default allow\n"                       \
	"deny tcp 22\n"                         \
	"allow tcp 22 from 10.0.0.0/8\n"        \
	"deny tcp 22 from 10.1.0.0/16\n"        \
	"allow tcp 22 from 10.1.2.0/24\n"       \
	"deny tcp 22 from 10.1.2.3\n"           \
	"allow tcp 22 from 2001:db8::/32\n"     \
	"deny tcp 22 from 2001:db8:1::/48\n"    \
	"allow tcp 22 from 2001:db8:1:2::/64\n" \
	"deny tcp 22 from 2001:db8:1:2::3\n"
#define SIBLINGS                                      \
	"default deny\n"                              \
	"allow tcp 22 from 10.0.0.0/9,10.128.0.0/9\n" \
	"allow tcp 22 from ::/1,8000::/1\n"
#define FAMILIES                        \
	"default deny\n"                \
	"allow tcp 22 from 0.0.0.0/0\n" \
	"deny tcp 22\n"                 \
	"allow tcp 80\n"                \
	"deny tcp 80 from ::/0\n"
#define ON_NICS                                  \
	"default deny\n"                         \
	"deny tcp 22 from 10.0.0.0/8\n"          \
	"allow tcp 22 from 10.0.0.0/8 on eth0\n" \
	"allow tcp 22 on eth1\n"                 \
	"deny tcp 80 on eth0\n"                  \
	"allow tcp 80 from 10.0.0.0/8\n"         \
	"allow tcp 81 from 10.0.0.0/8 on eth0\n" \
	"deny tcp 81 from 10.1.0.0/16\n"
#define ENDS                                          \
	"default deny\n"                              \
	"allow tcp 22 from 0.0.0.0,255.255.255.255\n" \
	"allow tcp 22 from ::,ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff\n"

#define FROM_4(sentence, text, address, ...)                                           \
	{                                                                              \
		.name = sentence, .policy = text,                                      \
		.layers = {ETHERNET(), IPV4(.from = address), TCP(.destination = 22)}, \
		.expected = {                                                          \
			__VA_ARGS__,                                                   \
			COUNTS_TCP(22)                                                 \
		}                                                                      \
	}
#define FROM_6(sentence, text, address, ...)                                           \
	{                                                                              \
		.name = sentence, .policy = text,                                      \
		.layers = {ETHERNET(), IPV6(.from = address), TCP(.destination = 22)}, \
		.expected = {                                                          \
			__VA_ARGS__,                                                   \
			COUNTS_TCP(22)                                                 \
		}                                                                      \
	}
#define ON(sentence, index, address, port, ...)                                            \
	{                                                                                  \
		.name = sentence, .policy = ON_NICS, .nic = (index),                       \
		.layers = {ETHERNET(), IPV4(.from = address), TCP(.destination = (port))}, \
		.expected = {                                                              \
			__VA_ARGS__,                                                       \
			COUNTS_TCP(port)                                                   \
		}                                                                          \
	}
#define DHCP_FROM(sentence, text, server, ...)                    \
	{                                                         \
		.name = sentence, .policy = text,                 \
		.layers = {ETHERNET(), IPV4(.from = server),      \
			   UDP(.source = 67, .destination = 68)}, \
		.expected = {                                     \
			__VA_ARGS__,                              \
			COUNTS_UDP(68)                            \
		}                                                 \
	}

static const struct packet_case cases[] = {
	FROM_4("an address of no prefix gets the rule without source", NESTED, "11.0.0.0",
	       REASON_DENY),
	FROM_4("the address before a /8 is outside", NESTED, "9.255.255.255", REASON_DENY),
	FROM_4("the first address of a /8 is inside", NESTED, "10.0.0.0", REASON_ALLOW),
	FROM_4("the last address of a /8 is inside", NESTED, "10.255.255.255", REASON_ALLOW),
	FROM_4("a /16 beats the /8 around it", NESTED, "10.1.0.0", REASON_DENY),
	FROM_4("the last address of a /16 is inside", NESTED, "10.1.255.255", REASON_DENY),
	FROM_4("behind a /16 the /8 around it holds again", NESTED, "10.2.0.0", REASON_ALLOW),
	FROM_4("a /24 beats the /16 around it", NESTED, "10.1.2.255", REASON_ALLOW),
	FROM_4("behind a /24 the /16 around it holds again", NESTED, "10.1.3.0", REASON_DENY),
	FROM_4("an address beats the /24 around it", NESTED, "10.1.2.3", REASON_DENY),
	FROM_4("the address before a single one is another", NESTED, "10.1.2.2", REASON_ALLOW),
	FROM_4("the address behind a single one is another", NESTED, "10.1.2.4", REASON_ALLOW),
	FROM_6("an IPv6 address of no prefix gets the rule without source", NESTED,
	       "2001:db9::", REASON_DENY),
	FROM_6("the first address of a /32 is inside", NESTED, "2001:db8::", REASON_ALLOW),
	FROM_6("the last address of a /32 is inside", NESTED,
	       "2001:db8:ffff:ffff:ffff:ffff:ffff:ffff", REASON_ALLOW),
	FROM_6("the address before a /32 is outside", NESTED,
	       "2001:db7:ffff:ffff:ffff:ffff:ffff:ffff", REASON_DENY),
	FROM_6("a /48 beats the /32 around it", NESTED, "2001:db8:1::", REASON_DENY),
	FROM_6("a /64 beats the /48 around it", NESTED, "2001:db8:1:2:ffff:ffff:ffff:ffff",
	       REASON_ALLOW),
	FROM_6("behind a /64 the /48 around it holds again", NESTED, "2001:db8:1:3::", REASON_DENY),
	FROM_6("an IPv6 address beats the /64 around it", NESTED, "2001:db8:1:2::3", REASON_DENY),
	FROM_6("the IPv6 address before a single one is another", NESTED, "2001:db8:1:2::2",
	       REASON_ALLOW),
	FROM_6("the IPv6 address behind a single one is another", NESTED, "2001:db8:1:2::4",
	       REASON_ALLOW),

	FROM_4("of two neighbours the lower holds its last address", SIBLINGS, "10.127.255.255",
	       REASON_ALLOW),
	FROM_4("of two neighbours the upper holds its first address", SIBLINGS, "10.128.0.0",
	       REASON_ALLOW),
	FROM_4("two neighbours end where the upper ends", SIBLINGS, "11.0.0.0",
	       REASON_DEFAULT_DENY),
	FROM_6("two halves of all IPv6 addresses hold the lowest", SIBLINGS, "::", REASON_ALLOW),
	FROM_6("two halves of all IPv6 addresses hold the middle", SIBLINGS,
	       "8000::", REASON_ALLOW),

	FROM_4("a rule from all of IPv4 beats one without source", FAMILIES, "198.51.100.1",
	       REASON_ALLOW),
	FROM_6("a rule from all of IPv4 says nothing of IPv6", FAMILIES, "2001:db8::1",
	       REASON_DENY),
	{
		.name = "a rule from all of IPv6 beats one without source",
		.policy = FAMILIES,
		.layers = {ETHERNET(), IPV6(), TCP(.destination = 80)},
		.expected = {REASON_DENY, COUNTS_TCP(80)},
	},
	{
		.name = "a rule from all of IPv6 says nothing of IPv4",
		.policy = FAMILIES,
		.layers = {ETHERNET(), IPV4(), TCP(.destination = 80)},
		.expected = {REASON_ALLOW, COUNTS_TCP(80)},
	},
	FROM_4("the lowest IPv4 address can be named", ENDS, "0.0.0.0", REASON_ALLOW),
	FROM_4("the lowest but one is another", ENDS, "0.0.0.1", REASON_DEFAULT_DENY),
	FROM_4("the highest IPv4 address can be named", ENDS, "255.255.255.255", REASON_ALLOW),
	FROM_4("the highest but one is another", ENDS, "255.255.255.254", REASON_DEFAULT_DENY),
	FROM_6("the lowest IPv6 address can be named", ENDS, "::", REASON_ALLOW),
	FROM_6("the lowest IPv6 address but one is another", ENDS, "::1", REASON_DEFAULT_DENY),
	FROM_6("the highest IPv6 address can be named", ENDS,
	       "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", REASON_ALLOW),
	FROM_6("the highest IPv6 address but one is another", ENDS,
	       "ffff:ffff:ffff:ffff:ffff:ffff:ffff:fffe", REASON_DEFAULT_DENY),
	FROM_6("an IPv4 address in the form of IPv6 is no IPv4 address", NESTED, "::ffff:10.0.0.1",
	       REASON_DENY),

	ON("at equal length the rule of this NIC beats one for all", 0, "10.0.0.1", 22,
	   REASON_ALLOW),
	ON("a rule with a source beats one of this NIC without", 1, "10.0.0.1", 22, REASON_DENY),
	ON("without its source the rule of this NIC holds", 1, "192.0.2.1", 22, REASON_ALLOW),
	ON("the rule of another NIC does not count", 0, "192.0.2.1", 22, REASON_DEFAULT_DENY),
	ON("a source for all NICs beats this NIC for all sources", 0, "10.0.0.1", 80, REASON_ALLOW),
	ON("this NIC for all sources holds elsewhere", 0, "192.0.2.1", 80, REASON_DENY),
	ON("a longer prefix for all NICs beats a shorter one of this NIC", 0, "10.1.0.1", 81,
	   REASON_DENY),
	ON("the shorter one of this NIC holds around it", 0, "10.2.0.1", 81, REASON_ALLOW),

	{
		.name = "a source of one port says nothing of the next",
		.policy = NESTED,
		.layers = {ETHERNET(), IPV4(.from = "10.1.2.3"), TCP(.destination = 23)},
		.expected = {REASON_DEFAULT_ALLOW, COUNTS_TCP(23)},
	},
	{
		.name = "the destination address is no source",
		.policy = "allow tcp 22\ndeny tcp 22 from 192.0.2.2\n",
		.layers = {ETHERNET(), IPV4(), TCP(.destination = 22)},
		.expected = ALLOWED_TCP_22,
	},
	{
		.name = "the source behind tags is read",
		.policy = NESTED,
		.layers = {ETHERNET(), VLAN(), VLAN(), PPPOE(), IPV4(.from = "10.1.2.3"),
			   TCP(.destination = 22)},
		.expected = {REASON_DENY, COUNTS_TCP(22)},
	},
	{
		.name = "the source of a raw IP packet is read",
		.policy = NESTED,
		.link = LINK_RAW_IP,
		.layers = {IPV6(.from = "2001:db8:1::1"), HOP_BY_HOP(), TCP(.destination = 22)},
		.expected = {REASON_DENY, COUNTS_TCP(22)},
	},
	{
		.name = "a protocol is allowed from a prefix",
		.policy = "default deny\nallow proto 47 from 10.0.0.0/8\n",
		.layers = {ETHERNET(), IPV4(.from = "10.9.9.9", .next = 47), PAYLOAD(.size = 4)},
		.expected = {REASON_ALLOW},
	},
	{
		.name = "a protocol is not allowed from elsewhere",
		.policy = "default deny\nallow proto 47 from 10.0.0.0/8\n",
		.layers = {ETHERNET(), IPV4(.next = 47), PAYLOAD(.size = 4)},
		.expected = {REASON_DEFAULT_DENY},
	},
	{
		.name = "pings are denied from a prefix",
		.policy = "deny icmp from 10.0.0.0/8\n",
		.layers = {ETHERNET(), IPV4(.from = "10.9.9.9"), ICMP(.type = 8)},
		.expected = {REASON_DENY},
	},
	{
		.name = "pings from elsewhere pass",
		.policy = "deny icmp from 10.0.0.0/8\n",
		.layers = {ETHERNET(), IPV4(), ICMP(.type = 8)},
		.expected = {REASON_ICMP},
	},
	{
		.name = "neighbour discovery from a denied prefix passes",
		.policy = "deny icmp6 from fe80::/10\n",
		.layers = {ETHERNET(), IPV6(.from = "fe80::1"), ICMP6(.type = 135)},
		.expected = {REASON_ICMP},
	},

	DHCP_FROM("deny udp 68 from a server stops its answers", "deny udp 68 from 192.0.2.1\n",
		  "192.0.2.1", REASON_DENY),
	DHCP_FROM("deny udp 68 from a server stops no other answers",
		  "deny udp 68 from 192.0.2.1\n", "192.0.2.2", REASON_DHCP),
	DHCP_FROM("deny udp all from a server does not stop its answers",
		  "deny udp all from 192.0.2.1\n", "192.0.2.1", REASON_DHCP),
	DHCP_FROM("deny udp all from a server outranks deny udp 68",
		  "deny udp 68\ndeny udp all from 192.0.2.1\n", "192.0.2.1", REASON_DHCP),
	DHCP_FROM("deny udp 68 from a server outranks deny udp all",
		  "deny udp all\ndeny udp 68 from 192.0.2.0/24\n", "192.0.2.1", REASON_DENY),
	DHCP_FROM("deny udp 67-69 from a server does not stop its answers",
		  "deny udp 67-69 from 192.0.2.0/24\n", "192.0.2.1", REASON_DHCP),
	{
		.name = "deny udp 546 from a server stops its answers",
		.policy = "deny udp all\ndeny udp 546 from fe80::/64\n",
		.layers = {ETHERNET(), IPV6(.from = "fe80::1"),
			   UDP(.source = 547, .destination = 546)},
		.expected = {REASON_DENY, COUNTS_UDP(546)},
	},
};

CASE_TABLE(source);
