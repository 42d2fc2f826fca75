/* SPDX-License-Identifier: GPL-2.0-only */
/* The block list that programs read. */
#ifndef PORTFW_KERNEL_BLOCKS_H
#define PORTFW_KERNEL_BLOCKS_H

#include "instance.h"
#include "net/prefix.h"

/* An entry. block.until: jiffies64, 0: for ever; block.wall: the same in seconds since the Epoch,
 * for people. */
struct block_item {
	struct prefix prefix;
	struct block block;
};

/* Adds the addresses or changes their ends; in one call to the kernel for each kind of them, so
 * that a signal does not part them. Live when it returns. -ENOSPC: BLOCKS_MAX of a kind are there.
 * On error some may have been added. */
int blocks_add(struct instance *instance, const struct block_item *items, size_t count,
	       struct error *error);
/* Removes the addresses; those that are not there do not matter. */
int blocks_remove(struct instance *instance, const struct block_item *items, size_t count,
		  struct error *error);

/* The entry of exactly this prefix. -ENOENT without a message: there is none. */
int blocks_find(struct instance *instance, const struct prefix *prefix, struct block *block,
		struct error *error);

/* The entry that holds all packets from the address `prefix` (all its bits) at `now` (jiffies64),
 * as programs find it. -errno, 0: there is none, 1. */
int blocks_holder(struct instance *instance, const struct prefix *prefix, __u64 now,
		  struct block_item *item, struct error *error);

/* Calls `visit` for every entry, expired ones included, in no order; a negative answer of it ends
 * the walk and is returned. */
int blocks_list(struct instance *instance,
		int (*visit)(const struct block_item *item, void *argument), void *argument,
		struct error *error);

/* Between both a command changes the list and saves it. What is not settled, since that failed or
 * was killed, is in the kernel alone. `count`: how many are settled. */
void blocks_begin(struct instance *instance);
void blocks_settle(struct instance *instance, __u32 count);
__u32 blocks_unsaved(const struct instance *instance);

#endif
