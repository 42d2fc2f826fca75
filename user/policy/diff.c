/* SPDX-License-Identifier: GPL-2.0-only */
#include "diff.h"
#include "difference.h"
#include <errno.h>
#include <stdlib.h>
#include <string.h>

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

static int print_default(const struct policy_diff *policies, struct diff *diff)
{
	int err;

	if (policies->default_before == policies->default_after)
		return 0;
	err = diff_add(diff, '-', text_default_print(policies->default_before));
	return err ? err : diff_add(diff, '+', text_default_print(policies->default_after));
}

static int print_change(const struct policy_change *change, struct diff *diff)
{
	const struct text_span *before = &change->before, *after = &change->after;
	struct diff_line *line = &diff->lines[diff->count];
	int err;

	if (!before->count)
		return diff_add(diff, '+', text_span_print(after));
	err = diff_add(diff, after->count ? '~' : '-', text_span_print(before));
	if (err || !after->count)
		return err;
	line->becomes = text_span_print(after);
	return line->becomes ? 0 : -ENOMEM;
}

static int diff_print(const struct policy_diff *policies, const struct attachments *old,
		      const struct attachments *new, struct diff *diff)
{
	int err = old ? diff_attachments(old, new, diff) : 0;

	if (!err)
		err = print_default(policies, diff);
	for (size_t i = 0; i < policies->count && !err; i++)
		err = print_change(&policies->changes[i], diff);
	return err;
}

int diff_files(const struct diff_side *old, const struct diff_side *new, struct diff *diff)
{
	_cleanup_policy_diff_ struct policy_diff policies = {.count = 0};
	struct diff made = {NULL, 0};
	int err = policy_diff(old->policy, new->policy, &policies);

	if (err)
		return err;
	made.lines = calloc(2 * MAX_NICS + 2 + policies.count, sizeof(*made.lines));
	if (!made.lines)
		return -ENOMEM;
	err = diff_print(&policies, old->attached, new->attached, &made);
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
