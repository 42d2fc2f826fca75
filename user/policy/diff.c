/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The difference is two policies and a list: the ports that lose a state, those that gain one, and
 * those that exchange one for another. Deleting the first from the old policy and overlaying the
 * others, each in its layer, makes the new one.
 */
#include "diff.h"
#include "scope.h"
#include "text_lines.h"
#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* One of the two, and the ports of one rule that are still to be put into it. */
struct side {
	struct policy policy;
	const struct rule *rule; /* NULL: none */
	__u16 low, high;
	bool whole; /* see side_flush() */
};

/* Ports that exchange one state of a layer for another. Comments are borrowed. */
struct exchange {
	struct rule old, new; /* the same ports */
};
struct exchanges {
	struct exchange *list;
	size_t count, capacity;
};

struct difference {
	struct side removed, added;
	struct exchanges exchanges;
};

/* What is left of a policy's rules. */
struct cursor {
	const struct rule *rule, *end;
	unsigned low; /* of what is left of *rule */
};

/*
 * A single UDP port 68 or 546 out of a wider interval would read as exact, which it is not. In the
 * lines to add (`whole`) the new interval is named as a whole: overlaid, it changes nothing else.
 */
static int side_flush(struct side *side)
{
	struct rule rule;

	if (!side->rule)
		return 0;
	rule = *side->rule;
	side->rule = NULL;
	if (!side->whole || rule.exact || !interval_is_exact(rule.proto, side->low, side->high)) {
		rule.low = side->low;
		rule.high = side->high;
	}
	return policy_append(&side->policy, &rule);
}

static int side_add(struct side *side, const struct rule *rule, unsigned low, unsigned high)
{
	int err = 0;

	if (side->rule != rule || side->high + 1u != low) {
		err = side_flush(side);
		side->rule = rule;
		side->low = (__u16)low;
	}
	side->high = (__u16)high;
	return err;
}

static int exchange_add(struct exchanges *exchanges, const struct rule *old, const struct rule *new,
			unsigned low, unsigned high)
{
	struct exchange *exchange;

	if (exchanges->count == exchanges->capacity) {
		size_t capacity = exchanges->capacity ? 2 * exchanges->capacity : 16;
		struct exchange *list =
			reallocarray(exchanges->list, capacity, sizeof(*exchanges->list));

		if (!list)
			return -ENOMEM;
		exchanges->list = list;
		exchanges->capacity = capacity;
	}
	exchange = &exchanges->list[exchanges->count++];
	*exchange = (struct exchange){*old, *new};
	exchange->old.low = exchange->new.low = (__u16)low;
	exchange->old.high = exchange->new.high = (__u16)high;
	return 0;
}

/* Moves beyond `high`, which is in the rule. */
static void cursor_advance(struct cursor *cursor, unsigned high)
{
	cursor->low = high + 1;
	if (high < cursor->rule->high)
		return;
	cursor->rule++;
	if (cursor->rule < cursor->end)
		cursor->low = cursor->rule->low;
}

/* <0: what is left of a's rule begins first. */
static int cursor_compare(const struct cursor *a, const struct cursor *b)
{
	int order;

	if (a->rule == a->end || b->rule == b->end)
		return (a->rule == a->end) - (b->rule == b->end);
	order = layer_compare(a->rule, b->rule);
	return order ? order : (int)a->low - (int)b->low;
}

/* The last port up to which the cursor's rule stands without one of the other, which begins
 * later. */
static unsigned cursor_alone(const struct cursor *cursor, const struct cursor *other)
{
	const struct rule *rule = cursor->rule;

	if (other->rule < other->end && other->low <= rule->high &&
	    layer_compare(rule, other->rule) == 0)
		return other->low - 1;
	return rule->high;
}

/* Ports that have a state before and after. */
static int compare_states(struct difference *difference, const struct rule *old,
			  const struct rule *new, unsigned low, unsigned high)
{
	bool same = state_equal(old, new);
	int err;

	if (same && old->exact == new->exact)
		return 0;
	if (same)
		return side_add(&difference->added, new, low, high);
	/* What would read as exact and is not has to be named as a whole, with other ports. */
	if (new->exact || !interval_is_exact(new->proto, (__u16)low, (__u16)high))
		return exchange_add(&difference->exchanges, old, new, low, high);
	err = side_add(&difference->removed, old, low, high);
	return err ? err : side_add(&difference->added, new, low, high);
}

static int compare_rules(const struct policy *old, const struct policy *new,
			 struct difference *difference)
{
	struct cursor a = {old->rules, old->rules + old->rule_count, 0};
	struct cursor b = {new->rules, new->rules + new->rule_count, 0};
	int err = 0;

	a.low = old->rule_count ? a.rule->low : 0;
	b.low = new->rule_count ? b.rule->low : 0;
	while (!err && (a.rule < a.end || b.rule < b.end)) {
		int order = cursor_compare(&a, &b);
		unsigned high;

		if (order < 0) {
			high = cursor_alone(&a, &b);
			err = side_add(&difference->removed, a.rule, a.low, high);
			cursor_advance(&a, high);
		} else if (order > 0) {
			high = cursor_alone(&b, &a);
			err = side_add(&difference->added, b.rule, b.low, high);
			cursor_advance(&b, high);
		} else {
			high = a.rule->high < b.rule->high ? a.rule->high : b.rule->high;
			err = compare_states(difference, a.rule, b.rule, a.low, high);
			cursor_advance(&a, high);
			cursor_advance(&b, high);
		}
	}
	return err;
}

/* Takes ownership of the text, which may be NULL: no memory. */
static int diff_add(struct diff *diff, char sign, char *text)
{
	if (!text)
		return -ENOMEM;
	diff->lines[diff->count++] = (struct diff_line){.sign = sign, .text = text};
	return 0;
}

static int add_attachment(struct diff *diff, char sign, const struct attachment *attachment)
{
	return diff_add(diff, sign, text_attachment_print(attachment));
}

static int diff_attachments(const struct attachments *old, const struct attachments *new,
			    struct diff *diff)
{
	size_t i = 0, k = 0;
	int err = 0;

	while (!err && (i < old->count || k < new->count)) {
		const struct attachment *a = &old->list[i], *b = &new->list[k];
		int order = 0;

		if (i == old->count || k == new->count)
			order = i == old->count ? 1 : -1;
		else
			order = strcmp(a->nic, b->nic);
		i += order <= 0;
		k += order >= 0;
		if (order == 0 && a->mode == b->mode)
			continue;
		if (order <= 0)
			err = add_attachment(diff, '-', a);
		if (!err && order >= 0)
			err = add_attachment(diff, '+', b);
	}
	return err;
}

static int diff_default(const struct policy *old, const struct policy *new, struct diff *diff)
{
	int err;

	if (old->default_action == new->default_action)
		return 0;
	err = diff_add(diff, '-', text_default_print(old->default_action));
	return err ? err : diff_add(diff, '+', text_default_print(new->default_action));
}

static int exchange_line_compare(const struct exchange *a, const struct exchange *b)
{
	int order = layer_compare(&a->old, &b->old);

	if (!order)
		order = text_line_compare(&a->old, &b->old);
	return order ? order : text_line_compare(&a->new, &b->new);
}

static int exchange_compare(const void *left, const void *right)
{
	const struct exchange *a = left, *b = right;
	int order = exchange_line_compare(a, b);

	return order ? order : a->old.low - b->old.low;
}

/* Adds one line for the exchanges from list[first] on that it can hold; returns their number. */
static int add_exchanges(struct diff *diff, const struct exchanges *exchanges, size_t first)
{
	const struct rule *old[TEXT_PORTS_MAX], *new[TEXT_PORTS_MAX];
	const struct exchange *list = exchanges->list + first;
	size_t count = 0;
	int err;

	while (count < TEXT_PORTS_MAX && first + count < exchanges->count &&
	       exchange_line_compare(&list[0], &list[count]) == 0) {
		old[count] = &list[count].old;
		new[count] = &list[count].new;
		count++;
	}
	err = diff_add(diff, '~', text_span_print(&(struct text_span){old, count}));
	if (err)
		return err;
	diff->lines[diff->count - 1].becomes = text_span_print(&(struct text_span){new, count});
	return diff->lines[diff->count - 1].becomes ? (int)count : -ENOMEM;
}

/* Of the next lines of each kind, NULL for none left, the index of the one that comes first. */
static int next_line(const struct rule *const next[3])
{
	int first = -1;

	for (int i = 0; i < 3; i++)
		if (next[i] && (first < 0 || layer_compare(next[i], next[first]) < 0))
			first = i;
	return first;
}

static int diff_rules(const struct text_spans *removed, const struct exchanges *exchanges,
		      const struct text_spans *added, struct diff *diff)
{
	size_t at[3] = {0};
	int err = 0;

	while (err >= 0) {
		const struct rule *const next[3] = {
			at[0] < removed->count ? removed->list[at[0]].rules[0] : NULL,
			at[1] < exchanges->count ? &exchanges->list[at[1]].old : NULL,
			at[2] < added->count ? added->list[at[2]].rules[0] : NULL,
		};

		switch (next_line(next)) {
		case 0:
			err = diff_add(diff, '-', text_span_print(&removed->list[at[0]++]));
			break;
		case 1:
			err = add_exchanges(diff, exchanges, at[1]);
			at[1] += err > 0 ? (size_t)err : 0;
			break;
		case 2:
			err = diff_add(diff, '+', text_span_print(&added->list[at[2]++]));
			break;
		default:
			return 0;
		}
	}
	return err;
}

/* Makes all parts canonical and puts their lines together. */
static int diff_print(const struct diff_side *old, const struct diff_side *new,
		      struct difference *difference, struct diff *diff)
{
	_cleanup_text_spans_ struct text_spans removed = {0};
	_cleanup_text_spans_ struct text_spans added = {0};
	struct exchanges *exchanges = &difference->exchanges;
	size_t count = 2 * MAX_NICS + 2;

	if (side_flush(&difference->removed) || side_flush(&difference->added) ||
	    policy_normalise(&difference->removed.policy, NULL) ||
	    policy_normalise(&difference->added.policy, NULL) ||
	    text_spans(&difference->removed.policy, &removed) ||
	    text_spans(&difference->added.policy, &added))
		return -ENOMEM;
	if (exchanges->count)
		qsort(exchanges->list, exchanges->count, sizeof(*exchanges->list),
		      exchange_compare);
	count += removed.count + exchanges->count + added.count;
	diff->lines = calloc(count, sizeof(*diff->lines));
	if (!diff->lines)
		return -ENOMEM;
	if ((old->attached && diff_attachments(old->attached, new->attached, diff)) ||
	    diff_default(old->policy, new->policy, diff) ||
	    diff_rules(&removed, exchanges, &added, diff))
		return -ENOMEM;
	return 0;
}

int diff_files(const struct diff_side *old, const struct diff_side *new, struct diff *diff)
{
	struct difference difference = {.removed = {.whole = false}, .added = {.whole = true}};
	struct diff made = {0};
	int err;

	policy_init(&difference.removed.policy);
	policy_init(&difference.added.policy);
	err = compare_rules(old->policy, new->policy, &difference);
	if (!err)
		err = diff_print(old, new, &difference, &made);
	policy_free(&difference.removed.policy);
	policy_free(&difference.added.policy);
	free(difference.exchanges.list);
	if (err)
		diff_free(&made);
	else
		*diff = made;
	return err;
}

int diff_policies(const struct policy *old, const struct policy *new, struct diff *diff)
{
	return diff_files(&(struct diff_side){old, NULL}, &(struct diff_side){new, NULL}, diff);
}

void diff_free(struct diff *diff)
{
	for (size_t i = 0; i < diff->count; i++) {
		free(diff->lines[i].text);
		free(diff->lines[i].becomes);
	}
	free(diff->lines);
	*diff = (struct diff){0};
}
