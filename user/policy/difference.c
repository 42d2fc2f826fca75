/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The difference is two policies and a list: the ports that lose a state, those that gain one, and
 * those that exchange one for another. Deleting the first from the old policy and overlaying the
 * others, each in its layer, makes the new one.
 */
#include "difference.h"
#include "scope.h"
#include <errno.h>
#include <stdlib.h>

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
	/* The lines of all three. */
	struct text_spans removed_lines, added_lines;
	const struct rule **exchanged_old, **exchanged_new;
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
	struct cursor a = {old->rules, policy_rules_end(old), 0};
	struct cursor b = {new->rules, policy_rules_end(new), 0};
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

/* Makes all parts canonical. */
static int make_lines(struct difference *difference)
{
	struct exchanges *exchanges = &difference->exchanges;
	size_t count = exchanges->count;

	if (side_flush(&difference->removed) || side_flush(&difference->added) ||
	    policy_normalise(&difference->removed.policy, NULL) ||
	    policy_normalise(&difference->added.policy, NULL) ||
	    text_spans(&difference->removed.policy, &difference->removed_lines) ||
	    text_spans(&difference->added.policy, &difference->added_lines))
		return -ENOMEM;
	difference->exchanged_old = calloc(count + 1, sizeof(struct rule *));
	difference->exchanged_new = calloc(count + 1, sizeof(struct rule *));
	if (!difference->exchanged_old || !difference->exchanged_new)
		return -ENOMEM;
	if (count)
		qsort(exchanges->list, count, sizeof(*exchanges->list), exchange_compare);
	for (size_t i = 0; i < count; i++) {
		difference->exchanged_old[i] = &exchanges->list[i].old;
		difference->exchanged_new[i] = &exchanges->list[i].new;
	}
	return 0;
}

/* The change of the exchanges from list[first] on that one line can hold. */
static struct policy_change exchanged(const struct difference *difference, size_t first)
{
	const struct exchange *list = difference->exchanges.list + first;
	size_t left = difference->exchanges.count - first, count = 1;

	while (count < left && count < TEXT_PORTS_MAX &&
	       exchange_line_compare(&list[0], &list[count]) == 0)
		count++;
	return (struct policy_change){
		.before = {difference->exchanged_old + first, count},
		.after = {difference->exchanged_new + first, count},
	};
}

/* Of the next changes of each kind, NULL for none left, the index of the one that comes first. */
static int next_change(const struct rule *const next[3])
{
	int first = -1;

	for (int i = 0; i < 3; i++)
		if (next[i] && (first < 0 || layer_compare(next[i], next[first]) < 0))
			first = i;
	return first;
}

/* Puts the lines together, in order. */
static void join_lines(const struct difference *difference, struct policy_diff *diff)
{
	const struct text_spans *removed = &difference->removed_lines;
	const struct text_spans *added = &difference->added_lines;
	const struct exchanges *exchanges = &difference->exchanges;
	size_t at[3] = {0};

	for (;;) {
		struct policy_change *change = &diff->changes[diff->count];
		const struct rule *const next[3] = {
			at[0] < removed->count ? removed->list[at[0]].rules[0] : NULL,
			at[1] < exchanges->count ? &exchanges->list[at[1]].old : NULL,
			at[2] < added->count ? added->list[at[2]].rules[0] : NULL,
		};

		switch (next_change(next)) {
		case 0:
			change->before = removed->list[at[0]++];
			break;
		case 1:
			*change = exchanged(difference, at[1]);
			at[1] += change->before.count;
			break;
		case 2:
			change->after = added->list[at[2]++];
			break;
		default:
			return;
		}
		diff->count++;
	}
}

int policy_diff(const struct policy *old, const struct policy *new, struct policy_diff *diff)
{
	struct difference *difference = calloc(1, sizeof(*difference));
	int err;

	*diff = (struct policy_diff){
		.default_before = old->default_action,
		.default_after = new->default_action,
		.parts = difference,
	};
	if (!difference)
		return -ENOMEM;
	policy_init(&difference->removed.policy);
	policy_init(&difference->added.policy);
	difference->added.whole = true;
	err = compare_rules(old, new, difference);
	if (!err)
		err = make_lines(difference);
	if (err)
		return err;
	diff->changes = calloc(difference->removed_lines.count + difference->exchanges.count +
				       difference->added_lines.count + 1,
			       sizeof(*diff->changes));
	if (!diff->changes)
		return -ENOMEM;
	join_lines(difference, diff);
	return 0;
}

void policy_diff_free(struct policy_diff *diff)
{
	struct difference *difference = diff->parts;

	if (difference) {
		text_spans_free(&difference->removed_lines);
		text_spans_free(&difference->added_lines);
		policy_free(&difference->removed.policy);
		policy_free(&difference->added.policy);
		free(difference->exchanges.list);
		free(difference->exchanged_old);
		free(difference->exchanged_new);
		free(difference);
	}
	free(diff->changes);
	*diff = (struct policy_diff){.count = 0};
}

/* --- What it means ------------------------------------------------------------------------- */

static bool has_deny(const struct policy *policy)
{
	for (size_t i = 0; i < policy->rule_count; i++)
		if (policy->rules[i].action == ACTION_DENY)
			return true;
	return policy->default_action == ACTION_DENY;
}

static bool change_narrows(const struct policy_change *change)
{
	enum action from = policy_change_from(change), to = policy_change_to(change);

	return to == ACTION_DENY || (from == ACTION_ALLOW && to != ACTION_ALLOW);
}

bool policy_narrows(const struct policy *old, const struct policy *new)
{
	_cleanup_policy_diff_ struct policy_diff diff = {.count = 0};
	bool narrows = false;

	if (!has_deny(new))
		return false;
	if (policy_diff(old, new, &diff))
		return true;
	narrows = diff.default_before != diff.default_after && diff.default_after == ACTION_DENY;
	for (size_t i = 0; i < diff.count && !narrows; i++)
		narrows = change_narrows(&diff.changes[i]);
	return narrows;
}
