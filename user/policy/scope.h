/* SPDX-License-Identifier: GPL-2.0-only */
/* What rules are compared by: protocol, NIC, state. Shared by the parts of the policy alone. */
#ifndef PORTFW_POLICY_SCOPE_H
#define PORTFW_POLICY_SCOPE_H

#include "policy.h"

#define PORT_MAX (PORT_COUNT - 1)

/* The port table of a protocol, -1 for a protocol without ports, and the protocol of a table. */
int protocol_table(__u8 proto);
__u8 table_protocol(enum port_table table);

/* The canonical order of scopes: tcp, udp, sctp, icmp, icmp6, others by number; in each every NIC
 * first, then NICs by name. <0, 0, >0 as strcmp. */
int scope_compare(__u8 proto_a, const char *nic_a, __u8 proto_b, const char *nic_b);

/* The order of comments: none first. */
int comment_compare(const char *a, const char *b);

/* Whether two rules say the same, scope and ports aside. */
bool state_equal(const struct rule *a, const struct rule *b);

/* Whether an interval names by itself a port that answers of DHCP servers go to. */
bool interval_is_exact(__u8 proto, __u16 low, __u16 high);

#endif
