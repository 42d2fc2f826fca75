/* SPDX-License-Identifier: GPL-2.0-only */
#include "learn_cases.h"

enum { FIN = 0x01, SYN = 0x02, RST = 0x04, PSH = 0x08, ACK = 0x10, ECE = 0x40, CWR = 0x80 };

/* Braces with commas as one argument of a macro. */
#define PROTECT(...) __VA_ARGS__

/* A frame that finds no flow, and */
#define NONE(sentence, ...)                                                                \
	{                                                                                  \
		.name = sentence, .no_effect = true, .layers = { ETHERNET(), __VA_ARGS__ } \
	}
#define NONE_UNDER(sentence, text, ...)                                          \
	{                                                                        \
		.name = sentence, .policy = text, .no_effect = true, .layers = { \
			ETHERNET(),                                              \
			__VA_ARGS__                                              \
		}                                                                \
	}
#define OPENS(sentence, ends, ...)                                                \
	{                                                                         \
		.name = sentence, .layers = {ETHERNET(), __VA_ARGS__}, .after = { \
			ends,                                                     \
			.state = FLOW_OPENING,                                    \
			.beats_deny = true,                                       \
			.left = 60                                                \
		}                                                                 \
	}
#define WEAK(sentence, text, ends, ...)                                                           \
	{                                                                                         \
		.name = sentence, .policy = text, .layers = {ETHERNET(), __VA_ARGS__}, .after = { \
			ends,                                                                     \
			.state = FLOW_OPEN,                                                       \
			.left = 180                                                               \
		}                                                                                 \
	}

/* A TCP segment that finds the flow in some state. */
#define TCP_BECOMES(sentence, tcp_flags, found, ...)                                     \
	{                                                                                \
		.name = sentence, .before = {BETWEEN_4(6, PORTS), found},                \
		.layers = {ETHERNET(), IPV4(), TCP(OUT, .flags = tcp_flags)}, .after = { \
			BETWEEN_4(6, PORTS),                                             \
			__VA_ARGS__                                                      \
		}                                                                        \
	}
#define TCP_STAYS(sentence, tcp_flags, ...)                                                        \
	{                                                                                          \
		.name = sentence, .no_effect = true, .before = {BETWEEN_4(6, PORTS), __VA_ARGS__}, \
		.layers = {                                                                        \
			ETHERNET(),                                                                \
			IPV4(),                                                                    \
			TCP(OUT, .flags = tcp_flags)                                               \
		}                                                                                  \
	}
#define OPENING(...) .state = FLOW_OPENING, .beats_deny = true, __VA_ARGS__
#define OPEN(...) .state = FLOW_OPEN, .beats_deny = true, __VA_ARGS__
#define CLOSING(...) .state = FLOW_CLOSING, .beats_deny = true, __VA_ARGS__
#define FIVE_DAYS (5 * 24 * 3600)

/* The same of an SCTP chunk. */
#define SCTP_BECOMES(sentence, chunk, found, ...)                                    \
	{                                                                            \
		.name = sentence, .before = {BETWEEN_4(132, PORTS), found},          \
		.layers = {ETHERNET(), IPV4(), SCTP(OUT, .type = chunk)}, .after = { \
			BETWEEN_4(132, PORTS),                                       \
			__VA_ARGS__                                                  \
		}                                                                    \
	}

const struct learn_case learn_cases[] = {
	/* TCP opens */
	OPENS("a SYN opens a flow", PROTECT(BETWEEN_4(6, PORTS)), IPV4(), TCP(OUT)),
	OPENS("a SYN in IPv6 opens a flow", PROTECT(BETWEEN_6(6, PORTS)), IPV6(), TCP(OUT)),
	OPENS("a SYN with ECE and CWR opens a flow", PROTECT(BETWEEN_4(6, PORTS)), IPV4(),
	      TCP(OUT, .flags = SYN | ECE | CWR)),
	OPENS("a SYN with FIN, RST and PSH opens a flow", PROTECT(BETWEEN_4(6, PORTS)), IPV4(),
	      TCP(OUT, .flags = SYN | FIN | RST | PSH)),
	{
		.name = "a SYN opens a flow although a rule denies its port",
		.policy = "deny tcp 40000\n",
		.layers = {ETHERNET(), IPV4(), TCP(OUT)},
		.after = {BETWEEN_4(6, PORTS), OPENING(.left = 60)},
	},
	{
		.name = "a SYN opens a flow although a rule allows its port",
		.policy = "allow tcp 40000\n",
		.layers = {ETHERNET(), IPV6(), TCP(OUT)},
		.after = {BETWEEN_6(6, PORTS), OPENING(.left = 60)},
	},
	NONE("a SYN with ACK opens nothing", IPV4(), TCP(OUT, .flags = SYN | ACK)),
	NONE("an ACK alone opens nothing", IPV4(), TCP(OUT, .flags = ACK)),
	NONE("an ACK alone in IPv6 opens nothing", IPV6(), TCP(OUT, .flags = ACK)),
	NONE("data open nothing", IPV4(), TCP(OUT, .flags = PSH | ACK), PAYLOAD(.size = 10)),
	NONE("a FIN opens nothing", IPV4(), TCP(OUT, .flags = FIN | ACK)),
	NONE("a RST opens nothing", IPV4(), TCP(OUT, .flags = RST)),
	NONE("a segment without flags opens nothing", IPV4(), TCP(OUT, .flags = WRITE_ZERO)),

	/* and goes on */
	TCP_BECOMES("an ACK makes an opening flow an open one", ACK,
		    PROTECT(OPENING(.left = 50, .silent = 10, .age = 10)),
		    OPEN(.left = FIVE_DAYS, .age = 10)),
	TCP_BECOMES("an ACK makes it one also at once", ACK, PROTECT(OPENING(.left = 60)),
		    OPEN(.left = FIVE_DAYS)),
	TCP_STAYS("an open flow is not written 29 seconds after the last time", ACK,
		  OPEN(.left = 1000, .silent = 29, .age = 99)),
	TCP_BECOMES("an open flow is prolonged 31 seconds after the last time", ACK,
		    PROTECT(OPEN(.left = 1000, .silent = 31, .age = 99)),
		    OPEN(.left = FIVE_DAYS, .age = 99)),
	TCP_BECOMES("data prolong an open flow", PSH | ACK,
		    PROTECT(OPEN(.left = 1, .silent = FIVE_DAYS, .age = FIVE_DAYS)),
		    OPEN(.left = FIVE_DAYS, .age = FIVE_DAYS)),
	TCP_STAYS("a segment without flags prolongs nothing", WRITE_ZERO,
		  OPEN(.left = 1000, .silent = 99)),
	TCP_STAYS("an ACK does not revive an opening flow that is over", ACK,
		  OPENING(.left = -1, .silent = 61, .age = 61)),
	TCP_STAYS("an ACK does not revive an open flow that is over", ACK,
		  OPEN(.left = -1, .silent = FIVE_DAYS + 1)),
	TCP_BECOMES("a seeded flow that goes on stays a seeded one", ACK,
		    PROTECT(.state = FLOW_OPEN, .origin = FLOW_SEEDED, .left = 600, .silent = 40,
			    .age = 40),
		    .state = FLOW_OPEN, .origin = FLOW_SEEDED, .left = FIVE_DAYS, .age = 40),

	/* until it ends, */
	TCP_BECOMES("a FIN leaves a flow 60 seconds", FIN | ACK,
		    PROTECT(OPEN(.left = FIVE_DAYS, .silent = 5, .age = 70)),
		    CLOSING(.left = 60, .silent = 5, .age = 70)),
	TCP_BECOMES("a RST leaves a flow 60 seconds", RST,
		    PROTECT(OPEN(.left = 1000, .silent = 99, .age = 99)),
		    CLOSING(.left = 60, .silent = 99, .age = 99)),
	TCP_BECOMES("a RST with ACK leaves a flow 60 seconds", RST | ACK,
		    PROTECT(OPEN(.left = FIVE_DAYS)), CLOSING(.left = 60)),
	TCP_BECOMES("a RST does not prolong an opening flow", RST | ACK,
		    PROTECT(OPENING(.left = 20, .silent = 40, .age = 40)),
		    CLOSING(.left = 20, .silent = 40, .age = 40)),
	TCP_STAYS("another FIN does not prolong a closing flow", FIN | ACK,
		  CLOSING(.left = 20, .silent = 40)),
	TCP_STAYS("another RST does not prolong a closing flow", RST,
		  CLOSING(.left = 20, .silent = 40)),
	TCP_STAYS("a FIN does not revive a flow that is over", FIN | ACK,
		  OPEN(.left = -1, .silent = FIVE_DAYS + 1)),
	TCP_STAYS("a closing flow is not written 29 seconds after the last time", ACK,
		  CLOSING(.left = 31, .silent = 29)),
	{
		.name = "a flow that is closed on one side goes on while the sender receives",
		.native_only = true, /* the stack of a test run receives nothing */
		.before = {BETWEEN_4(6, PORTS), CLOSING(.left = 20, .silent = 40)},
		.layers = {ETHERNET(), IPV4(), TCP(OUT, .flags = ACK)},
		.after = {BETWEEN_4(6, PORTS), CLOSING(.left = 60)},
	},

	/* and begins anew. */
	TCP_BECOMES("a SYN sent again prolongs an opening flow", SYN,
		    PROTECT(OPENING(.left = 10, .silent = 50, .age = 50)),
		    OPENING(.left = 60, .age = 50)),
	TCP_BECOMES("a SYN begins an opening flow that is over anew", SYN,
		    PROTECT(OPENING(.left = -1, .silent = 61, .age = 61)), OPENING(.left = 60)),
	TCP_BECOMES("a SYN begins a closing flow anew", SYN,
		    PROTECT(CLOSING(.left = 20, .silent = 40, .age = 99)), OPENING(.left = 60)),
	TCP_BECOMES("a SYN begins an open flow anew", SYN, PROTECT(OPEN(.left = 1000, .age = 99)),
		    OPENING(.left = 60)),
	TCP_BECOMES("a SYN begins a seeded flow anew as one of the host's own", SYN,
		    PROTECT(.state = FLOW_OPEN, .origin = FLOW_SEEDED, .left = 600, .age = 40),
		    OPENING(.left = 60)),
	{
		.name = "a SYN to another port opens a second flow",
		.before = {BETWEEN_4(6, PORTS), OPEN(.left = 1000)},
		.layers = {ETHERNET(), IPV4(), TCP(.source = 40000, .destination = 444)},
		.after = {BETWEEN_4(6, .local_port = 40000, .remote_port = 444),
			  OPENING(.left = 60)},
	},

	/* SCTP */
	OPENS("an SCTP INIT opens a flow", PROTECT(BETWEEN_4(132, PORTS)), IPV4(),
	      SCTP(OUT, .type = 1)),
	OPENS("an SCTP INIT in IPv6 opens a flow", PROTECT(BETWEEN_6(132, PORTS)), IPV6(),
	      SCTP(OUT, .type = 1)),
	NONE("an SCTP INIT ACK opens nothing", IPV4(), SCTP(OUT, .type = 2)),
	NONE("SCTP data open nothing", IPV4(), SCTP(OUT), PAYLOAD(.size = 16)),
	NONE("an SCTP ABORT opens nothing", IPV4(), SCTP(OUT, .type = 6)),
	SCTP_BECOMES("an SCTP COOKIE ECHO makes an opening flow an open one", 10,
		     PROTECT(OPENING(.left = 59, .silent = 1, .age = 1)),
		     OPEN(.left = FIVE_DAYS, .age = 1)),
	SCTP_BECOMES("an SCTP SHUTDOWN leaves a flow 60 seconds", 7, PROTECT(OPEN(.left = 1000)),
		     CLOSING(.left = 60)),
	SCTP_BECOMES("an SCTP SHUTDOWN ACK leaves a flow 60 seconds", 8,
		     PROTECT(OPEN(.left = 1000)), CLOSING(.left = 60)),
	SCTP_BECOMES("an SCTP SHUTDOWN COMPLETE leaves a flow 60 seconds", 14,
		     PROTECT(OPEN(.left = 1000)), CLOSING(.left = 60)),
	SCTP_BECOMES("an SCTP ABORT leaves a flow 60 seconds", 6, PROTECT(OPEN(.left = 1000)),
		     CLOSING(.left = 60)),

	/* UDP */
	WEAK("UDP for which there is no rule opens a flow that beats none", NULL,
	     PROTECT(BETWEEN_4(17, PORTS)), IPV4(), UDP(OUT)),
	WEAK("UDP in IPv6 for which there is no rule opens a flow that beats none", NULL,
	     PROTECT(BETWEEN_6(17, PORTS)), IPV6(), UDP(OUT)),
	WEAK("UDP opens a flow under default allow too", "default allow\n",
	     PROTECT(BETWEEN_4(17, PORTS)), IPV4(), UDP(OUT)),
	WEAK("UDP to a port that is allowed here opens a flow", "default deny\nallow udp 443\n",
	     PROTECT(BETWEEN_4(17, PORTS)), IPV4(), UDP(OUT)),
	WEAK("UDP opens a flow although its port is allowed for another source",
	     "default deny\nallow udp 40000 from 192.0.2.3\n", PROTECT(BETWEEN_4(17, PORTS)),
	     IPV4(), UDP(OUT)),
	WEAK("UDP opens a flow although its port is allowed on another NIC",
	     "default deny\nallow udp 40000 on eth1\n", PROTECT(BETWEEN_4(17, PORTS)), IPV4(),
	     UDP(OUT)),
	WEAK("UDP opens a flow behind the time of a rule that allows",
	     "default deny\nallow udp 40000 until 2029-12-31T23:00:00Z\n",
	     PROTECT(BETWEEN_4(17, PORTS)), IPV4(), UDP(OUT)),
	WEAK("UDP opens a flow although TCP is denied", "deny tcp all\n",
	     PROTECT(BETWEEN_4(17, PORTS)), IPV4(), UDP(OUT)),
	NONE_UNDER("UDP from a port that is allowed opens nothing",
		   "default deny\nallow udp 40000\n", IPV4(), UDP(OUT)),
	NONE_UNDER("UDP from a port that is allowed for its receiver opens nothing",
		   "default deny\nallow udp 40000 from 192.0.2.2\n", IPV4(), UDP(OUT)),
	NONE_UNDER("UDP from a port that is allowed for its receiver's prefix opens nothing",
		   "default deny\ndeny udp 40000\nallow udp 40000 from 2001:db8::/64\n", IPV6(),
		   UDP(OUT)),
	NONE_UNDER("UDP from a port that is allowed on this NIC opens nothing",
		   "default deny\nallow udp 40000 on eth0\n", IPV4(), UDP(OUT)),
	{
		.name = "UDP from a port that is allowed on a second NIC opens nothing there",
		.policy = "default deny\nallow udp 40000 on eth1\n",
		.nic = 1,
		.no_effect = true,
		.layers = {ETHERNET(), IPV4(), UDP(OUT)},
	},
	NONE_UNDER("UDP from a port that is allowed for a time opens nothing",
		   "default deny\nallow udp 40000 until 2030-01-01T01:00:00Z\n", IPV4(), UDP(OUT)),
	NONE_UNDER("UDP from a port that is denied opens nothing", "deny udp 40000\n", IPV4(),
		   UDP(OUT)),
	NONE_UNDER("UDP from a port that is denied for its receiver opens nothing",
		   "allow udp 40000\ndeny udp 40000 from 192.0.2.0/24\n", IPV4(), UDP(OUT)),
	NONE_UNDER("UDP opens nothing under deny udp all", "deny udp all\n", IPV6(), UDP(OUT)),
	NONE_UNDER("UDP from port 68 opens nothing under deny udp 68", "deny udp 68\n", IPV4(),
		   UDP(.source = 68, .destination = 67)),
	{
		.name = "UDP from a connected socket opens a flow that beats rules",
		.native_only = true,
		.connected = true,
		.layers = {ETHERNET(), IPV4(), UDP(OUT)},
		.after = {BETWEEN_4(17, PORTS), OPEN(.left = 180)},
	},
	{
		.name = "UDP from a connected socket opens a flow although a rule denies",
		.native_only = true,
		.connected = true,
		.policy = "deny udp 40000\n",
		.layers = {ETHERNET(), IPV6(), UDP(OUT)},
		.after = {BETWEEN_6(17, PORTS), OPEN(.left = 180)},
	},
	{
		.name = "UDP from a connected socket opens nothing where a rule allows",
		.native_only = true,
		.connected = true,
		.policy = "default deny\nallow udp 40000\n",
		.no_effect = true,
		.layers = {ETHERNET(), IPV4(), UDP(OUT)},
	},
	{
		.name = "UDP from a connected socket makes a flow beat rules at once",
		.native_only = true,
		.connected = true,
		.before = {BETWEEN_4(17, PORTS), .state = FLOW_OPEN, .origin = FLOW_SEEDED,
			   .left = 175, .silent = 5, .age = 9},
		.layers = {ETHERNET(), IPV4(), UDP(OUT)},
		.after = {BETWEEN_4(17, PORTS), OPEN(.left = 175, .silent = 5, .age = 9)},
	},
	{
		.name = "UDP does not prolong a flow that a rule denies",
		.policy = "deny udp 40000\n",
		.no_effect = true,
		.before = {BETWEEN_4(17, PORTS), .state = FLOW_OPEN, .left = 100, .silent = 80},
		.layers = {ETHERNET(), IPV4(), UDP(OUT)},
	},
	{
		.name = "UDP does not revive a flow that a rule denies",
		.policy = "deny udp 40000\n",
		.no_effect = true,
		.before = {BETWEEN_4(17, PORTS), OPEN(.left = -1, .silent = 181)},
		.layers = {ETHERNET(), IPV4(), UDP(OUT)},
	},
	{
		.name = "a flow of UDP is not written 29 seconds after the last time",
		.no_effect = true,
		.before = {BETWEEN_4(17, PORTS), .state = FLOW_OPEN, .left = 151, .silent = 29},
		.layers = {ETHERNET(), IPV4(), UDP(OUT)},
	},
	{
		.name = "a flow of UDP is prolonged 31 seconds after the last time",
		.before = {BETWEEN_4(17, PORTS), .state = FLOW_OPEN, .left = 149, .silent = 31,
			   .age = 99},
		.layers = {ETHERNET(), IPV4(), UDP(OUT)},
		.after = {BETWEEN_4(17, PORTS), .state = FLOW_OPEN, .left = 180, .age = 99},
	},
	{
		.name = "a flow of UDP that beats rules still does when it is prolonged",
		.before = {BETWEEN_6(17, PORTS), OPEN(.left = 149, .silent = 31, .age = 99)},
		.layers = {ETHERNET(), IPV6(), UDP(OUT)},
		.after = {BETWEEN_6(17, PORTS), OPEN(.left = 180, .age = 99)},
	},
	{
		.name = "a flow of UDP that is over begins anew",
		.before = {BETWEEN_4(17, PORTS), OPEN(.left = -1, .silent = 181, .age = 999),
			   .origin = FLOW_SEEDED},
		.layers = {ETHERNET(), IPV4(), UDP(OUT)},
		.after = {BETWEEN_4(17, PORTS), .state = FLOW_OPEN, .left = 180},
	},

	/* To many, */
	NONE("UDP to 224.0.0.0 opens nothing", IPV4(.to = "224.0.0.0"), UDP(OUT)),
	NONE("UDP to 239.255.255.255 opens nothing", IPV4(.to = "239.255.255.255"), UDP(OUT)),
	NONE("UDP to 255.255.255.255 opens nothing", IPV4(.to = "255.255.255.255"), UDP(OUT)),
	NONE("UDP to IPv6 multicast opens nothing", IPV6(.to = "ff02::fb"), UDP(OUT)),
	NONE("a ping to IPv4 multicast opens nothing", IPV4(.to = "224.0.0.1"), ICMP(.type = 8)),
	NONE("a ping to IPv6 multicast opens nothing", IPV6(.to = "ff02::1"), ICMP6(.type = 128)),
	NONE("a protocol to IPv4 multicast opens nothing", IPV4(.next = 89, .to = "224.0.0.5"),
	     PAYLOAD(.size = 24)),
	NONE("an SCTP INIT to IPv4 multicast opens nothing", IPV4(.to = "224.0.0.5"),
	     SCTP(OUT, .type = 1)),
	WEAK("UDP to 223.255.255.255 opens a flow", NULL,
	     PROTECT(.ends = {.protocol = 17,
			      .local = "192.0.2.1",
			      .remote = "223.255.255.255",
			      PORTS}),
	     IPV4(.to = "223.255.255.255"), UDP(OUT)),
	WEAK("UDP to 240.0.0.0 opens a flow", NULL,
	     PROTECT(.ends = {.protocol = 17, .local = "192.0.2.1", .remote = "240.0.0.0", PORTS}),
	     IPV4(.to = "240.0.0.0"), UDP(OUT)),
	WEAK("UDP to fe80:: opens a flow", NULL,
	     PROTECT(.ends = {.protocol = 17, .local = "2001:db8::1", .remote = "fe80::", PORTS}),
	     IPV6(.to = "fe80::"), UDP(OUT)),

	/* ICMP */
	{
		.name = "a ping opens a flow with its identifier",
		.layers = {ETHERNET(), IPV4(), ICMP(.type = 8, .id = 4711)},
		.after = {BETWEEN_4(1, .local_port = 4711), OPEN(.left = 60)},
	},
	{
		.name = "a ping in ICMPv6 opens a flow with its identifier, although a rule denies",
		.policy = "deny icmp6\n",
		.layers = {ETHERNET(), IPV6(), ICMP6(.type = 128, .id = 65535)},
		.after = {BETWEEN_6(58, .local_port = 65535), OPEN(.left = 60)},
	},
	{
		.name = "a ping prolongs its flow 31 seconds after the last time",
		.before = {BETWEEN_4(1, .local_port = 4711),
			   OPEN(.left = 29, .silent = 31, .age = 31)},
		.layers = {ETHERNET(), IPV4(), ICMP(.type = 8, .id = 4711)},
		.after = {BETWEEN_4(1, .local_port = 4711), OPEN(.left = 60, .age = 31)},
	},
	{
		.name = "a ping with another identifier opens a second flow",
		.before = {BETWEEN_4(1, .local_port = 4711), OPEN(.left = 60)},
		.layers = {ETHERNET(), IPV4(), ICMP(.type = 8, .id = 4712)},
		.after = {BETWEEN_4(1, .local_port = 4712), OPEN(.left = 60)},
	},
	NONE("an echo reply opens nothing", IPV4(), ICMP(.type = 0, .id = 4711)),
	NONE("an echo reply in ICMPv6 opens nothing", IPV6(), ICMP6(.type = 129, .id = 4711)),
	NONE("an unreachable destination opens nothing", IPV4(), ICMP(.type = 3)),
	NONE("a packet too big opens nothing", IPV6(), ICMP6(.type = 2)),
	NONE("a timestamp request opens nothing", IPV4(), ICMP(.type = 13, .id = 4711)),
	NONE("the number of a ping in ICMPv6 opens nothing in ICMP", IPV4(), ICMP(.type = 128)),
	NONE("the number of a ping in ICMP opens nothing in ICMPv6", IPV6(), ICMP6(.type = 8)),
	NONE("a neighbour solicitation opens nothing", IPV6(), ICMP6(.type = 135)),
	NONE("IGMP opens nothing", IPV4(), IGMP(.type = 0x16)),

	/* Other protocols */
	WEAK("ESP opens a flow of the addresses", NULL, PROTECT(BETWEEN_4(50)), IPV4(.next = 50),
	     PAYLOAD(.size = 24)),
	WEAK("GRE in IPv6 opens a flow of the addresses", NULL, PROTECT(BETWEEN_6(47)),
	     IPV6(.next = 47), PAYLOAD(.size = 24)),
	NONE_UNDER("a protocol that is allowed opens nothing", "default deny\nallow proto 50\n",
		   IPV4(.next = 50), PAYLOAD(.size = 24)),
	NONE_UNDER("a protocol that is allowed for its receiver opens nothing",
		   "default deny\nallow proto 50 from 2001:db8::2\n", IPV6(.next = 50),
		   PAYLOAD(.size = 24)),
	NONE_UNDER("a protocol that is denied opens nothing", "deny proto 50\n", IPV4(.next = 50),
		   PAYLOAD(.size = 24)),

	/* Where packets are found */
	OPENS("a SYN in a VLAN opens a flow", PROTECT(BETWEEN_4(6, PORTS)), VLAN(), IPV4(),
	      TCP(OUT)),
	OPENS("a SYN in QinQ opens a flow", PROTECT(BETWEEN_6(6, PORTS)), VLAN(.type = 0x88a8),
	      VLAN(), IPV6(), TCP(OUT)),
	OPENS("a SYN in PPPoE opens a flow", PROTECT(BETWEEN_4(6, PORTS)), PPPOE(), IPV4(),
	      TCP(OUT)),
	OPENS("a SYN behind extension headers opens a flow", PROTECT(BETWEEN_6(6, PORTS)), IPV6(),
	      HOP_BY_HOP(), DESTINATION(.options = 16), TCP(OUT)),
	OPENS("a SYN behind IPv4 options opens a flow", PROTECT(BETWEEN_4(6, PORTS)),
	      IPV4(.options = 8), TCP(OUT)),
	WEAK("the first fragment of a datagram opens a flow", NULL, PROTECT(BETWEEN_4(17, PORTS)),
	     IPV4(.more = true), UDP(OUT, .length = 3000), PAYLOAD(.size = 1472)),
	NONE("a later fragment opens nothing", IPV4(.offset = 185, .next = 17),
	     PAYLOAD(.size = 100)),
	NONE("a later fragment of ESP in IPv6 opens nothing", IPV6(),
	     FRAGMENT(.offset = 181, .next = 50), PAYLOAD(.size = 100)),
	{
		.name = "a SYN on a raw IP link opens a flow",
		.link = LINK_RAW_IP,
		.layers = {IPV4(), TCP(OUT)},
		.after = {BETWEEN_4(6, PORTS), OPENING(.left = 60)},
	},
	{
		.name = "UDP in IPv6 on a raw IP link opens a flow",
		.link = LINK_RAW_IP,
		.nic = 1,
		.layers = {IPV6(), UDP(OUT)},
		.after = {BETWEEN_6(17, PORTS), .state = FLOW_OPEN, .left = 180},
	},
	{
		.name = "ARP leaves, and opens nothing",
		.no_effect = true,
		.layers = {ETHERNET(.next = 0x0806), PAYLOAD(.size = 46)},
	},
	NONE("a malformed SYN leaves, and opens nothing", IPV4(), TCP(OUT, .header = 4)),
	NONE("a SYN in a packet that is cut short leaves, and opens nothing", IPV4(.length = 200),
	     TCP(OUT)),
	NONE("three tags leave, and open nothing", VLAN(), VLAN(), VLAN(), IPV4(), TCP(OUT)),
	NONE("IPv4 addresses in the form of IPv6 open nothing",
	     IPV6(.from = "::ffff:192.0.2.1", .to = "::ffff:192.0.2.2"), TCP(OUT)),

	/* From where */
	{
		.name = "a SYN that came in from outside opens nothing",
		.ingress = 8,
		.outside = {7, 8},
		.no_effect = true,
		.layers = {ETHERNET(), IPV4(), TCP(OUT)},
	},
	{
		.name = "UDP that came in from outside opens nothing",
		.ingress = 7,
		.outside = {7, 8},
		.no_effect = true,
		.layers = {ETHERNET(), IPV6(), UDP(OUT)},
	},
	{
		.name = "a ping that came in from outside opens nothing",
		.ingress = 7,
		.outside = {7},
		.no_effect = true,
		.layers = {ETHERNET(), IPV4(), ICMP(.type = 8)},
	},
	{
		.name = "an ACK that came in from outside establishes nothing",
		.ingress = 7,
		.outside = {7},
		.no_effect = true,
		.before = {BETWEEN_4(6, PORTS), OPENING(.left = 60)},
		.layers = {ETHERNET(), IPV4(), TCP(OUT, .flags = ACK)},
	},
	{
		.name = "an ACK that came in from outside prolongs nothing",
		.ingress = 7,
		.outside = {7},
		.no_effect = true,
		.before = {BETWEEN_4(6, PORTS), OPEN(.left = 1000, .silent = 99)},
		.layers = {ETHERNET(), IPV4(), TCP(OUT, .flags = ACK)},
	},
	{
		.name = "a RST that came in from outside ends nothing",
		.ingress = 7,
		.outside = {7},
		.no_effect = true,
		.before = {BETWEEN_4(6, PORTS), OPEN(.left = 1000)},
		.layers = {ETHERNET(), IPV4(), TCP(OUT, .flags = RST)},
	},
	{
		.name = "a SYN that came in from inside opens a flow",
		.ingress = 9,
		.outside = {7, 8},
		.layers = {ETHERNET(), IPV4(), TCP(OUT)},
		.after = {BETWEEN_4(6, PORTS), OPENING(.left = 60)},
	},
	{
		.name = "UDP that came in from inside opens a flow that beats none",
		.ingress = 9,
		.layers = {ETHERNET(), IPV6(), UDP(OUT)},
		.after = {BETWEEN_6(17, PORTS), .state = FLOW_OPEN, .left = 180},
	},
	{
		.name = "with too many interfaces outside nothing that came in opens a flow",
		.ingress = 9,
		.outside = {OUTSIDE_ALL},
		.no_effect = true,
		.layers = {ETHERNET(), IPV4(), TCP(OUT)},
	},
	{
		.name = "with too many interfaces outside the host's own packets open flows",
		.outside = {OUTSIDE_ALL},
		.layers = {ETHERNET(), IPV4(), TCP(OUT)},
		.after = {BETWEEN_4(6, PORTS), OPENING(.left = 60)},
	},
};
const size_t learn_case_count = sizeof(learn_cases) / sizeof(*learn_cases);
