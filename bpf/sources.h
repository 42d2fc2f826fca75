/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* From a source address to the id of its interval: see struct sources4_large in <portfw/abi.h>. */
#ifndef PORTFW_BPF_SOURCES_H
#define PORTFW_BPF_SOURCES_H

#include "tables.h"

/* Halvings that leave one of SOURCES_LARGE_MAX intervals. */
#define SEARCH_STEPS_MAX 18

/* 1 if a < b, else 0, without a branch: the verifier would follow both sides of each step of a
 * search, and a processor would guess them wrong. (Hacker's Delight, section 2-12.) */
static __always_inline __u64 is_below(__u64 a, __u64 b)
{
	return ((~a & b) | ((~a | b) & (a - b))) >> 63;
}

static __always_inline __u64 is_below6(__u64 a_high, __u64 a_low, __u64 b_high, __u64 b_low)
{
	__u64 borrow = is_below(a_low, b_low);

	return is_below(a_high, b_high) | is_below(a_high - b_high, borrow);
}

/* Moves `low` to the last interval from `low` to `high` whose start is not above the address.
 * Written once for four tables of `limit` entries; IS_ABOVE(index) is 1 where the start is above
 * the address, else 0. */
#define SOURCES_SEARCH(low, high, limit, IS_ABOVE)                             \
	do {                                                                   \
		__u32 left = (high) - (low);                                   \
                                                                               \
		for (int step = 0; step < SEARCH_STEPS_MAX && left; step++) {  \
			__u32 half = (left + 1) / 2, middle = (low) + half;    \
			__u32 take;                                            \
                                                                               \
			if (middle >= (limit))                                 \
				return 0;                                      \
			take = 1 - (__u32)IS_ABOVE(middle);                    \
			(low) += half * take;                                  \
			left = take * (left - half) + (1 - take) * (half - 1); \
		}                                                              \
		if ((low) >= (limit))                                          \
			return 0;                                              \
	} while (0)

VERIFIED_ALONE __u32 source4_small(tables_handle tables, __u32 address)
{
	const struct slot *slot = tables_slot(tables);
	__u32 low = 0, high;

	if (!slot)
		return 0;
	high = slot->small4.count - 1;
#define IS_ABOVE(index) is_below(address, slot->small4.starts[index])
	SOURCES_SEARCH(low, high, SOURCES_SMALL_MAX, IS_ABOVE);
#undef IS_ABOVE
	return slot->small4.ids[low];
}

VERIFIED_ALONE __u32 source4_large(tables_handle tables, __u32 address)
{
	const struct sources4_large *table = tables_sources4(tables);
	__u32 low, high;

	if (!table)
		return 0;
	low = table->root[address >> 16];
	high = table->root[(address >> 16) + 1];
#define IS_ABOVE(index) is_below(address, table->starts[index])
	SOURCES_SEARCH(low, high, SOURCES_LARGE_MAX, IS_ABOVE);
#undef IS_ABOVE
	return table->ids[low];
}

VERIFIED_ALONE __u32 source6_small(tables_handle tables, __u64 address_high, __u64 address_low)
{
	const struct slot *slot = tables_slot(tables);
	__u32 low = 0, high;

	if (!slot)
		return 0;
	high = slot->small6.count - 1;
#define IS_ABOVE(index)                                                       \
	is_below6(address_high, address_low, slot->small6.starts[index].high, \
		  slot->small6.starts[index].low)
	SOURCES_SEARCH(low, high, SOURCES_SMALL_MAX, IS_ABOVE);
#undef IS_ABOVE
	return slot->small6.ids[low];
}

VERIFIED_ALONE __u32 source6_large(tables_handle tables, __u64 address_high, __u64 address_low)
{
	const struct sources6_large *table = tables_sources6(tables);
	__u32 low = 0, high, bucket;
	__u64 first;

	if (!table)
		return 0;
	/* Two shifts: one by 64 is undefined. */
	first = address_high >> 1 >> (63 - (table->skip & 63));
	if (first < table->common)
		return table->ids[0];
	high = table->last;
	if (first == table->common) {
		bucket = address_high << (table->skip & 63) >> (64 - SOURCES_ROOT6_BITS);
		bucket &= (1 << SOURCES_ROOT6_BITS) - 1;
		low = table->root[bucket];
		high = table->root[bucket + 1];
	} else {
		low = high;
	}
#define IS_ABOVE(index) \
	is_below6(address_high, address_low, table->starts[index].high, table->starts[index].low)
	SOURCES_SEARCH(low, high, SOURCES_LARGE_MAX, IS_ABOVE);
#undef IS_ABOVE
	return table->ids[low];
}

#endif
