/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * How commands change the block list: the file and the kernel's maps together, entry by entry, with
 * no policy compiled. Trials, `apply` and `undo` have no part in it.
 */
#ifndef PORTFW_CHANGE_BLOCKS_CHANGE_H
#define PORTFW_CHANGE_BLOCKS_CHANGE_H

#include "blocks_request.h"
#include "state/blocks_file.h"

struct blocks_change {
	const struct blocks_request *request;
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

/* Whether anything changes but what has expired. */
static inline bool blocks_change_needed(const struct blocks_change *change)
{
	return change->already < change->given.count;
}

/* Takes the lock, reads the file and the kernel, works out what changes, asks the guard, and makes
 * it: all or nothing. With dry_run nothing is made, and of the kernel nothing is read unless with
 * runtime. *change has `request` and `given`, the rest is zero; it must be closed in any case. What
 * is wrong is noted. */
enum exit_status blocks_change_run(struct blocks_change *change, const struct notes *notes);

void blocks_change_close(struct blocks_change *change);
#define _cleanup_blocks_change_ __attribute__((cleanup(blocks_change_close)))

#endif
