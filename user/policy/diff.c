/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The difference is itself two policies: the ports that lose a state, and the ports that gain one.
 * Deleting the first from the old policy and overlaying the second makes the new one.
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
	order = scope_compare(a->rule->proto, a->rule->nic, b->rule->proto, b->rule->nic);
	return order ? order : (int)a->low - (int)b->low;
}

/* The last port up to which the cursor's rule stands without one of the other, which begins
 * later. */
static unsigned cursor_alone(const struct cursor *cursor, const struct cursor *other)
{
	const struct rule *rule = cursor->rule;

	if (other->rule < other->end && other->low <= rule->high &&
	    scope_compare(rule->proto, rule->nic, other->rule->proto, other->rule->nic) == 0)
		return other->low - 1;
	return rule->high;
}

static int compare_rules(const struct policy *old, const struct policy *new, struct side *removed,
			 struct side *added)
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
			err = side_add(removed, a.rule, a.low, high);
			cursor_advance(&a, high);
		} else if (order > 0) {
			high = cursor_alone(&b, &a);
			err = side_add(added, b.rule, b.low, high);
			cursor_advance(&b, high);
		} else {
			bool same = state_equal(a.rule, b.rule);

			high = a.rule->high < b.rule->high ? a.rule->high : b.rule->high;
			if (!same)
				err = side_add(removed, a.rule, a.low, high);
			if (!err && (!same || a.rule->exact != b.rule->exact))
				err = side_add(added, b.rule, b.low, high);
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
	diff->lines[diff->count++] = (struct diff_line){sign, text};
	return 0;
}

static int add_attachment(struct diff *diff, char sign, const struct attachment *attachment)
{
	return diff_add(diff, sign, text_attachment_print(attachment));
}

static int diff_attachments(const struct policy *old, const struct policy *new, struct diff *diff)
{
	size_t i = 0, k = 0;
	int err = 0;

	while (!err && (i < old->attachment_count || k < new->attachment_count)) {
		const struct attachment *a = &old->attachments[i], *b = &new->attachments[k];
		int order = 0;

		if (i == old->attachment_count || k == new->attachment_count)
			order = i == old->attachment_count ? 1 : -1;
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

/* Merges the lines of both sides: by scope, and in a scope what goes before what comes. */
static int diff_rules(const struct text_spans *removed, const struct text_spans *added,
		      struct diff *diff)
{
	size_t i = 0, k = 0;
	int err = 0;

	while (!err && (i < removed->count || k < added->count)) {
		bool take_removed = k == added->count;

		if (i < removed->count && k < added->count) {
			const struct rule *a = removed->list[i].rules[0];
			const struct rule *b = added->list[k].rules[0];

			take_removed = scope_compare(a->proto, a->nic, b->proto, b->nic) <= 0;
		}
		if (take_removed)
			err = diff_add(diff, '-', text_span_print(&removed->list[i++]));
		else
			err = diff_add(diff, '+', text_span_print(&added->list[k++]));
	}
	return err;
}

/* Makes both sides canonical and puts all lines together. */
static int diff_print(const struct policy *old, const struct policy *new, bool attachments,
		      struct side *removed, struct side *added, struct diff *diff)
{
	_cleanup_text_spans_ struct text_spans removed_spans = {0};
	_cleanup_text_spans_ struct text_spans added_spans = {0};
	size_t count = 2 * MAX_NICS + 2;

	if (side_flush(removed) || side_flush(added) || policy_normalise(&removed->policy, NULL) ||
	    policy_normalise(&added->policy, NULL) ||
	    text_spans(&removed->policy, &removed_spans) ||
	    text_spans(&added->policy, &added_spans))
		return -ENOMEM;
	diff->lines = calloc(count + removed_spans.count + added_spans.count, sizeof(*diff->lines));
	if (!diff->lines)
		return -ENOMEM;
	if ((attachments && diff_attachments(old, new, diff)) || diff_default(old, new, diff) ||
	    diff_rules(&removed_spans, &added_spans, diff))
		return -ENOMEM;
	return 0;
}

int diff_policies(const struct policy *old, const struct policy *new, bool attachments,
		  struct diff *diff)
{
	struct side removed = {.whole = false}, added = {.whole = true};
	struct diff made = {0};
	int err;

	policy_init(&removed.policy);
	policy_init(&added.policy);
	err = compare_rules(old, new, &removed, &added);
	if (!err)
		err = diff_print(old, new, attachments, &removed, &added, &made);
	policy_free(&removed.policy);
	policy_free(&added.policy);
	if (err)
		diff_free(&made);
	else
		*diff = made;
	return err;
}

void diff_free(struct diff *diff)
{
	for (size_t i = 0; i < diff->count; i++)
		free(diff->lines[i].text);
	free(diff->lines);
	*diff = (struct diff){0};
}
