/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Any bytes as a policy file. What parses must print to a text that parses to the same text, and
 * compile unless it is past a limit of the tables.
 *
 * clang -fsanitize=fuzzer,address,undefined, with what the Makefile calls PURE.
 */
#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "policy/compile.h"
#include "policy/deadlines.h"
#include "policy/diff.h"
#include "policy/text.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(bool holds)
{
	if (!holds)
		abort();
}

static int deadline_compare(const void *left, const void *right)
{
	const struct deadline *a = left, *b = right;

	return (a->until > b->until) - (a->until < b->until);
}

/* A jiffy a second. To be freed. */
static struct deadlines deadlines_of(const struct policy *policy)
{
	struct deadline *list = calloc(policy->rule_count + 1, sizeof(*list));
	size_t count = 0, kept = 0;

	check(list != NULL);
	for (size_t i = 0; i < policy->rule_count; i++)
		if (policy->rules[i].until)
			list[count++] = (struct deadline){policy->rules[i].until,
							  (__u64)policy->rules[i].until};
	qsort(list, count, sizeof(*list), deadline_compare);
	for (size_t i = 0; i < count; i++)
		if (!i || list[i].until != list[kept - 1].until)
			list[kept++] = list[i];
	return (struct deadlines){list, kept};
}

/* The NICs that rules name first get an index. */
static void check_compile(const struct policy *policy)
{
	static struct slot slot;
	char nics[MAX_NICS][IFNAMSIZ] = {{0}};
	struct deadlines deadlines = deadlines_of(policy);
	struct compiled compiled = {.slot = &slot};
	struct error error;
	int err;

	for (size_t i = 0; i < MAX_NICS && i < policy->rule_count; i++)
		memcpy(nics[i], policy->rules[i].nic, IFNAMSIZ);
	err = policy_compile(policy, (const char(*)[IFNAMSIZ])nics, &deadlines, &compiled, &error);
	check(err == 0 || err == -ENOSPC);
	compiled_free(&compiled);
	free((struct deadline *)deadlines.list);
}

/* Of a policy and its permanent half; the difference must be there if they differ. */
static void check_expiry(const struct policy *policy)
{
	struct policy later;
	struct diff diff;

	check(policy_copy(policy, &later) == 0);
	deadlines_expire(&later, &(struct deadline_table){0}, &(struct moment){.wall = INT64_MAX});
	check(diff_policies(policy, &later, &diff) == 0);
	check((diff.count == 0) == policy_equal(policy, &later));
	diff_free(&diff);
	policy_free(&later);
}

static void check_text(const struct policy *policy, const struct attachments *attached)
{
	struct diagnostics diagnostics = {0};
	char *text = text_print(policy, attached), *again;
	struct attachments read;
	struct policy parsed;

	check(text != NULL);
	check(text_parse(text, strlen(text), &parsed, &read, &diagnostics) == 0);
	check(policy_equal(policy, &parsed));
	check(attachments_equal(attached, &read));
	again = text_print(&parsed, &read);
	check(again != NULL);
	check(strcmp(text, again) == 0);
	free(text);
	free(again);
	policy_free(&parsed);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct diagnostics diagnostics;
	struct attachments attached;
	struct policy policy;

	memset(&diagnostics, 0, sizeof(diagnostics));
	if (text_parse((const char *)data, size, &policy, &attached, &diagnostics) != 0) {
		check(diagnostics.errors > 0);
		return 0;
	}
	check(diagnostics.errors == 0);
	check_text(&policy, &attached);
	check_compile(&policy);
	check_expiry(&policy);
	policy_free(&policy);
	return 0;
}
