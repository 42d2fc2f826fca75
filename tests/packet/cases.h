/* SPDX-License-Identifier: GPL-2.0-only */
/* The case tables: a frame, a policy, and the verdict that the description demands. */
#ifndef PORTFW_TESTS_PACKET_CASES_H
#define PORTFW_TESTS_PACKET_CASES_H

#include "answer.h"
#include "builder.h"
#include "judging.h"

struct packet_case {
	const char *name;
	const char *policy; /* text; NULL: CASE_POLICY */
	enum link_type link;
	unsigned nic; /* index: 0 is eth0, 1 is eth1 */
	struct {
		const char *address;
		long long until; /* seconds since the Epoch, 0: for ever */
	} blocked[12];
	struct known_flow flows[2];
	/* Lockdown is on and keeps these; "none": it keeps nothing. */
	const char *keep[4];
	struct layer layers[LAYERS_MAX];
	unsigned cut; /* bytes removed from the end of the frame, lengths untouched */
	struct answer expected;
};

/* What most cases need: one port that is open, a default that is told apart from it. */
#define CASE_POLICY "default deny\nallow tcp 22\nallow udp 53\nallow sctp 9\n"

#define COUNTS_TCP(port_number) .proto = 6, .port = (port_number)
#define COUNTS_UDP(port_number) .proto = 17, .port = (port_number)

/* The expected answer for a packet that reached port 22 of TCP, which CASE_POLICY opens. */
#define ALLOWED_TCP_22                       \
	{                                    \
		REASON_ALLOW, COUNTS_TCP(22) \
	}
/* The same for a reply to a port. */
#define REPLY_TCP(port_number)                        \
	{                                             \
		REASON_REPLY, COUNTS_TCP(port_number) \
	}
#define MALFORMED                \
	{                        \
		REASON_MALFORMED \
	}
#define NOT_IP                \
	{                     \
		REASON_NON_IP \
	}

struct case_table {
	const char *name;
	const struct packet_case *cases;
	size_t count;
};

/* All themes; each is defined in a file of its own, cases_<name>.c. */
#define CASE_TABLES(X) \
	X(link)        \
	X(ipv4)        \
	X(ipv6)        \
	X(fragment) X(transport) X(rule) X(source) X(time) X(control) X(block) X(flow) X(lockdown)
#define X(name) extern const struct case_table cases_##name;
CASE_TABLES(X)
#undef X

/* The time of a case is JUDGED_AT. */
#define CASE_PAST (JUDGED_AT - 3600)
#define CASE_FUTURE (JUDGED_AT + 3600)
#define UNTIL_PAST " until 2029-12-31T23:00:00Z\n"
#define UNTIL_FUTURE " until 2030-01-01T01:00:00Z\n"

const char *case_policy(const struct packet_case *packet);
/* Compiles the policy and reads block list and flows of a case as of `now` (jiffies64). false:
 * something in it is wrong, which is printed. */
bool case_setting(const struct packet_case *packet, __u64 now, struct setting *setting);

/* Defines the table of a theme from the array `cases`. */
#define CASE_TABLE(theme)                                                 \
	const struct case_table cases_##theme = {                         \
		"the program in the kernel judges alike: " #theme, cases, \
		sizeof(cases) / sizeof(*cases)}

#endif
