/* SPDX-License-Identifier: GPL-2.0-only */
#include "reach.h"
#include "scope.h"
#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* The prefixes that matter, outer ones before those in them. */
struct sources {
	struct prefix *list;
	size_t count;
};

static int compare(const void *a, const void *b)
{
	return prefix_compare(a, b);
}

static bool speaks_of(const struct rule *rule, __u8 proto, __u16 port, const char *nic)
{
	return rule->proto == proto && rule->low <= port && rule->high >= port &&
	       (!*rule->nic || strcmp(rule->nic, nic) == 0);
}

/* The whole family first, then what rules name of it, each once. */
static int collect(const struct policy *policy, __u8 proto, __u16 port, const char *nic,
		   __u8 family, struct sources *sources)
{
	struct prefix *list;
	size_t count = 1, kept = 1;

	for (size_t i = 0; i < policy->rule_count; i++)
		count += policy->rules[i].source.family == family &&
			 speaks_of(&policy->rules[i], proto, port, nic);
	list = calloc(count, sizeof(*list));
	if (!list)
		return -ENOMEM;
	list[0].family = family;
	count = 1;
	for (size_t i = 0; i < policy->rule_count; i++)
		if (policy->rules[i].source.family == family &&
		    speaks_of(&policy->rules[i], proto, port, nic))
			list[count++] = policy->rules[i].source;
	qsort(list, count, sizeof(*list), compare);
	for (size_t i = 1; i < count; i++)
		if (prefix_compare(&list[kept - 1], &list[i]) != 0)
			list[kept++] = list[i];
	*sources = (struct sources){list, kept};
	return 0;
}

static struct address6 next_address(struct address6 address)
{
	address.low++;
	address.high += address.low == 0;
	return address;
}

/* Whether the prefixes inside leave no address of prefix number i. */
static bool is_covered(const struct sources *sources, size_t i)
{
	const struct prefix *outer = &sources->list[i];
	struct address6 cursor = prefix_first(outer), last = prefix_last(outer);

	for (size_t j = i + 1; j < sources->count && prefix_holds(outer, &sources->list[j]); j++) {
		struct address6 first = prefix_first(&sources->list[j]);
		struct address6 end = prefix_last(&sources->list[j]);

		if (address_compare(&first, &cursor) > 0)
			return false;
		if (address_compare(&end, &cursor) < 0)
			continue;
		if (address_compare(&end, &last) == 0)
			return true;
		cursor = next_address(end);
	}
	return false;
}

/* Counts in what holds for addresses that there are. */
static void note(struct reach *reach, enum action action, bool open, const struct rule *rule)
{
	if (open && action == ACTION_ALLOW)
		reach->by_rule = true;
	else if (open)
		reach->by_default = true;
	if (open && rule && !reach->allowing)
		reach->allowing = rule;
	if (!open && rule && !reach->denying)
		reach->denying = rule;
}

/* Whether the nearest part that holds the prefix is open. */
static bool is_around_open(const struct reach *reach, const struct prefix *source)
{
	for (size_t i = reach->count; i-- > 0;)
		if (prefix_holds(&reach->parts[i].source, source))
			return reach->parts[i].open;
	return false;
}

int reach_find(const struct policy *policy, __u8 proto, __u16 port, const char *nic, __u8 family,
	       __s64 now, struct reach *reach)
{
	struct reach found = {.extent = REACH_NOBODY};
	struct sources sources;
	bool closed = false; /* to somebody */
	int code = collect(policy, proto, port, nic, family, &sources);

	if (code)
		return code;
	found.parts = calloc(sources.count, sizeof(*found.parts));
	for (size_t i = 0; found.parts && i < sources.count; i++) {
		const struct prefix *source = &sources.list[i];
		const struct rule *rule;
		enum action action = policy_lookup(policy, proto, port, nic, source, now, &rule);
		bool empty = is_covered(&sources, i);
		bool open = action == ACTION_ALLOW ||
			    (action == ACTION_NONE && policy->default_action == ACTION_ALLOW);

		if (!empty)
			note(&found, action, open, rule);
		closed |= !empty && !open;
		open = open && !empty;
		if (i == 0 || is_around_open(&found, source) != open)
			found.parts[found.count++] = (struct reach_part){*source, open};
	}
	free(sources.list);
	if (!found.parts)
		return -ENOMEM;
	if (found.by_rule || found.by_default)
		found.extent = !closed ? REACH_ALL : found.parts[0].open ? REACH_MOST : REACH_SOME;
	*reach = found;
	return 0;
}

void reach_free(struct reach *reach)
{
	free(reach->parts);
	*reach = (struct reach){.extent = REACH_NOBODY};
}
