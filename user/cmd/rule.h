/* SPDX-License-Identifier: GPL-2.0-only */
/* One rule, given in words: what allow, deny and delete share. */
#ifndef PORTFW_CMD_RULE_H
#define PORTFW_CMD_RULE_H

#include "cli/invocation.h"
#include "policy/policy.h"

/* Gives the ports that the operands name this state; ACTION_NONE: none of their own. */
enum exit_status rule_run(const struct invocation *invocation, enum action action);

#define TARGET_HELP                                                                        \
	"\n"                                                                               \
	"TARGET is one of:\n"                                                              \
	"  PROTO PORTS          tcp 22    udp 60000-61000    tcp,udp 53    any all\n"      \
	"  PORTS/PROTO          22/tcp    80,443/tcp\n"                                    \
	"  SERVICE              ssh: the ports and protocols of the services database\n"   \
	"  proto NAME|NUMBER    proto esp    proto 47\n"                                   \
	"  icmp, icmp6\n"                                                                  \
	"PROTO is tcp, udp, sctp, any (these three) or a list; PORTS are numbers from 0\n" \
	"to 65535, ranges, services or `all`.\n"                                           \
	"\n"                                                                               \
	"SRC is an IPv4 or IPv6 address or prefix, or a list. Among the rules for a\n"     \
	"port that of the longest prefix wins; at equal length a rule for one NIC wins\n"  \
	"over a rule for all. The last command for a port, source and NIC wins.\n"

#define DURATION_HELP                                                                      \
	"DURATION is 90s, 30m, 12h or 7d: the rule ends by itself, and the port has the\n" \
	"state again that it would have without it.\n"

#endif
