/* SPDX-License-Identifier: GPL-2.0-only */
/* What rules are compared by: scope and state. Shared by the parts of the policy alone. */
#ifndef PORTFW_POLICY_SCOPE_H
#define PORTFW_POLICY_SCOPE_H

#include "policy.h"

#define PORT_MAX (PORT_COUNT - 1)

/* The port table of a protocol, -1 for a protocol without ports, and the protocol of a table. */
int protocol_table(__u8 proto);
__u8 table_protocol(enum port_table table);

/* The canonical order: tcp, udp, sctp, icmp, icmp6, others by number. <0, 0, >0 as strcmp. */
int protocol_compare(__u8 a, __u8 b);

/* The latest `until`, that of 9999-12-31T23:59:59Z: years have four digits. */
#define UNTIL_MAX 253402300799LL

/* The canonical order of scopes: tcp, udp, sctp, icmp, icmp6, others by number; in each by source;
 * for each source every NIC first, then NICs by name. <0, 0, >0 as strcmp. */
int scope_compare(const struct rule *a, const struct rule *b);

/* The same, and in each scope the permanent layer before the timed one. */
int layer_compare(const struct rule *a, const struct rule *b);

/* The order of comments: none first. */
int comment_compare(const char *a, const char *b);

/* Whether two rules say the same for as long, scope and ports aside. */
bool state_equal(const struct rule *a, const struct rule *b);

/* Whether an interval names by itself a port that answers of DHCP servers go to. */
bool interval_is_exact(__u8 proto, __u16 low, __u16 high);

#endif
