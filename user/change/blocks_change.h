/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * How commands change the block list: the kernel's maps first, entry by entry and without the lock,
 * with no policy compiled; then the file, which needs the lock, and says of each address what the
 * kernel has by then. Trials, `apply` and `undo` have no part in it.
 */
#ifndef PORTFW_CHANGE_BLOCKS_CHANGE_H
#define PORTFW_CHANGE_BLOCKS_CHANGE_H

#include "base/error.h"
#include "blocks_request.h"
#include "state/blocks_file.h"

struct blocks_change {
	const struct blocks_request *request;
	struct block_list given; /* the addresses of the command; owned */

	/* What there is. */
	int lock;     /* -1: not taken */
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
	int unreadable;		 /* -errno: the file could not be read, so nothing can be saved */
	struct error why;	 /* of that, or of what kept it from being saved */
	bool done;		 /* in the kernel, or where there is none in the file */
};

/* The time until which a block was asked for; 0: for ever. */
static inline __s64 blocks_change_until(const struct blocks_change *change)
{
	return change->request->seconds ? change->now.wall + change->request->seconds : 0;
}

/* Whether anything changes but what has expired. */
static inline bool blocks_change_needed(const struct blocks_change *change)
{
	return change->already < change->given.count;
}

/*
 * Reads the kernel and the file, works out what changes, asks the guard, and makes it: all or
 * nothing in the kernel, then the file. A block that holds for longer than a new one stays:
 * change->given has it then. With dry_run nothing is made, and of the kernel nothing is read unless
 * with runtime. *change has `request` and `given`, the rest is zero; it must be closed in any case.
 * What is wrong is noted. STATUS_UNSAVED: done in the kernel alone.
 */
enum exit_status blocks_change_run(struct blocks_change *change, const struct notes *notes);

void blocks_change_close(struct blocks_change *change);
#define _cleanup_blocks_change_ __attribute__((cleanup(blocks_change_close)))

#endif
