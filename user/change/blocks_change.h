/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * How commands change the block list: the file and the kernel's maps together, entry by entry, with
 * no policy compiled. Trials, `apply` and `undo` have no part in it.
 */
#ifndef PORTFW_CHANGE_BLOCKS_CHANGE_H
#define PORTFW_CHANGE_BLOCKS_CHANGE_H

#include "state/blocks_file.h"

struct blocks_change {
	const struct invocation *invocation;
	bool block;		 /* else unblock */
	__s64 seconds;		 /* of a block, 0: for ever */
	struct block_list given; /* the addresses of the command; owned */

	/* What there is. */
	int lock;
	bool running; /* there is an instance */
	struct instance instance;
	struct moment now;
	struct block_list had;	   /* what the list had of the given addresses */
	struct block_list expired; /* was on it, to be removed */
	struct block_item *prior;  /* what the kernel has of the given addresses */
	size_t prior_count;

	/* What becomes of it. */
	struct blocks_file file; /* the whole list; with --runtime that of the kernel */
	size_t already;		 /* given addresses for which nothing changes */
	bool saves;		 /* the file */
	bool edited;		 /* file.text is that of the whole list */
};

/* Takes the lock and reads the file and the kernel; works out what changes. Nothing of that with
 * --dry-run, but for the file, and with --runtime the kernel. *change has `invocation`, `block`,
 * `seconds` and `given`, the rest is zero; it must be closed in any case. -EINVAL: past
 * BLOCKS_MAX; -ENOENT: --runtime with no instance. */
int blocks_change_plan(struct blocks_change *change, struct error *error);

/* Whether anything changes but what has expired. */
static inline bool blocks_change_needed(const struct blocks_change *change)
{
	return change->already < change->given.count;
}

/* Makes the change: all or nothing. */
int blocks_change_make(struct blocks_change *change, struct error *error);

void blocks_change_close(struct blocks_change *change);
#define _cleanup_blocks_change_ __attribute__((cleanup(blocks_change_close)))

#endif
