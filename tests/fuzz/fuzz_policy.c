/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Any bytes as a policy file. What parses must print to a text that parses to the same text, and
 * compile unless it has too many behaviours.
 *
 * clang -fsanitize=fuzzer,address,undefined, with user/error.c and user/policy/.
 */
#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "policy/compile.h"
#include "policy/text.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(bool holds)
{
	if (!holds)
		abort();
}

/* The NICs that rules name first get an index. */
static void check_compile(const struct policy *policy)
{
	static struct slot slot;
	char nics[MAX_NICS][IFNAMSIZ] = {{0}};
	struct error error;
	int err;

	for (size_t i = 0; i < MAX_NICS && i < policy->rule_count; i++)
		memcpy(nics[i], policy->rules[i].nic, IFNAMSIZ);
	err = policy_compile(policy, (const char(*)[IFNAMSIZ])nics, &slot, &error);
	check(err == 0 || err == -ENOSPC);
}

static void check_text(const struct policy *policy)
{
	struct diagnostics diagnostics = {0};
	char *text = text_print(policy, true), *again;
	struct policy parsed;

	check(text != NULL);
	check(text_parse(text, strlen(text), &parsed, &diagnostics) == 0);
	check(policy_equal(policy, &parsed));
	again = text_print(&parsed, true);
	check(again != NULL);
	check(strcmp(text, again) == 0);
	free(text);
	free(again);
	policy_free(&parsed);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct diagnostics diagnostics;
	struct policy policy;

	memset(&diagnostics, 0, sizeof(diagnostics));
	if (text_parse((const char *)data, size, &policy, &diagnostics) != 0) {
		check(diagnostics.errors > 0);
		return 0;
	}
	check(diagnostics.errors == 0);
	check_text(&policy);
	check_compile(&policy);
	policy_free(&policy);
	return 0;
}
