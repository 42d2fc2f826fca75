/* SPDX-License-Identifier: GPL-2.0-only */
/* Step 8: replies. */
#include "cases.h"

enum {
	FIN = 0x01,
	SYN = 0x02,
	RST = 0x04,
	PSH = 0x08,
	ACK = 0x10,
	URG = 0x20,
	ECE = 0x40,
	CWR = 0x80
};

#define DENY_ALL "default deny\n"
#define DENY_ICMP "default deny\ndeny icmp\ndeny icmp6\n"

/* Braces with commas as one argument of a macro. */
#define PROTECT(...) __VA_ARGS__

/* The flow, from this host's port 40000 to port 443 of the peer, whose addresses are those that
 * frames have by default. */
#define ENDS_4 .local = "192.0.2.2", .remote = "192.0.2.1"
#define ENDS_6 .local = "2001:db8::2", .remote = "2001:db8::1"
#define PORTS .local_port = 40000, .remote_port = 443
#define ECHO .local_port = 4711
#define FLOW_4(number, ...)                                     \
	{                                                       \
		{                                               \
			.protocol = number, ENDS_4, __VA_ARGS__ \
		}                                               \
	}
#define FLOW_6(number, ...)                                     \
	{                                                       \
		{                                               \
			.protocol = number, ENDS_6, __VA_ARGS__ \
		}                                               \
	}
/* What a reply carries in the transport header. */
#define BACK .source = 443, .destination = 40000

/* A packet to port 40000 under default deny, beside one flow. */
#define TO_PORT(sentence, flow, frame, ...)                                           \
	{                                                                             \
		.name = sentence, .policy = DENY_ALL, .flows = flow, .layers = frame, \
		.expected = {                                                         \
			__VA_ARGS__                                                   \
		}                                                                     \
	}
#define TCP_4(sentence, reason, ...)                                                             \
	TO_PORT(sentence, PROTECT(FLOW_4(6, PORTS)), PROTECT({ETHERNET(), __VA_ARGS__}), reason, \
		COUNTS_TCP(40000))
#define TCP_6(sentence, reason, ...)                                                             \
	TO_PORT(sentence, PROTECT(FLOW_6(6, PORTS)), PROTECT({ETHERNET(), __VA_ARGS__}), reason, \
		COUNTS_TCP(40000))
#define UDP_4(sentence, reason, ...)                                                              \
	TO_PORT(sentence, PROTECT(FLOW_4(17, PORTS)), PROTECT({ETHERNET(), __VA_ARGS__}), reason, \
		COUNTS_UDP(40000))
#define UDP_6(sentence, reason, ...)                                                              \
	TO_PORT(sentence, PROTECT(FLOW_6(17, PORTS)), PROTECT({ETHERNET(), __VA_ARGS__}), reason, \
		COUNTS_UDP(40000))
/* The same where no port is counted. */
#define OTHER(sentence, flow, reason, ...) \
	TO_PORT(sentence, PROTECT(flow), PROTECT({ETHERNET(), __VA_ARGS__}), reason)

/* A segment between the ends of the flow. */
#define SEGMENT_4(sentence, reason, tcp_flags) \
	TCP_4(sentence, reason, IPV4(), TCP(BACK, .flags = tcp_flags))
#define SEGMENT_6(sentence, reason, tcp_flags) \
	TCP_6(sentence, reason, IPV6(), TCP(BACK, .flags = tcp_flags))

/* An ACK between the ends of one flow, under some policy. */
#define UNDER(sentence, text, flow, ...)                                               \
	{                                                                              \
		.name = sentence, .policy = text, .flows = flow,                       \
		.layers = {ETHERNET(), IPV4(), TCP(BACK, .flags = ACK)}, .expected = { \
			__VA_ARGS__,                                                   \
			COUNTS_TCP(40000)                                              \
		}                                                                      \
	}
#define WEAK PROTECT(FLOW_4(6, PORTS))
#define STRONG PROTECT(FLOW_4(6, PORTS, .beats_deny = true))

/* ICMP under rules that deny it. */
#define PING_4(sentence, reason, ...)                                                              \
	{                                                                                          \
		.name = sentence, .policy = DENY_ICMP,                                             \
		.flows = FLOW_4(1, ECHO, .beats_deny = true), .layers = {ETHERNET(), __VA_ARGS__}, \
		.expected = {                                                                      \
			reason                                                                     \
		}                                                                                  \
	}
#define PING_6(sentence, reason, ...)                              \
	{                                                          \
		.name = sentence, .policy = DENY_ICMP,             \
		.flows = FLOW_6(58, ECHO, .beats_deny = true),     \
		.layers = {ETHERNET(), __VA_ARGS__}, .expected = { \
			reason                                     \
		}                                                  \
	}
#define ANSWER_4(...) ICMP(.type = 0, __VA_ARGS__)
#define ANSWER_6(...) ICMP6(.type = 129, __VA_ARGS__)

static const struct packet_case cases[] = {
	/* What belongs to the flow, */
	TCP_4("a TCP reply passes under default deny", REASON_REPLY, IPV4(),
	      TCP(BACK, .flags = ACK)),
	TCP_6("a TCP reply in IPv6 passes under default deny", REASON_REPLY, IPV6(),
	      TCP(BACK, .flags = ACK)),
	UDP_4("a UDP reply passes under default deny", REASON_REPLY, IPV4(), UDP(BACK)),
	UDP_6("a UDP reply in IPv6 passes under default deny", REASON_REPLY, IPV6(), UDP(BACK)),
	OTHER("an SCTP reply passes under default deny", FLOW_4(132, PORTS), REASON_REPLY, IPV4(),
	      SCTP(BACK, .type = 3)),
	OTHER("an SCTP reply in IPv6 passes under default deny", FLOW_6(132, PORTS), REASON_REPLY,
	      IPV6(), SCTP(BACK, .type = 3)),
	OTHER("ESP between the ends of a flow passes under default deny", FLOW_4(50), REASON_REPLY,
	      IPV4(.next = 50), PAYLOAD(.size = 24)),
	OTHER("ESP in IPv6 between the ends of a flow passes under default deny", FLOW_6(50),
	      REASON_REPLY, IPV6(.next = 50), PAYLOAD(.size = 24)),
	OTHER("GRE between the ends of a flow passes under default deny", FLOW_4(47), REASON_REPLY,
	      IPV4(.next = 47), PAYLOAD(.size = 24)),
	OTHER("IPv4 in IPv6 between the ends of a flow passes under default deny", FLOW_6(4),
	      REASON_REPLY, IPV6(.next = 4), PAYLOAD(.size = 24)),
	PING_4("the answer to an own ping passes although ICMP is denied", REASON_REPLY, IPV4(),
	       ANSWER_4(.id = 4711)),
	PING_6("the answer to an own ping in ICMPv6 passes although that is denied", REASON_REPLY,
	       IPV6(), ANSWER_6(.id = 4711)),
	TO_PORT("replies to the lowest port from the highest pass",
		PROTECT(FLOW_4(6, .local_port = 0, .remote_port = 65535)),
		PROTECT({ETHERNET(), IPV4(), TCP(.source = 65535, .flags = ACK)}), REASON_REPLY,
		COUNTS_TCP(0)),
	TO_PORT("replies to the highest port from the lowest pass",
		PROTECT(FLOW_6(17, .local_port = 65535, .remote_port = 0)),
		PROTECT({ETHERNET(), IPV6(), UDP(.destination = 65535)}), REASON_REPLY,
		COUNTS_UDP(65535)),
	{
		.name = "a reply passes on whatever NIC it arrives",
		.policy = DENY_ALL,
		.nic = 1,
		.flows = FLOW_4(6, PORTS),
		.layers = {ETHERNET(), IPV4(), TCP(BACK, .flags = ACK)},
		.expected = REPLY_TCP(40000),
	},
	{
		.name = "a second flow is found too",
		.policy = DENY_ALL,
		.flows = {{.protocol = 6, ENDS_4, .local_port = 40001, .remote_port = 443},
			  {.protocol = 6, ENDS_4, PORTS}},
		.layers = {ETHERNET(), IPV4(), TCP(BACK, .flags = ACK)},
		.expected = REPLY_TCP(40000),
	},

	/* and what differs from it in one field, */
	TCP_4("TCP from another address is forged", REASON_DEFAULT_DENY, IPV4(.from = "192.0.2.3"),
	      TCP(BACK, .flags = ACK)),
	TCP_4("TCP from an address that differs in its first bit is forged", REASON_DEFAULT_DENY,
	      IPV4(.from = "64.0.2.1"), TCP(BACK, .flags = ACK)),
	TCP_4("TCP to another address is forged", REASON_DEFAULT_DENY, IPV4(.to = "192.0.2.3"),
	      TCP(BACK, .flags = ACK)),
	TCP_4("TCP to an address that differs in its first bit is forged", REASON_DEFAULT_DENY,
	      IPV4(.to = "64.0.2.2"), TCP(BACK, .flags = ACK)),
	TCP_4("TCP from another port is forged", REASON_DEFAULT_DENY, IPV4(),
	      TCP(.source = 444, .destination = 40000, .flags = ACK)),
	TCP_4("TCP from a port that differs in its first bit is forged", REASON_DEFAULT_DENY,
	      IPV4(), TCP(.source = 443 + 0x8000, .destination = 40000, .flags = ACK)),
	TO_PORT("TCP to another port is forged", PROTECT(FLOW_4(6, PORTS)),
		PROTECT({ETHERNET(), IPV4(),
			 TCP(.source = 443, .destination = 40001, .flags = ACK)}),
		REASON_DEFAULT_DENY, COUNTS_TCP(40001)),
	TO_PORT("UDP between the ends of a TCP flow is forged", PROTECT(FLOW_4(6, PORTS)),
		PROTECT({ETHERNET(), IPV4(), UDP(BACK)}), REASON_DEFAULT_DENY, COUNTS_UDP(40000)),
	TO_PORT("TCP between the ends of a UDP flow is forged", PROTECT(FLOW_4(17, PORTS)),
		PROTECT({ETHERNET(), IPV4(), TCP(BACK, .flags = ACK)}), REASON_DEFAULT_DENY,
		COUNTS_TCP(40000)),
	OTHER("SCTP between the ends of a TCP flow is forged", FLOW_4(6, PORTS),
	      REASON_DEFAULT_DENY, IPV4(), SCTP(BACK)),
	TCP_6("TCP from another interface of the same IPv6 network is forged", REASON_DEFAULT_DENY,
	      IPV6(.from = "2001:db8::3"), TCP(BACK, .flags = ACK)),
	TCP_6("TCP from an IPv6 address that differs in its 65th bit is forged",
	      REASON_DEFAULT_DENY, IPV6(.from = "2001:db8::8000:0:0:1"), TCP(BACK, .flags = ACK)),
	TCP_6("TCP from another IPv6 network is forged", REASON_DEFAULT_DENY,
	      IPV6(.from = "2001:db8:0:1::1"), TCP(BACK, .flags = ACK)),
	TCP_6("TCP from an IPv6 address that differs in its first bit is forged",
	      REASON_DEFAULT_DENY, IPV6(.from = "a001:db8::1"), TCP(BACK, .flags = ACK)),
	TCP_6("TCP to another interface of the same IPv6 network is forged", REASON_DEFAULT_DENY,
	      IPV6(.to = "2001:db8::3"), TCP(BACK, .flags = ACK)),
	TCP_6("TCP to an IPv6 address that differs in its 65th bit is forged", REASON_DEFAULT_DENY,
	      IPV6(.to = "2001:db8::8000:0:0:2"), TCP(BACK, .flags = ACK)),
	TCP_6("TCP to another IPv6 network is forged", REASON_DEFAULT_DENY,
	      IPV6(.to = "2001:db8:0:1::2"), TCP(BACK, .flags = ACK)),
	TCP_6("TCP to an IPv6 address that differs in its first bit is forged", REASON_DEFAULT_DENY,
	      IPV6(.to = "a001:db8::2"), TCP(BACK, .flags = ACK)),
	TCP_6("TCP in IPv6 from another port is forged", REASON_DEFAULT_DENY, IPV6(),
	      TCP(.source = 442, .destination = 40000, .flags = ACK)),
	TO_PORT("TCP in IPv6 to another port is forged", PROTECT(FLOW_6(6, PORTS)),
		PROTECT({ETHERNET(), IPV6(),
			 TCP(.source = 443, .destination = 39999, .flags = ACK)}),
		REASON_DEFAULT_DENY, COUNTS_TCP(39999)),
	TO_PORT("UDP in IPv6 between the ends of a TCP flow is forged", PROTECT(FLOW_6(6, PORTS)),
		PROTECT({ETHERNET(), IPV6(), UDP(BACK)}), REASON_DEFAULT_DENY, COUNTS_UDP(40000)),
	UDP_4("UDP from another address is forged", REASON_DEFAULT_DENY, IPV4(.from = "192.0.2.0"),
	      UDP(BACK)),
	UDP_4("UDP to another address is forged", REASON_DEFAULT_DENY, IPV4(.to = "192.0.2.0"),
	      UDP(BACK)),
	UDP_4("UDP from another port is forged", REASON_DEFAULT_DENY, IPV4(),
	      UDP(.source = 442, .destination = 40000)),
	TO_PORT("UDP to another port is forged", PROTECT(FLOW_4(17, PORTS)),
		PROTECT({ETHERNET(), IPV4(), UDP(.source = 443, .destination = 40001)}),
		REASON_DEFAULT_DENY, COUNTS_UDP(40001)),
	UDP_6("UDP from another IPv6 address is forged", REASON_DEFAULT_DENY,
	      IPV6(.from = "2001:db8::"), UDP(BACK)),
	UDP_6("UDP to another IPv6 address is forged", REASON_DEFAULT_DENY,
	      IPV6(.to = "2001:db8:1::2"), UDP(BACK)),
	UDP_6("UDP in IPv6 from another port is forged", REASON_DEFAULT_DENY, IPV6(),
	      UDP(.source = 444, .destination = 40000)),
	OTHER("SCTP from another address is forged", FLOW_4(132, PORTS), REASON_DEFAULT_DENY,
	      IPV4(.from = "192.0.2.3"), SCTP(BACK)),
	OTHER("SCTP from another port is forged", FLOW_4(132, PORTS), REASON_DEFAULT_DENY, IPV4(),
	      SCTP(.source = 444, .destination = 40000)),
	OTHER("SCTP to another port is forged", FLOW_4(132, PORTS), REASON_DEFAULT_DENY, IPV4(),
	      SCTP(.source = 443, .destination = 40001)),
	OTHER("GRE between the ends of an ESP flow is forged", FLOW_4(50), REASON_DEFAULT_DENY,
	      IPV4(.next = 47), PAYLOAD(.size = 24)),
	OTHER("ESP from another address is forged", FLOW_4(50), REASON_DEFAULT_DENY,
	      IPV4(.from = "192.0.2.3", .next = 50), PAYLOAD(.size = 24)),
	OTHER("ESP to another IPv6 address is forged", FLOW_6(50), REASON_DEFAULT_DENY,
	      IPV6(.to = "2001:db8::3", .next = 50), PAYLOAD(.size = 24)),
	TCP_4("TCP with the addresses of a flow the wrong way round is forged", REASON_DEFAULT_DENY,
	      IPV4(.from = "192.0.2.2", .to = "192.0.2.1"), TCP(BACK, .flags = ACK)),
	TO_PORT("TCP with the ports of a flow the wrong way round is forged",
		PROTECT(FLOW_4(6, PORTS)),
		PROTECT({ETHERNET(), IPV4(),
			 TCP(.source = 40000, .destination = 443, .flags = ACK)}),
		REASON_DEFAULT_DENY, COUNTS_TCP(443)),
	TCP_4("IPv4 addresses in the form of IPv6 are not those of an IPv4 flow",
	      REASON_DEFAULT_DENY, IPV6(.from = "::ffff:192.0.2.1", .to = "::ffff:192.0.2.2"),
	      TCP(BACK, .flags = ACK)),
	TCP_4("IPv4 addresses in the low bits of IPv6 are not those of an IPv4 flow",
	      REASON_DEFAULT_DENY, IPV6(.from = "::192.0.2.1", .to = "::192.0.2.2"),
	      TCP(BACK, .flags = ACK)),
	TO_PORT("IPv4 is no reply to a flow of IPv6",
		PROTECT({{.protocol = 6, .local = "::192.0.2.2", .remote = "::192.0.2.1", PORTS}}),
		PROTECT({ETHERNET(), IPV4(), TCP(BACK, .flags = ACK)}), REASON_DEFAULT_DENY,
		COUNTS_TCP(40000)),

	/* what opens a connection, */
	SEGMENT_4("a SYN is no reply", REASON_DEFAULT_DENY, SYN),
	SEGMENT_6("a SYN in IPv6 is no reply", REASON_DEFAULT_DENY, SYN),
	SEGMENT_4("a SYN with FIN is no reply", REASON_DEFAULT_DENY, SYN | FIN),
	SEGMENT_4("a SYN with RST is no reply", REASON_DEFAULT_DENY, SYN | RST),
	SEGMENT_4("a SYN with all other flags but ACK is no reply", REASON_DEFAULT_DENY,
		  SYN | FIN | RST | PSH | URG | ECE | CWR),
	SEGMENT_6("a SYN with PSH, URG, ECE and CWR in IPv6 is no reply", REASON_DEFAULT_DENY,
		  SYN | PSH | URG | ECE | CWR),
	SEGMENT_4("a SYN with ACK is a reply", REASON_REPLY, SYN | ACK),
	SEGMENT_6("a SYN with ACK and ECE in IPv6 is a reply", REASON_REPLY, SYN | ACK | ECE),
	SEGMENT_4("a RST is a reply", REASON_REPLY, RST),
	SEGMENT_6("a RST with ACK in IPv6 is a reply", REASON_REPLY, RST | ACK),
	SEGMENT_4("a FIN is a reply", REASON_REPLY, FIN),
	SEGMENT_6("a FIN with ACK in IPv6 is a reply", REASON_REPLY, FIN | ACK),
	SEGMENT_4("a segment with all flags is a reply", REASON_REPLY, 0xff),
	SEGMENT_4("a segment without a flag is a reply", REASON_REPLY, WRITE_ZERO),
	OTHER("an SCTP INIT is no reply", FLOW_4(132, PORTS), REASON_DEFAULT_DENY, IPV4(),
	      SCTP(BACK, .type = 1)),
	OTHER("an SCTP INIT in IPv6 is no reply", FLOW_6(132, PORTS), REASON_DEFAULT_DENY, IPV6(),
	      SCTP(BACK, .type = 1), PAYLOAD(.size = 16)),
	OTHER("an SCTP INIT ACK is a reply", FLOW_4(132, PORTS), REASON_REPLY, IPV4(),
	      SCTP(BACK, .type = 2)),
	OTHER("SCTP data are a reply", FLOW_6(132, PORTS), REASON_REPLY, IPV6(), SCTP(BACK),
	      PAYLOAD(.size = 16)),
	OTHER("an SCTP ABORT is a reply", FLOW_4(132, PORTS), REASON_REPLY, IPV4(),
	      SCTP(BACK, .type = 6)),
	OTHER("an SCTP packet without a chunk is a reply", FLOW_4(132, PORTS), REASON_REPLY, IPV4(),
	      SCTP(BACK)),

	/* and echoes. */
	PING_4("an echo request is no reply", REASON_DENY, IPV4(), ICMP(.type = 8, .id = 4711)),
	PING_6("an echo request in ICMPv6 is no reply", REASON_DENY, IPV6(),
	       ICMP6(.type = 128, .id = 4711)),
	PING_4("an echo reply with another identifier is forged", REASON_DENY, IPV4(),
	       ANSWER_4(.id = 4712)),
	PING_4("an echo reply with the identifier's bytes swapped is forged", REASON_DENY, IPV4(),
	       ANSWER_4(.id = 0x6712)),
	PING_6("an echo reply with another identifier in ICMPv6 is forged", REASON_DENY, IPV6(),
	       ANSWER_6(.id = 4710)),
	PING_4("an echo reply from another address is forged", REASON_DENY,
	       IPV4(.from = "192.0.2.3"), ANSWER_4(.id = 4711)),
	PING_6("an echo reply to another address in ICMPv6 is forged", REASON_DENY,
	       IPV6(.to = "2001:db8::3"), ANSWER_6(.id = 4711)),
	PING_4("an echo reply that ends before its identifier is forged", REASON_DENY, IPV4(),
	       ANSWER_4(.id = 4711, .size = 5)),
	PING_4("a timestamp reply is no reply to a ping", REASON_DENY, IPV4(),
	       ICMP(.type = 14, .id = 4711)),
	PING_6("the number of an echo reply in ICMP means nothing in ICMPv6", REASON_DENY, IPV6(),
	       ICMP6(.type = 0, .id = 4711)),
	PING_4("an unreachable destination is no reply but passes as an error", REASON_ICMP, IPV4(),
	       ICMP(.type = 3, .id = 4711)),
	PING_6("a packet too big is no reply but passes as an error", REASON_ICMP, IPV6(),
	       ICMP6(.type = 2, .id = 4711)),
	{
		.name = "an echo reply where no rule denies ICMP passes as ICMP",
		.policy = DENY_ALL,
		.flows = FLOW_4(1, ECHO, .beats_deny = true),
		.layers = {ETHERNET(), IPV4(), ANSWER_4(.id = 4711)},
		.expected = {REASON_ICMP},
	},
	{
		.name = "an echo reply where no rule denies ICMPv6 passes as ICMP",
		.policy = DENY_ALL,
		.flows = FLOW_6(58, ECHO, .beats_deny = true),
		.layers = {ETHERNET(), IPV6(), ANSWER_6(.id = 4711)},
		.expected = {REASON_ICMP},
	},
	{
		.name = "an echo reply to a flow that does not beat the rule is denied",
		.policy = DENY_ICMP,
		.flows = FLOW_4(1, ECHO),
		.layers = {ETHERNET(), IPV4(), ANSWER_4(.id = 4711)},
		.expected = {REASON_DENY},
	},
	{
		.name = "neighbour discovery passes whatever flows there are",
		.policy = DENY_ICMP,
		.flows = FLOW_6(58, ECHO, .beats_deny = true),
		.layers = {ETHERNET(), IPV6(), ICMP6(.type = 136, .id = 4711)},
		.expected = {REASON_ICMP},
	},

	/* Time and rules. */
	UNDER("a flow that is over has no replies", DENY_ALL,
	      PROTECT(FLOW_4(6, PORTS, .over = true)), REASON_DEFAULT_DENY),
	UNDER("a flow that is over beats no rule", "deny tcp 40000\n",
	      PROTECT(FLOW_4(6, PORTS, .over = true, .beats_deny = true)), REASON_DENY),
	UNDER("a rule that denies stops replies to a flow that does not beat it",
	      "default allow\ndeny tcp 40000\n", WEAK, REASON_DENY),
	UNDER("a flow of this host's own beats a rule that denies",
	      "default allow\ndeny tcp 40000\n", STRONG, REASON_REPLY),
	UNDER("a flow of this host's own passes under default deny too", DENY_ALL, STRONG,
	      REASON_REPLY),
	UNDER("a rule that denies the source stops replies to a flow that does not beat it",
	      "default deny\ndeny tcp 40000 from 192.0.2.0/24\n", WEAK, REASON_DENY),
	UNDER("a flow of this host's own beats a rule that denies the source",
	      "default deny\ndeny tcp all from 192.0.2.1\n", STRONG, REASON_REPLY),
	UNDER("a rule that denies another source leaves replies alone",
	      "default deny\ndeny tcp 40000 from 192.0.3.0/24\n", WEAK, REASON_REPLY),
	UNDER("a rule that denies on this NIC stops replies to a flow that does not beat it",
	      "default deny\ndeny tcp 40000 on eth0\n", WEAK, REASON_DENY),
	UNDER("a rule that denies on another NIC leaves replies alone",
	      "default deny\ndeny tcp 40000 on eth1\n", WEAK, REASON_REPLY),
	UNDER("a timed deny stops replies to a flow that does not beat it",
	      "default deny\ndeny tcp 40000" UNTIL_FUTURE, WEAK, REASON_DENY),
	UNDER("behind its time it leaves replies alone", "default deny\ndeny tcp 40000" UNTIL_PAST,
	      WEAK, REASON_REPLY),
	UNDER("a rule that allows is the reason before a flow", "default deny\nallow tcp 40000\n",
	      STRONG, REASON_ALLOW),
	UNDER("a default that allows is the reason before a flow", "default allow\n", STRONG,
	      REASON_DEFAULT_ALLOW),
	{
		.name = "a blocked source gets no reply through",
		.policy = DENY_ALL,
		.blocked = {{"192.0.2.1"}},
		.flows = FLOW_4(6, PORTS, .beats_deny = true),
		.layers = {ETHERNET(), IPV4(), TCP(BACK, .flags = ACK)},
		.expected = {REASON_BLOCKED, COUNTS_TCP(40000)},
	},
	{
		.name = "a blocked IPv6 prefix gets no reply through",
		.policy = "default allow\n",
		.blocked = {{"2001:db8::/32"}},
		.flows = FLOW_6(17, PORTS, .beats_deny = true),
		.layers = {ETHERNET(), IPV6(), UDP(BACK)},
		.expected = {REASON_BLOCKED, COUNTS_UDP(40000)},
	},
	{
		.name = "a protocol that is denied passes in a flow that beats the rule",
		.policy = "deny proto 50\n",
		.flows = FLOW_4(50, .beats_deny = true),
		.layers = {ETHERNET(), IPV4(.next = 50), PAYLOAD(.size = 24)},
		.expected = {REASON_REPLY},
	},
	{
		.name = "a protocol that is denied drops in a flow that does not beat the rule",
		.policy = "deny proto 50\n",
		.flows = FLOW_4(50),
		.layers = {ETHERNET(), IPV4(.next = 50), PAYLOAD(.size = 24)},
		.expected = {REASON_DENY},
	},
	{
		.name = "a DHCP answer is the reason before a flow",
		.policy = DENY_ALL,
		.flows = FLOW_4(17, .local_port = 68, .remote_port = 67, .beats_deny = true),
		.layers = {ETHERNET(), IPV4(), UDP(.source = 67, .destination = 68)},
		.expected = {REASON_DHCP, COUNTS_UDP(68)},
	},
	{
		.name = "deny udp 68 is beaten by a flow of this host's own",
		.policy = "deny udp 68\n",
		.flows = FLOW_4(17, .local_port = 68, .remote_port = 67, .beats_deny = true),
		.layers = {ETHERNET(), IPV4(), UDP(.source = 67, .destination = 68)},
		.expected = {REASON_REPLY, COUNTS_UDP(68)},
	},
	{
		.name = "deny udp 68 stops replies to a flow that does not beat it",
		.policy = "deny udp 68\n",
		.flows = FLOW_4(17, .local_port = 68, .remote_port = 67),
		.layers = {ETHERNET(), IPV4(), UDP(.source = 67, .destination = 68)},
		.expected = {REASON_DENY, COUNTS_UDP(68)},
	},

	/* Where replies are found. */
	UDP_4("the first fragment of a reply passes", REASON_REPLY, IPV4(.more = true),
	      UDP(BACK, .length = 3000), PAYLOAD(.size = 1472)),
	UDP_6("the first fragment of a reply in IPv6 passes", REASON_REPLY, IPV6(),
	      FRAGMENT(.more = true), UDP(BACK, .length = 3000), PAYLOAD(.size = 1448)),
	UDP_4("the first fragment of a forged reply drops", REASON_DEFAULT_DENY, IPV4(.more = true),
	      UDP(.source = 442, .destination = 40000, .length = 3000), PAYLOAD(.size = 1472)),
	OTHER("a later fragment is none of the flow's business", FLOW_4(17, PORTS), REASON_FRAGMENT,
	      IPV4(.offset = 185, .next = 17), PAYLOAD(.size = 100)),
	TCP_4("a reply in a VLAN passes", REASON_REPLY, VLAN(), IPV4(), TCP(BACK, .flags = ACK)),
	TCP_6("a reply in QinQ passes", REASON_REPLY, VLAN(.type = 0x88a8), VLAN(), IPV6(),
	      TCP(BACK, .flags = ACK)),
	TCP_4("a reply in PPPoE passes", REASON_REPLY, PPPOE(), IPV4(), TCP(BACK, .flags = ACK)),
	TCP_6("a reply in PPPoE in a VLAN passes", REASON_REPLY, VLAN(), PPPOE(), IPV6(),
	      TCP(BACK, .flags = ACK)),
	TCP_4("a forged reply in a VLAN drops", REASON_DEFAULT_DENY, VLAN(),
	      IPV4(.from = "192.0.2.3"), TCP(BACK, .flags = ACK)),
	TCP_4("a reply with IPv4 options passes", REASON_REPLY, IPV4(.options = 8),
	      TCP(BACK, .flags = ACK, .options = 12), PAYLOAD(.size = 100)),
	TCP_6("a reply behind extension headers passes", REASON_REPLY, IPV6(), HOP_BY_HOP(),
	      DESTINATION(.options = 16), TCP(BACK, .flags = ACK)),
	OTHER("ESP behind an extension header passes", FLOW_6(50), REASON_REPLY, IPV6(),
	      DESTINATION(.next = 50), PAYLOAD(.size = 24)),
	PING_6("an echo reply behind an extension header passes", REASON_REPLY, IPV6(),
	       DESTINATION(), ANSWER_6(.id = 4711)),
	{
		.name = "a reply on a raw IP link passes",
		.policy = DENY_ALL,
		.link = LINK_RAW_IP,
		.flows = FLOW_4(6, PORTS),
		.layers = {IPV4(), TCP(BACK, .flags = ACK)},
		.expected = REPLY_TCP(40000),
	},
	{
		.name = "a forged reply on a raw IP link drops",
		.policy = DENY_ALL,
		.link = LINK_RAW_IP,
		.nic = 1,
		.flows = FLOW_6(17, PORTS),
		.layers = {IPV6(.from = "2001:db8::3"), UDP(BACK)},
		.expected = {REASON_DEFAULT_DENY, COUNTS_UDP(40000)},
	},
	{
		.name = "a malformed reply is malformed",
		.policy = DENY_ALL,
		.flows = FLOW_4(6, PORTS),
		.layers = {ETHERNET(), IPV4(), TCP(BACK, .flags = ACK, .header = 4)},
		.expected = MALFORMED,
	},
};

CASE_TABLE(flow);
