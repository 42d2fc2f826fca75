/* SPDX-License-Identifier: GPL-2.0-only */
#include "scope.h"
#include <netinet/in.h>
#include <string.h>

static const __u8 table_protocols[PORT_TABLE_COUNT] = {
	[PORT_TABLE_TCP] = IPPROTO_TCP,
	[PORT_TABLE_UDP] = IPPROTO_UDP,
	[PORT_TABLE_SCTP] = IPPROTO_SCTP,
};

__u8 table_protocol(enum port_table table)
{
	return table_protocols[table];
}

int protocol_table(__u8 proto)
{
	for (int table = 0; table < PORT_TABLE_COUNT; table++)
		if (table_protocols[table] == proto)
			return table;
	return -1;
}

static int protocol_rank(__u8 proto)
{
	static const __u8 first[] = {IPPROTO_TCP, IPPROTO_UDP, IPPROTO_SCTP, IPPROTO_ICMP,
				     IPPROTO_ICMPV6};

	for (int rank = 0; rank < (int)sizeof(first); rank++)
		if (first[rank] == proto)
			return rank;
	return (int)sizeof(first) + proto;
}

int scope_compare(__u8 proto_a, const char *nic_a, __u8 proto_b, const char *nic_b)
{
	if (proto_a != proto_b)
		return protocol_rank(proto_a) - protocol_rank(proto_b);
	return strcmp(nic_a, nic_b);
}

int comment_compare(const char *a, const char *b)
{
	if (!a || !b)
		return (a != NULL) - (b != NULL);
	return strcmp(a, b);
}

bool state_equal(const struct rule *a, const struct rule *b)
{
	return a->action == b->action && comment_compare(a->comment, b->comment) == 0;
}

bool interval_is_exact(__u8 proto, __u16 low, __u16 high)
{
	enum { DHCP_CLIENT = 68, DHCPV6_CLIENT = 546 }; /* RFC 2131, RFC 8415 */

	return proto == IPPROTO_UDP && low == high && (low == DHCP_CLIENT || low == DHCPV6_CLIENT);
}
