/* SPDX-License-Identifier: GPL-2.0-only */
/* The source prefixes of a policy, each once, as a tree. */
#include "compile_parts.h"
#include "scope.h"
#include <errno.h>
#include <stdlib.h>

static void free_pointer(void *pointer)
{
	free(*(void **)pointer);
}
#define _cleanup_free_ __attribute__((cleanup(free_pointer)))

void source_stack_pop(struct source_stack *stack, const struct sources *sources, __u32 source)
{
	const struct source *next = &sources->list[source];

	while (stack->count) {
		const struct source *top = &sources->list[stack->list[stack->count - 1]];

		if (top->family == next->family && address_compare(&next->first, &top->last) <= 0)
			return;
		stack->count--;
	}
}

void source_stack_push(struct source_stack *stack, __u32 source)
{
	stack->list[stack->count++] = source;
}

static int source_compare(const void *left, const void *right)
{
	const struct rule *a = *(const struct rule *const *)left;
	const struct rule *b = *(const struct rule *const *)right;
	int order = prefix_compare(&a->source, &b->source);

	return order ? order : (a > b) - (a < b);
}

/* The rules of one protocol are in order already. */
static void rules_sort(const struct rule **rules, size_t count)
{
	for (size_t i = 1; i < count; i++)
		if (source_compare(&rules[i - 1], &rules[i]) > 0) {
			qsort(rules, count, sizeof(struct rule *), source_compare);
			return;
		}
}

/* Appends a prefix behind those that sort before it. */
static void source_append(struct sources *sources, struct source_stack *stack,
			  const struct prefix *prefix)
{
	__u32 index = (__u32)sources->count++;

	sources->list[index] = (struct source){
		.family = prefix->family,
		.first = prefix_first(prefix),
		.last = prefix_last(prefix),
	};
	source_stack_pop(stack, sources, index);
	if (stack->count)
		sources->list[index].parent = stack->list[stack->count - 1];
	source_stack_push(stack, index);
}

int compile_sources(struct compiler *compiler)
{
	const struct policy *policy = compiler->policy;
	_cleanup_free_ const struct rule **rules = NULL;
	struct sources *sources = &compiler->sources;
	struct source_stack stack = {.count = 0};
	const struct prefix *last = &(const struct prefix){0};
	size_t count = 0;

	rules = calloc(policy->rule_count + 1, sizeof(struct rule *));
	sources->of_rule = calloc(policy->rule_count + 1, sizeof(*sources->of_rule));
	if (!rules || !sources->of_rule)
		return compile_out_of_memory(compiler);
	for (size_t i = 0; i < policy->rule_count; i++)
		if (policy->rules[i].source.family)
			rules[count++] = &policy->rules[i];
	rules_sort(rules, count);
	sources->list = calloc(count + 1, sizeof(*sources->list));
	compiler->decisions = calloc(count + 1, sizeof(*compiler->decisions));
	if (!sources->list || !compiler->decisions)
		return compile_out_of_memory(compiler);
	sources->count = 1;
	for (size_t i = 0; i < count; i++) {
		if (prefix_compare(&rules[i]->source, last) != 0) {
			if (sources->count > POLICY_SOURCES_MAX)
				return error_set(compiler->error, -ENOSPC,
						 "more than %d distinct source prefixes",
						 POLICY_SOURCES_MAX);
			last = &rules[i]->source;
			source_append(sources, &stack, last);
		}
		sources->of_rule[rules[i] - policy->rules] = (__u32)sources->count - 1;
	}
	return 0;
}
