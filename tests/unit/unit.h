/* SPDX-License-Identifier: GPL-2.0-only */
/* What the unit tests share. */
#ifndef PORTFW_TESTS_UNIT_H
#define PORTFW_TESTS_UNIT_H

/* cmocka.h wants these before it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "policy/text.h"
#include "policy/words.h"

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))

static inline void unit_free(void *pointer)
{
	free(*(void **)pointer);
}
#define _cleanup_text_ __attribute__((cleanup(unit_free)))

static inline void print_diagnostics(const struct diagnostics *diagnostics)
{
	for (unsigned i = 0; i < diagnostics->count; i++) {
		const struct diagnostic *diagnostic = &diagnostics->list[i];

		print_error("%u:%u: %s%s\n", diagnostic->line, diagnostic->column,
			    diagnostic->warning ? "warning: " : "", diagnostic->text);
	}
}

/* The policy that a right text says. */
static inline struct policy policy_of(const char *text)
{
	struct diagnostics diagnostics = {0};
	struct policy policy;

	if (text_parse(text, strlen(text), &policy, NULL, &diagnostics) != 0) {
		print_error("does not parse:\n%s\n", text);
		print_diagnostics(&diagnostics);
		fail();
	}
	return policy;
}

/* What the attach lines of a right text say. */
static inline struct attachments attachments_of(const char *text)
{
	struct diagnostics diagnostics = {0};
	struct attachments attached;
	struct policy policy;

	assert_int_equal(text_parse(text, strlen(text), &policy, &attached, &diagnostics), 0);
	policy_free(&policy);
	return attached;
}

/* The canonical text of a policy, to be freed. */
static inline char *text_of(const struct policy *policy)
{
	char *text = text_print(policy, NULL);

	assert_non_null(text);
	return text;
}

/* The canonical text of a right text, to be freed. */
static inline char *canonical(const char *text)
{
	_cleanup_policy_ struct policy policy = policy_of(text);
	struct attachments attached = attachments_of(text);
	char *printed = text_print(&policy, &attached);

	assert_non_null(printed);
	return printed;
}

/* When the tests take place, in seconds since the Epoch: 2026-01-01T00:00:00Z. */
#define TEST_NOW 1767225600LL

/* Runs `ACTION WORDS` as the command line does, on words that blanks separate; '' is the empty
 * word. Returns what words_read_rule() does. */
static inline int command(struct policy *policy, enum action action, const char *line,
			  size_t *bad_word, struct error *error, struct error *warning)
{
	const char *list[32];
	struct words words = {.text = list};
	_cleanup_text_ char *copy = strdup(line);
	char *rest = NULL;

	assert_non_null(copy);
	for (char *word = strtok_r(copy, " ", &rest); word; word = strtok_r(NULL, " ", &rest)) {
		assert_true(words.count < COUNT_OF(list));
		list[words.count++] = strcmp(word, "''") == 0 ? "" : word;
	}
	return words_read_rule(&words, action, 0, TEST_NOW, policy, bad_word, error, warning);
}

#endif
