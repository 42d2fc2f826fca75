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

#include "policy/deadlines.h"
#include "policy/diff.h"
#include "policy/text.h"
#include "verdict/tables.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(bool holds)
{
	if (!holds)
		abort();
}

/* The NICs that rules name first get an index. */
static void check_compile(const struct policy *policy)
{
	static const struct deadline_table none;
	static const struct moment any;
	char nics[MAX_NICS][IFNAMSIZ] = {{0}};
	struct compiled compiled;
	struct error error;
	int err;

	for (size_t i = 0; i < MAX_NICS && i < policy->rule_count; i++)
		memcpy(nics[i], policy->rules[i].nic, IFNAMSIZ);
	err = verdict_compile(policy, (const char(*)[IFNAMSIZ])nics, &none, &any, &compiled,
			      &error);
	check(err == 0 || err == -ENOSPC);
	verdict_free(&compiled);
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
