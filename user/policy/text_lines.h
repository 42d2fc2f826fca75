/* SPDX-License-Identifier: GPL-2.0-only */
/* The rules of a policy in the order and grouping of the canonical text. */
#ifndef PORTFW_POLICY_TEXT_LINES_H
#define PORTFW_POLICY_TEXT_LINES_H

#include "text.h"

/* Whether rules may stand in one line (0); if not, which line is first. */
int text_line_compare(const struct rule *a, const struct rule *b);

/* The rules of one line: equal but for their ports. */
struct text_span {
	const struct rule *const *rules;
	size_t count;
};
struct text_spans {
	const struct rule **order;
	struct text_span *list;
	size_t count;
};

/* Of a normal policy, which must outlive the result. -ENOMEM. */
int text_spans(const struct policy *policy, struct text_spans *spans);
void text_spans_free(struct text_spans *spans);
#define _cleanup_text_spans_ __attribute__((cleanup(text_spans_free)))

/* The line that a rule of the policy stands in; NULL: it is none of its rules. */
const struct text_span *text_spans_find(const struct text_spans *spans, const struct rule *rule);

/* The line, without a newline, to be freed; NULL: no memory. */
char *text_span_print(const struct text_span *span);

/* "attach eth0 native" and "default deny", likewise. */
char *text_attachment_print(const struct attachment *attachment);
char *text_default_print(enum action action);

#endif
