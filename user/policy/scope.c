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

int protocol_compare(__u8 a, __u8 b)
{
	return protocol_rank(a) - protocol_rank(b);
}

int scope_compare(const struct rule *a, const struct rule *b)
{
	int order;

	if (a->proto != b->proto)
		return protocol_rank(a->proto) - protocol_rank(b->proto);
	order = prefix_compare(&a->source, &b->source);
	return order ? order : strcmp(a->nic, b->nic);
}

int layer_compare(const struct rule *a, const struct rule *b)
{
	int order = scope_compare(a, b);

	return order ? order : (a->until != 0) - (b->until != 0);
}

int comment_compare(const char *a, const char *b)
{
	if (!a || !b)
		return (a != NULL) - (b != NULL);
	return strcmp(a, b);
}

bool state_equal(const struct rule *a, const struct rule *b)
{
	return a->action == b->action && a->until == b->until &&
	       comment_compare(a->comment, b->comment) == 0;
}

bool interval_is_exact(__u8 proto, __u16 low, __u16 high)
{
	enum { DHCP_CLIENT = 68, DHCPV6_CLIENT = 546 }; /* RFC 2131, RFC 8415 */

	return proto == IPPROTO_UDP && low == high && (low == DHCP_CLIENT || low == DHCPV6_CLIENT);
}
