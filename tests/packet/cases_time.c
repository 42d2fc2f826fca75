/* SPDX-License-Identifier: GPL-2.0-only */
/* Step 7: rules that end. */
#include "cases.h"

#define TIMED(sentence, text, ...)                                                    \
	{                                                                             \
		.name = sentence, .policy = text,                                     \
		.layers = {ETHERNET(), IPV4(), TCP(.destination = 22)}, .expected = { \
			__VA_ARGS__,                                                  \
			COUNTS_TCP(22)                                                \
		}                                                                     \
	}
#define DHCP_ANSWER(sentence, text, ...)                                              \
	{                                                                             \
		.name = sentence, .policy = text,                                     \
		.layers = {ETHERNET(), IPV4(), UDP(.source = 67, .destination = 68)}, \
		.expected = {                                                         \
			__VA_ARGS__,                                                  \
			COUNTS_UDP(68)                                                \
		}                                                                     \
	}

/* Longer prefixes, which end later; all are over. */
#define LADDER                                                        \
	"default deny\n"                                              \
	"allow tcp 22 from 0.0.0.0/0 until 2029-12-31T20:00:00Z\n"    \
	"deny tcp 22 from 192.0.0.0/8 until 2029-12-31T21:00:00Z\n"   \
	"allow tcp 22 from 192.0.2.0/24 until 2029-12-31T22:00:00Z\n" \
	"deny tcp 22 from 192.0.2.1 until 2029-12-31T23:00:00Z\n"

static const struct packet_case cases[] = {
	TIMED("a timed rule holds before its time", "default deny\nallow tcp 22" UNTIL_FUTURE,
	      REASON_ALLOW),
	TIMED("a timed rule is gone behind its time", "default deny\nallow tcp 22" UNTIL_PAST,
	      REASON_DEFAULT_DENY),
	TIMED("a timed deny holds before its time", "deny tcp 22" UNTIL_FUTURE, REASON_DENY),
	TIMED("a timed deny is gone behind its time", "deny tcp 22" UNTIL_PAST,
	      REASON_DEFAULT_ALLOW),
	TIMED("a timed rule overlays the permanent one",
	      "default deny\ndeny tcp 22\nallow tcp 22" UNTIL_FUTURE, REASON_ALLOW),
	TIMED("behind its time the permanent rule is back",
	      "default deny\ndeny tcp 22\nallow tcp 22" UNTIL_PAST, REASON_DENY),
	TIMED("a later permanent rule ends a timed one",
	      "default deny\ndeny tcp 22" UNTIL_FUTURE "allow tcp 22\n", REASON_ALLOW),
	TIMED("of two timed rules the later one holds",
	      "default deny\ndeny tcp 22 until 2035-01-01T00:00:00Z\nallow tcp 22" UNTIL_FUTURE,
	      REASON_ALLOW),
	TIMED("a timed rule that is over hides no earlier permanent one",
	      "allow tcp 22\ndeny tcp 22" UNTIL_FUTURE "deny tcp 22" UNTIL_PAST, REASON_ALLOW),
	TIMED("a timed rule for a longer prefix beats a permanent one",
	      "default deny\ndeny tcp 22 from 192.0.0.0/8\nallow tcp 22 from "
	      "192.0.2.1" UNTIL_FUTURE,
	      REASON_ALLOW),
	TIMED("behind its time the shorter prefix holds",
	      "default deny\ndeny tcp 22 from 192.0.0.0/8\nallow tcp 22 from 192.0.2.1" UNTIL_PAST,
	      REASON_DENY),
	TIMED("a permanent rule for a longer prefix beats a timed one",
	      "default deny\ndeny tcp 22" UNTIL_FUTURE "allow tcp 22 from 192.0.2.1\n",
	      REASON_ALLOW),
	TIMED("a timed rule of this NIC beats a permanent one for all",
	      "default deny\ndeny tcp 22\nallow tcp 22 on eth0" UNTIL_FUTURE, REASON_ALLOW),
	TIMED("behind its time the one for all NICs holds",
	      "default deny\ndeny tcp 22\nallow tcp 22 on eth0" UNTIL_PAST, REASON_DENY),
	TIMED("a permanent rule of this NIC beats a timed one for all",
	      "default deny\nallow tcp 22 on eth0\ndeny tcp 22" UNTIL_FUTURE, REASON_ALLOW),
	TIMED("a timed rule of another NIC does not count",
	      "default deny\nallow tcp 22 on eth1" UNTIL_FUTURE, REASON_DEFAULT_DENY),
	TIMED("several times that are over leave nothing", LADDER, REASON_DEFAULT_DENY),
	TIMED("several times that are over leave what is permanent",
	      LADDER "allow tcp 22 from 192.0.2.0/25\n", REASON_ALLOW),
	TIMED("of several times one that is not over holds",
	      LADDER "allow tcp 22 from 128.0.0.0/1" UNTIL_FUTURE, REASON_ALLOW),
	{
		.name = "a timed rule for a range ends for its last port",
		.policy = "default deny\nallow tcp 20-30" UNTIL_PAST,
		.layers = {ETHERNET(), IPV6(), TCP(.destination = 30)},
		.expected = {REASON_DEFAULT_DENY, COUNTS_TCP(30)},
	},
	{
		.name = "a timed rule holds in IPv6",
		.policy = "default deny\nallow tcp 22 from 2001:db8::/32" UNTIL_FUTURE,
		.layers = {ETHERNET(), IPV6(), TCP(.destination = 22)},
		.expected = ALLOWED_TCP_22,
	},
	{
		.name = "a timed rule for a protocol holds",
		.policy = "default deny\nallow proto 47" UNTIL_FUTURE,
		.layers = {ETHERNET(), IPV4(.next = 47), PAYLOAD(.size = 4)},
		.expected = {REASON_ALLOW},
	},
	{
		.name = "a timed rule for a protocol ends",
		.policy = "default deny\nallow proto 47" UNTIL_PAST,
		.layers = {ETHERNET(), IPV4(.next = 47), PAYLOAD(.size = 4)},
		.expected = {REASON_DEFAULT_DENY},
	},
	{
		.name = "pings pass again behind the time of a deny",
		.policy = "deny icmp" UNTIL_PAST,
		.layers = {ETHERNET(), IPV4(), ICMP(.type = 8)},
		.expected = {REASON_ICMP},
	},
	DHCP_ANSWER("a timed deny udp 68 stops DHCP answers", "deny udp 68" UNTIL_FUTURE,
		    REASON_DENY),
	DHCP_ANSWER("behind its time DHCP answers pass", "deny udp 68" UNTIL_PAST, REASON_DHCP),
	DHCP_ANSWER("a timed deny udp all over deny udp 68 lets DHCP answers pass",
		    "deny udp 68\ndeny udp all" UNTIL_FUTURE, REASON_DHCP),
	DHCP_ANSWER("behind its time deny udp 68 is back", "deny udp 68\ndeny udp all" UNTIL_PAST,
		    REASON_DENY),
};

CASE_TABLE(time);
