/* SPDX-License-Identifier: GPL-2.0-only */
/* The parts of a change of the block list; private to blocks_change.c, blocks_plan.c and
 * blocks_save.c. */
#ifndef PORTFW_CHANGE_BLOCKS_PARTS_H
#define PORTFW_CHANGE_BLOCKS_PARTS_H

#include "blocks_change.h"

static inline bool blocks_is_runtime(const struct blocks_change *change)
{
	return change->request->runtime;
}

/* Whether its time is up, by the kernel's clock. */
static inline bool blocks_is_over(const struct blocks_change *change, const struct block *block)
{
	return block->until && block->until <= change->now.jiffies;
}

/* 1: the kernel has the address, as *item says. 0: it has not, or there is no instance. -errno. */
int blocks_find_in_kernel(struct blocks_change *change, const struct block_entry *entry,
			  struct block_item *item, struct error *error);

/* Reads kernel and file and works out what changes. What keeps the file from being read is no
 * failure where there is an instance: change->unreadable. */
int blocks_plan(struct blocks_change *change, const struct notes *notes, struct error *error);

/* The parts of it that are done again under the lock: the file, with what is over set aside, and
 * what becomes of it. */
int blocks_read_file(struct blocks_change *change, const struct notes *notes, struct error *error);
int blocks_plan_file(struct blocks_change *change, struct error *error);

/* Makes the file say what the kernel has by now of the given addresses. Waits for the lock, unless
 * the change has it. */
int blocks_save(struct blocks_change *change, struct error *error);

#endif
