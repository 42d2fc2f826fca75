/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Which rules share their lines in the canonical text. Rules with so many ports that they need
 * several lines, and that are alike in all but the source, are printed once, with all their
 * sources: else the text would be as long as ports times sources.
 */
#ifndef PORTFW_POLICY_TEXT_GROUP_H
#define PORTFW_POLICY_TEXT_GROUP_H

#include "text_lines.h"

/* The spans of one source, one behind the other. */
struct text_block {
	const struct text_span *spans;
	size_t count;
	bool follows; /* it is printed with an earlier one */
	struct text_block
		*next; /* what is printed with it, in the order of sources; NULL: no more */
};
struct text_blocks {
	struct text_block *list;
	size_t count;
};

/* Of spans, which must outlive the result. -ENOMEM. */
int text_blocks(const struct text_spans *spans, struct text_blocks *blocks);
void text_blocks_free(struct text_blocks *blocks);
#define _cleanup_text_blocks_ __attribute__((cleanup(text_blocks_free)))

#endif
