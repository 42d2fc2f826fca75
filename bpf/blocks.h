/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Whether an address is on the block list. Natively there is none: the caller says. */
#ifndef PORTFW_BPF_BLOCKS_H
#define PORTFW_BPF_BLOCKS_H

#include "tables.h"

#ifdef __bpf__
static __always_inline bool block_holds(const struct block *block)
{
	return block && (!block->until || bpf_jiffies64() < block->until);
}

/* An entry that has expired hides the shorter prefixes around it: so many are looked behind. */
#define EXPIRED_MAX 8

#define BLOCK_PREFIX_HOLDS(map, prefix)                         \
	({                                                      \
		const struct block *hit;                        \
		bool holds = false;                             \
                                                                \
		for (int i = 0; i <= EXPIRED_MAX; i++) {        \
			hit = bpf_map_lookup_elem(map, prefix); \
			holds = block_holds(hit);               \
			if (!hit || holds || !hit->length)      \
				break;                          \
			(prefix)->length = hit->length - 1;     \
		}                                               \
		holds;                                          \
	})

/* `kinds`: enum block_kind bits of what there is to look at. */
VERIFIED_ALONE __u32 is_blocked4(__u32 kinds, __u32 address)
{
	struct address6 key = {0, BLOCK_KEY4_LOW | address};
	struct block_prefix4 prefix = {.length = 32};
	__be32 address_be = HOST32(address);

	if (kinds & BLOCK_ADDRESSES && block_holds(bpf_map_lookup_elem(&blocks, &key)))
		return true;
	if (!(kinds & BLOCK_PREFIXES4))
		return false;
	__builtin_memcpy(prefix.address, &address_be, sizeof(address_be));
	return BLOCK_PREFIX_HOLDS(&block_prefixes4, &prefix);
}

VERIFIED_ALONE __u32 is_blocked6(__u32 kinds, __u64 high, __u64 low)
{
	struct address6 key = {high, low};
	struct block_prefix6 prefix = {.length = 128};

	if (kinds & BLOCK_ADDRESSES && block_holds(bpf_map_lookup_elem(&blocks, &key)))
		return true;
	if (!(kinds & BLOCK_PREFIXES6))
		return false;
	high = BE64(high);
	low = BE64(low);
	__builtin_memcpy(prefix.address, &high, sizeof(high));
	__builtin_memcpy(prefix.address + 8, &low, sizeof(low));
	return BLOCK_PREFIX_HOLDS(&block_prefixes6, &prefix);
}

/* Whether an address of the family (4 or 6), as struct pkt has it, is on the block list. */
static __always_inline bool is_blocked(tables_handle tables, __u32 family, __u64 high, __u64 low)
{
	const struct control *head = tables_control(tables);
	__u32 kinds;

	if (!head)
		return false;
	kinds = head->blocked;
	if (!kinds)
		return false;
	return family == 4 ? is_blocked4(kinds, (__u32)low) : is_blocked6(kinds, high, low);
}
#else
static __always_inline bool is_blocked(tables_handle tables, __u32 family, __u64 high, __u64 low)
{
	return tables->is_blocked && tables->is_blocked(tables, family, high, low);
}
#endif

#endif
