/* SPDX-License-Identifier: GPL-2.0-only */
#include "text_group.h"
#include "scope.h"
#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* The order of blocks that differ in more than their source; 0: they do not. */
static int body_compare(const struct text_block *a, const struct text_block *b)
{
	const struct rule *left = a->spans[0].rules[0], *right = b->spans[0].rules[0];
	int order = protocol_compare(left->proto, right->proto);

	if (!order)
		order = strcmp(left->nic, right->nic);
	if (!order && left->until != right->until)
		order = left->until < right->until ? -1 : 1;
	if (!order)
		order = (int)left->action - (int)right->action;
	if (!order)
		order = comment_compare(left->comment, right->comment);
	if (!order)
		order = a->count < b->count ? -1 : a->count > b->count;
	for (size_t i = 0; i < a->count && !order; i++) {
		const struct text_span *one = &a->spans[i], *other = &b->spans[i];

		order = one->count < other->count ? -1 : one->count > other->count;
		for (size_t k = 0; k < one->count && !order; k++) {
			order = one->rules[k]->low - other->rules[k]->low;
			if (!order)
				order = one->rules[k]->high - other->rules[k]->high;
		}
	}
	return order;
}

static int block_compare(const void *left, const void *right)
{
	const struct text_block *a = *(struct text_block *const *)left;
	const struct text_block *b = *(struct text_block *const *)right;
	int order = body_compare(a, b);

	return order ? order : a < b ? -1 : a > b;
}

/* Only what needs several lines, and names a source. */
static bool is_long(const struct text_block *block)
{
	return block->count > 1 && block->spans[0].rules[0]->source.family;
}

static int join(struct text_blocks *blocks)
{
	struct text_block **order = calloc(blocks->count + 1, sizeof(struct text_block *));
	size_t count = 0;

	if (!order)
		return -ENOMEM;
	for (size_t i = 0; i < blocks->count; i++)
		if (is_long(&blocks->list[i]))
			order[count++] = &blocks->list[i];
	qsort(order, count, sizeof(struct text_block *), block_compare);
	for (size_t i = 1; i < count; i++) {
		if (body_compare(order[i - 1], order[i]) != 0)
			continue;
		order[i - 1]->next = order[i];
		order[i]->follows = true;
	}
	free(order);
	return 0;
}

int text_blocks(const struct text_spans *spans, struct text_blocks *blocks)
{
	struct text_blocks made = {calloc(spans->count + 1, sizeof(*made.list)), 0};
	int code;

	if (!made.list)
		return -ENOMEM;
	for (size_t i = 0; i < spans->count; i++) {
		struct text_block *last = made.count ? &made.list[made.count - 1] : NULL;

		if (last &&
		    text_line_compare(last->spans[0].rules[0], spans->list[i].rules[0]) == 0)
			last->count++;
		else
			made.list[made.count++] =
				(struct text_block){.spans = &spans->list[i], .count = 1};
	}
	code = join(&made);
	if (code) {
		text_blocks_free(&made);
		return code;
	}
	*blocks = made;
	return 0;
}

void text_blocks_free(struct text_blocks *blocks)
{
	free(blocks->list);
	*blocks = (struct text_blocks){NULL, 0};
}
