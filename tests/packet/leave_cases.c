/* SPDX-License-Identifier: GPL-2.0-only */
/* Where packets go to: blocked addresses, and under lockdown addresses that are not kept. */
#include "learn_cases.h"

/* Under lockdown, which keeps these. */
#define DROPS(sentence, kept, ...)                                                               \
	{                                                                                        \
		.name = sentence, .keep = {kept}, .dropped = REASON_LOCKDOWN, .no_effect = true, \
		.layers = {                                                                      \
			__VA_ARGS__                                                              \
		}                                                                                \
	}
#define LEAVES(sentence, kept, ...)                                                            \
	{                                                                                      \
		.name = sentence, .keep = {kept}, .no_effect = true, .layers = { __VA_ARGS__ } \
	}
/* A SYN, which opens a flow if it leaves. */
#define SYN_LEAVES(sentence, ends, kept, ...)                                                    \
	{                                                                                        \
		.name = sentence, .keep = {kept}, .layers = {ETHERNET(), __VA_ARGS__, TCP(OUT)}, \
		.after = {                                                                       \
			ends,                                                                    \
			.state = FLOW_OPENING,                                                   \
			.beats_deny = true,                                                      \
			.left = 60                                                               \
		}                                                                                \
	}
#define PROTECT(...) __VA_ARGS__

const struct learn_case leave_cases[] = {
	/* 4: blocked */
	{
		.name = "a SYN to a blocked address drops",
		.blocked = "192.0.2.2",
		.dropped = REASON_BLOCKED,
		.no_effect = true,
		.layers = {ETHERNET(), IPV4(), TCP(OUT)},
	},
	{
		.name = "an ACK to a blocked prefix drops and prolongs nothing",
		.blocked = "2001:db8::/32",
		.dropped = REASON_BLOCKED,
		.no_effect = true,
		.before = {BETWEEN_6(6, PORTS), .state = FLOW_OPEN, .beats_deny = true,
			   .left = 1000, .silent = 99},
		.layers = {ETHERNET(), IPV6(), TCP(OUT, .flags = 0x10)},
	},
	{
		.name = "UDP to a blocked address drops also where a rule allows",
		.policy = "allow udp 40000\n",
		.blocked = "192.0.2.0/24",
		.dropped = REASON_BLOCKED,
		.no_effect = true,
		.layers = {ETHERNET(), VLAN(), IPV4(), UDP(OUT), PAYLOAD(.size = 100)},
	},
	{
		.name = "a ping to a blocked address drops",
		.blocked = "2001:db8::2",
		.dropped = REASON_BLOCKED,
		.no_effect = true,
		.layers = {ETHERNET(), IPV6(), ICMP6(.type = 128)},
	},
	{
		.name = "a later fragment to a blocked address drops",
		.blocked = "192.0.2.2",
		.dropped = REASON_BLOCKED,
		.no_effect = true,
		.layers = {ETHERNET(), IPV4(.offset = 185, .next = 17), PAYLOAD(.size = 100)},
	},
	{
		.name = "an outsider's packet to a blocked address drops",
		.blocked = "192.0.2.2",
		.ingress = 7,
		.outside = {7},
		.dropped = REASON_BLOCKED,
		.no_effect = true,
		.layers = {ETHERNET(), IPV4(), TCP(OUT)},
	},
	{
		.name = "a packet to a blocked address drops on a raw IP link",
		.link = LINK_RAW_IP,
		.blocked = "192.0.2.2",
		.dropped = REASON_BLOCKED,
		.no_effect = true,
		.layers = {IPV4(), TCP(OUT)},
	},
	{
		.name = "a neighbour solicitation to a blocked address leaves",
		.blocked = "2001:db8::2",
		.no_effect = true,
		.layers = {ETHERNET(), IPV6(), ICMP6(.type = 135)},
	},
	{
		.name = "a packet from a blocked address leaves",
		.blocked = "192.0.2.1",
		.layers = {ETHERNET(), IPV4(), TCP(OUT)},
		.after = {BETWEEN_4(6, PORTS), .state = FLOW_OPENING, .beats_deny = true,
			  .left = 60},
	},
	{
		.name = "a packet to an address that was blocked leaves",
		.blocked = "192.0.2.2",
		.block_over = true,
		.layers = {ETHERNET(), IPV4(), TCP(OUT)},
		.after = {BETWEEN_4(6, PORTS), .state = FLOW_OPENING, .beats_deny = true,
			  .left = 60},
	},
	{
		.name = "a multicast listener report leaves although its group is blocked",
		.blocked = "ff02::16",
		.no_effect = true,
		.layers = {ETHERNET(), IPV6(.to = "ff02::16"), ICMP6(.type = 143)},
	},
	{
		.name = "a malformed packet to a blocked address leaves",
		.blocked = "192.0.2.2",
		.no_effect = true,
		.layers = {ETHERNET(), IPV4(), TCP(OUT, .header = 4)},
	},
	{
		.name = "a packet to a blocked address drops as blocked even if it is kept",
		.blocked = "192.0.2.2",
		.keep = {"192.0.2.2"},
		.dropped = REASON_BLOCKED,
		.no_effect = true,
		.layers = {ETHERNET(), IPV4(), TCP(OUT)},
	},
	{
		.name = "a packet to a blocked address drops as blocked under lockdown",
		.blocked = "192.0.2.2",
		.keep = {"none"},
		.dropped = REASON_BLOCKED,
		.no_effect = true,
		.layers = {ETHERNET(), IPV4(), TCP(OUT)},
	},

	/* 5: lockdown */
	DROPS("under lockdown a SYN drops and opens nothing", "none", ETHERNET(), IPV4(), TCP(OUT)),
	DROPS("under lockdown a SYN in IPv6 drops", "none", ETHERNET(), IPV6(), TCP(OUT)),
	DROPS("under lockdown a ping drops", "none", ETHERNET(), IPV4(), ICMP(.type = 8)),
	DROPS("under lockdown a later fragment drops", "none", ETHERNET(),
	      IPV4(.offset = 185, .next = 17), PAYLOAD(.size = 100)),
	{
		.name = "under lockdown a packet drops on a raw IP link too",
		.link = LINK_RAW_IP,
		.keep = {"none"},
		.dropped = REASON_LOCKDOWN,
		.no_effect = true,
		.layers = {IPV4(), TCP(OUT)},
	},
	DROPS("under lockdown a packet from a kept address drops", "192.0.2.1", ETHERNET(), IPV4(),
	      TCP(OUT)),
	DROPS("under lockdown the address beside a kept one is cut off", "192.0.2.3", ETHERNET(),
	      IPV4(), TCP(OUT)),
	DROPS("all of IPv4 that is kept is no IPv6 on its way out", "0.0.0.0/0", ETHERNET(), IPV6(),
	      TCP(OUT)),
	SYN_LEAVES("under lockdown a SYN to a kept address leaves", PROTECT(BETWEEN_4(6, PORTS)),
		   "192.0.2.2", IPV4()),
	SYN_LEAVES("under lockdown a SYN to a kept prefix leaves", PROTECT(BETWEEN_6(6, PORTS)),
		   "2001:db8::/32", IPV6()),
	{
		.name = "of several kept prefixes the last one counts on the way out too",
		.keep = {"10.0.0.0/8", "2001:db8::/32", "198.51.100.7", "192.0.2.2"},
		.layers = {ETHERNET(), IPV4(), TCP(OUT)},
		.after = {BETWEEN_4(6, PORTS), .state = FLOW_OPENING, .beats_deny = true,
			  .left = 60},
	},
	{
		.name = "under lockdown a packet prolongs no flow to an address that is not kept",
		.keep = {"none"},
		.dropped = REASON_LOCKDOWN,
		.no_effect = true,
		.before = {BETWEEN_4(6, PORTS), .state = FLOW_OPEN, .beats_deny = true,
			   .left = 1000, .silent = 99},
		.layers = {ETHERNET(), IPV4(), TCP(OUT, .flags = 0x10)},
	},
	{
		.name = "under lockdown an outsider's packet drops",
		.keep = {"none"},
		.ingress = 7,
		.outside = {7},
		.dropped = REASON_LOCKDOWN,
		.no_effect = true,
		.layers = {ETHERNET(), IPV4(), TCP(OUT)},
	},
	{
		.name = "under lockdown a question to a DHCP server leaves",
		.policy = "deny udp 68\n",
		.keep = {"none"},
		.no_effect = true,
		.layers = {ETHERNET(), IPV4(), UDP(.source = 68, .destination = 67)},
	},
	{
		.name = "under lockdown a question to a DHCPv6 server leaves",
		.policy = "deny udp 546\n",
		.keep = {"none"},
		.no_effect = true,
		.layers = {ETHERNET(), IPV6(), UDP(.source = 546, .destination = 547)},
	},
	DROPS("under lockdown an answer to a DHCP client drops", "none", ETHERNET(), IPV4(),
	      UDP(.source = 67, .destination = 68)),
	DROPS("under lockdown the ports of DHCP are no DHCPv6", "none", ETHERNET(), IPV6(),
	      UDP(.source = 68, .destination = 67)),
	LEAVES("under lockdown a neighbour solicitation leaves", "none", ETHERNET(), IPV6(),
	       ICMP6(.type = 135)),
	LEAVES("under lockdown ARP leaves", "none", ETHERNET(.next = 0x0806), PAYLOAD(.size = 46)),
	DROPS("under lockdown a malformed packet drops", "none", ETHERNET(), IPV4(),
	      TCP(OUT, .header = 4)),
	DROPS("under lockdown a malformed packet to a kept address drops", "192.0.2.2", ETHERNET(),
	      IPV4(), TCP(OUT, .header = 4)),
	DROPS("under lockdown three tags drop", "none", ETHERNET(), VLAN(), VLAN(), VLAN(), IPV4(),
	      TCP(OUT)),
};
const size_t leave_case_count = sizeof(leave_cases) / sizeof(*leave_cases);
