/* SPDX-License-Identifier: GPL-2.0-only */
/* What reading and printing a block list share. */
#ifndef PORTFW_POLICY_BLOCKS_PARTS_H
#define PORTFW_POLICY_BLOCKS_PARTS_H

#include "blocks.h"

struct block_line_reader {
	bool bare;    /* lines are addresses alone */
	__s64 until;  /* of these */
	bool strange; /* some line was not in canonical form */
	/* Neighbours often end at the same time: the last one that was read. */
	char known[sizeof("2030-01-31T15:00:00Z")];
	__s64 known_time;
};

/* Whether the line is of the usual form, and then its entry (but for `order`). Other lines may be
 * right, too. */
bool block_line_read(const char *text, size_t length, struct block_line_reader *reader,
		     struct block_entry *entry);

/* The longest run of at least two zero groups, the first of equals, which "::" stands for (RFC
 * 5952); its length, 0: there is none, and *start is 8. */
static inline unsigned longest_run(const unsigned groups[8], unsigned *start)
{
	unsigned best = 1;

	*start = 8;
	for (unsigned i = 0, run = 0; i < 8; i++) {
		run = groups[i] ? 0 : run + 1;
		if (run > best) {
			best = run;
			*start = i + 1 - run;
		}
	}
	return best > 1 ? best : 0;
}

#endif
