/* SPDX-License-Identifier: GPL-2.0-only */
#include "compile.h"
#include "compile_parts.h"
#include <errno.h>
#include <stdlib.h>
#include <string.h>

int compile_out_of_memory(struct compiler *compiler)
{
	return error_set(compiler->error, -ENOMEM, "out of memory");
}

void compiled_free(struct compiled *compiled)
{
	free(compiled->sources4);
	free(compiled->sources6);
	free(compiled->cells);
	compiled->sources4 = NULL;
	compiled->sources6 = NULL;
	compiled->cells = NULL;
}

static void compiler_free(struct compiler **compiler)
{
	if (!*compiler)
		return;
	free((*compiler)->sources.list);
	free((*compiler)->sources.of_rule);
	for (unsigned i = 0; i < (*compiler)->behaviour_count; i++)
		free((*compiler)->behaviours[i].decisions);
	free((*compiler)->decisions);
	free((*compiler)->seen.list);
	free(*compiler);
}
#define _cleanup_compiler_ __attribute__((cleanup(compiler_free)))

/* Makes the outcome without rules, which thereby has index 0. */
static int compile_nothing(struct compiler *compiler)
{
	__u32 nothing;

	return compile_outcome(compiler, 0, NULL, 0, &nothing);
}

int policy_compile(const struct policy *policy, const char nics[MAX_NICS][IFNAMSIZ],
		   const struct deadlines *deadlines, struct compiled *compiled,
		   struct error *error)
{
	static int (*const parts[])(struct compiler * compiler) = {
		compile_nothing, compile_sources, compile_ports, compile_cells, compile_intervals};
	_cleanup_compiler_ struct compiler *compiler = NULL;
	struct compiled made = {.slot = compiled->slot};
	int err = 0;

	if (!policy->normal)
		return error_set(error, -EINVAL, "the policy is not normalised");
	compiler = calloc(1, sizeof(*compiler));
	if (!compiler)
		return error_set(error, -ENOMEM, "out of memory");
	compiler->policy = policy;
	compiler->nics = nics;
	compiler->deadlines = deadlines;
	compiler->compiled = &made;
	compiler->error = error;
	memset(made.slot, 0, sizeof(*made.slot));
	made.slot->default_action = (__u8)policy->default_action;
	for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]) && !err; i++)
		err = parts[i](compiler);
	if (err)
		compiled_free(&made);
	else
		*compiled = made;
	return err;
}
