/* SPDX-License-Identifier: GPL-2.0-only */
#include "text_lines.h"
#include "scope.h"
#include <errno.h>
#include <stdlib.h>

int text_line_compare(const struct rule *a, const struct rule *b)
{
	int order = scope_compare(a, b);

	if (order)
		return order;
	if (a->until != b->until)
		return a->until < b->until ? -1 : 1;
	if (a->action != b->action)
		return a->action < b->action ? -1 : 1;
	return comment_compare(a->comment, b->comment);
}

static int order_compare(const void *left, const void *right)
{
	const struct rule *a = *(const struct rule *const *)left;
	const struct rule *b = *(const struct rule *const *)right;
	int order = text_line_compare(a, b);

	return order ? order : a->low - b->low;
}

int text_spans(const struct policy *policy, struct text_spans *spans)
{
	struct text_spans made = {0};
	size_t count = policy->rule_count;

	made.order = calloc(count + 1, sizeof(struct rule *));
	made.list = calloc(count + 1, sizeof(*made.list));
	if (!made.order || !made.list) {
		text_spans_free(&made);
		return -ENOMEM;
	}
	for (size_t i = 0; i < count; i++)
		made.order[i] = &policy->rules[i];
	qsort(made.order, count, sizeof(struct rule *), order_compare);
	for (size_t i = 0; i < count; i++) {
		struct text_span *span = made.count ? &made.list[made.count - 1] : NULL;

		if (span && span->count < TEXT_PORTS_MAX &&
		    text_line_compare(span->rules[0], made.order[i]) == 0)
			span->count++;
		else
			made.list[made.count++] = (struct text_span){&made.order[i], 1};
	}
	*spans = made;
	return 0;
}

void text_spans_free(struct text_spans *spans)
{
	free(spans->order);
	free(spans->list);
	*spans = (struct text_spans){0};
}

const struct text_span *text_spans_find(const struct text_spans *spans, const struct rule *rule)
{
	for (size_t i = 0; i < spans->count; i++)
		for (size_t k = 0; k < spans->list[i].count; k++)
			if (spans->list[i].rules[k] == rule)
				return &spans->list[i];
	return NULL;
}
