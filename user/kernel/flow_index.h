/* SPDX-License-Identifier: GPL-2.0-only */
/* A hash from flow keys, or parts of them, to numbers; private to user/kernel/. */
#ifndef PORTFW_KERNEL_FLOW_INDEX_H
#define PORTFW_KERNEL_FLOW_INDEX_H

#include <portfw/abi.h>
#include <stdbool.h>
#include <stddef.h>

struct flow_index {
	struct flow_index_place *places;
	size_t mask; /* number of places - 1 */
	size_t room; /* keys that still fit */
	__u64 seed;  /* so that nobody outside can choose keys that collide */
};

/* Room for so many keys. -ENOMEM. */
int flow_index_make(struct flow_index *index, size_t capacity);
void flow_index_free(struct flow_index *index);

/* The number of a key; NULL: it has none. */
const size_t *flow_index_find(const struct flow_index *index, const struct flow_key *key);
/* The same; a key that is not there gets the number given, and *added (may be NULL) says so. NULL:
 * there is no room. */
size_t *flow_index_add(struct flow_index *index, const struct flow_key *key, size_t number,
		       bool *added);

#endif
