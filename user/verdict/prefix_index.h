/* SPDX-License-Identifier: GPL-2.0-only */
/* Which prefixes hold an address, in as many steps as it takes to halve the list. */
#ifndef PORTFW_VERDICT_PREFIX_INDEX_H
#define PORTFW_VERDICT_PREFIX_INDEX_H

#include "policy/blocks.h"

struct prefix_node {
	struct address6 first, last; /* addresses of IPv4 are in `low` */
	__s64 until;		     /* as in the list */
	__u32 holder; /* number of the longest shorter prefix around it, from 1; 0: none */
};

/* Zero-initialised: empty. */
struct prefix_index {
	struct prefix_node *nodes; /* IPv4, then IPv6; owned */
	__u32 count4, count;
};

/* Of a normal list. -ENOMEM. */
int prefix_index_make(const struct block_list *list, struct prefix_index *index);
void prefix_index_free(struct prefix_index *index);
#define _cleanup_prefix_index_ __attribute__((cleanup(prefix_index_free)))

/* Whether a prefix that has not ended at `now` (milliseconds since the Epoch) holds the address. */
bool prefix_index_holds(const struct prefix_index *index, unsigned family,
			const struct address6 *address, __u64 now);

#endif
