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

int address_compare(const struct address6 *a, const struct address6 *b)
{
	if (a->high != b->high)
		return a->high < b->high ? -1 : 1;
	return (a->low > b->low) - (a->low < b->low);
}

static __u64 bytes_to_number(const __u8 *bytes, unsigned count)
{
	__u64 number = 0;

	for (unsigned i = 0; i < count; i++)
		number = number << 8 | bytes[i];
	return number;
}

struct address6 prefix_first(const struct prefix *prefix)
{
	if (prefix->family == 4)
		return (struct address6){0, bytes_to_number(prefix->address, 4)};
	return (struct address6){bytes_to_number(prefix->address, 8),
				 bytes_to_number(prefix->address + 8, 8)};
}

struct address6 prefix_last(const struct prefix *prefix)
{
	struct address6 last = prefix_first(prefix);
	unsigned host_bits = (prefix->family == 4 ? 32 : 128) - prefix->length;

	if (host_bits < 64) {
		last.low |= (1ull << host_bits) - 1;
		return last;
	}
	last.low = ~0ull;
	last.high |= host_bits == 128 ? ~0ull : (1ull << (host_bits - 64)) - 1;
	return last;
}

int prefix_compare(const struct prefix *a, const struct prefix *b)
{
	int order;

	if (a->family != b->family)
		return a->family - b->family;
	order = memcmp(a->address, b->address, sizeof(a->address));
	return order ? order : a->length - b->length;
}

struct prefix prefix_shortened(const struct prefix *prefix, unsigned length)
{
	struct prefix shortened = {.family = prefix->family, .length = (__u8)length};

	memcpy(shortened.address, prefix->address, length / 8);
	if (length % 8)
		shortened.address[length / 8] =
			prefix->address[length / 8] & (__u8)(0xff << (8 - length % 8));
	return shortened;
}

bool prefix_holds(const struct prefix *outer, const struct prefix *inner)
{
	struct prefix shortened;

	if (outer->family == 0)
		return true;
	if (outer->family != inner->family || outer->length > inner->length)
		return false;
	shortened = prefix_shortened(inner, outer->length);
	return prefix_compare(outer, &shortened) == 0;
}

bool prefix_is_valid(const struct prefix *prefix)
{
	unsigned longest = prefix->family == 4 ? 32 : prefix->family == 6 ? 128 : 0;
	struct prefix shortened;

	if ((longest == 0 && prefix->family != 0) || prefix->length > longest)
		return false;
	shortened = prefix_shortened(prefix, prefix->length);
	return prefix_compare(prefix, &shortened) == 0;
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
