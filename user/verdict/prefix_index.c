/* SPDX-License-Identifier: GPL-2.0-only */
#include "prefix_index.h"
#include "policy/scope.h"
#include <errno.h>
#include <stdlib.h>

int prefix_index_make(const struct block_list *list, struct prefix_index *index)
{
	struct prefix_index made = {.count = (__u32)list->count};
	__u32 holder = 0;

	made.nodes = calloc(list->count + 1, sizeof(*made.nodes));
	if (!made.nodes)
		return -ENOMEM;
	for (__u32 i = 0; i < made.count; i++) {
		const struct block_entry *entry = &list->entries[i];
		struct prefix_node *node = &made.nodes[i];

		node->first = prefix_first(&entry->prefix);
		node->last = prefix_last(&entry->prefix);
		node->until = entry->until;
		if (entry->prefix.family == 4)
			made.count4 = i + 1;
		if (i == made.count4)
			holder = 0; /* IPv6 begins */
		/* The list has a prefix behind those that hold it. */
		while (holder && address_compare(&made.nodes[holder - 1].last, &node->first) < 0)
			holder = made.nodes[holder - 1].holder;
		node->holder = holder;
		holder = i + 1;
	}
	*index = made;
	return 0;
}

void prefix_index_free(struct prefix_index *index)
{
	free(index->nodes);
	*index = (struct prefix_index){0};
}

bool prefix_index_holds(const struct prefix_index *index, unsigned family,
			const struct address6 *address, __u64 now)
{
	__u32 low = family == 4 ? 0 : index->count4;
	__u32 high = family == 4 ? index->count4 : index->count;
	__u32 begin = low, number;

	/* The last one that begins at the address or before it. */
	while (low < high) {
		__u32 middle = low + (high - low) / 2;
		if (address_compare(&index->nodes[middle].first, address) <= 0)
			low = middle + 1;
		else
			high = middle;
	}
	for (number = low > begin ? low : 0; number; number = index->nodes[number - 1].holder) {
		const struct prefix_node *node = &index->nodes[number - 1];
		if (address_compare(&node->last, address) >= 0 &&
		    (!node->until || now < (__u64)node->until * 1000))
			return true;
	}
	return false;
}
