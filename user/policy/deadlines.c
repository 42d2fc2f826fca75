/* SPDX-License-Identifier: GPL-2.0-only */
#include "deadlines.h"
#include "words.h"
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define HEAD "#deadline "

void deadlines_free(struct deadline_table *table)
{
	free(table->list);
	*table = (struct deadline_table){0};
}

static int compare(const void *a, const void *b)
{
	const struct deadline *left = a, *right = b;

	return (left->until > right->until) - (left->until < right->until);
}

static const struct deadline *find(const struct deadline_table *table, __s64 until)
{
	const struct deadline wanted = {.until = until};

	return table->count ? bsearch(&wanted, table->list, table->count, sizeof(wanted), compare)
			    : NULL;
}

/* Sorts, each time once. */
static void sort(struct deadline_table *table)
{
	size_t kept = 0;

	if (table->count)
		qsort(table->list, table->count, sizeof(*table->list), compare);
	for (size_t i = 0; i < table->count; i++) {
		if (kept == 0 || table->list[kept - 1].until != table->list[i].until)
			table->list[kept++] = table->list[i];
	}
	table->count = kept;
}

/* --- As text --------------------------------------------------------------------------------- */

static bool is_head(const char *line)
{
	return strncmp(line, HEAD, strlen(HEAD)) == 0;
}

static const char *next_line(const char *line)
{
	const char *end = strchr(line, '\n');

	return end ? end + 1 : line + strlen(line);
}

/* False: the line is damaged, and its time then has no deadline. */
static bool read_line(const char *line, struct deadline *deadline)
{
	char word[WORDS_TIME_SIZE] = "";
	size_t length = strcspn(line + strlen(HEAD), " \n");

	if (length >= sizeof(word))
		return false;
	memcpy(word, line + strlen(HEAD), length);
	deadline->jiffies = strtoull(line + strlen(HEAD) + length, NULL, 10);
	return deadline->jiffies && words_read_time(word, &deadline->until, NULL) == 0;
}

int deadlines_read(const char *text, struct deadline_table *table)
{
	struct deadline_table made = {0};
	size_t lines = 0;

	for (const char *line = text; is_head(line); line = next_line(line))
		lines++;
	if (lines) {
		made.list = calloc(lines, sizeof(*made.list));
		if (!made.list)
			return -ENOMEM;
	}
	for (const char *line = text; is_head(line); line = next_line(line)) {
		if (read_line(line, &made.list[made.count]))
			made.count++;
	}
	sort(&made);
	*table = made;
	return 0;
}

const char *deadlines_skip(const char *text)
{
	while (is_head(text))
		text = next_line(text);
	return text;
}

char *deadlines_print(const struct deadline_table *table, const char *policy_text)
{
	enum { LINE_MAX_SIZE = sizeof(HEAD) + WORDS_TIME_SIZE + 24 };
	size_t size = table->count * LINE_MAX_SIZE + strlen(policy_text) + 1, length = 0;
	char *text = malloc(size);

	if (!text)
		return NULL;
	for (size_t i = 0; i < table->count; i++) {
		char when[WORDS_TIME_SIZE];

		words_print_time(table->list[i].until, when);
		length += (size_t)snprintf(text + length, size - length, HEAD "%s %llu\n", when,
					   table->list[i].jiffies);
	}
	memcpy(text + length, policy_text, strlen(policy_text) + 1);
	return text;
}

/* --- Conversion ------------------------------------------------------------------------------ */

static __u64 to_jiffies(const struct moment *now, __s64 until)
{
	__s64 left = until > now->wall ? until - now->wall : 0;

	return now->jiffies + (__u64)left * now->hz;
}

/* Every time of the policy, not yet converted. */
static int collect(const struct policy *policy, struct deadline_table *table)
{
	size_t timed = 0;

	for (size_t i = 0; i < policy->rule_count; i++)
		timed += policy->rules[i].until != 0;
	if (!timed)
		return 0;
	table->list = calloc(timed, sizeof(*table->list));
	if (!table->list)
		return -ENOMEM;
	for (size_t i = 0; i < policy->rule_count; i++) {
		if (policy->rules[i].until)
			table->list[table->count++].until = policy->rules[i].until;
	}
	sort(table);
	return 0;
}

int deadlines_make(const struct policy *policy, const struct deadline_table *known,
		   const struct moment *now, struct deadline_table *made)
{
	struct deadline_table table = {0};
	int code = collect(policy, &table);

	if (code)
		return code;
	for (size_t i = 0; i < table.count; i++) {
		struct deadline *deadline = &table.list[i];
		const struct deadline *kept = find(known, deadline->until);
		deadline->jiffies = kept ? kept->jiffies : to_jiffies(now, deadline->until);
	}
	*made = table;
	return 0;
}

int deadlines_note_clock(struct deadline_table *table, const struct moment *now)
{
	struct deadline *list;

	if (find(table, now->wall))
		return 0;
	list = reallocarray(table->list, table->count + 1, sizeof(*list));
	if (!list)
		return -ENOMEM;
	list[table->count++] = (struct deadline){.until = now->wall, .jiffies = now->jiffies};
	table->list = list;
	sort(table);
	return 0;
}

void moment_hold(struct moment *now, const struct deadline_table *known)
{
	for (size_t i = 0; i < known->count; i++) {
		const struct deadline *past = &known->list[i];
		if (past->jiffies > now->jiffies)
			continue;
		__s64 least = past->until + (__s64)((now->jiffies - past->jiffies) / now->hz);
		if (now->wall < least)
			now->wall = least;
	}
}

static __s64 seconds_left(__s64 until, const struct deadline_table *known, const struct moment *now)
{
	const struct deadline *deadline = now->jiffies ? find(known, until) : NULL;

	if (!deadline)
		return until > now->wall ? until - now->wall : 0;
	if (deadline->jiffies <= now->jiffies)
		return 0;
	return (__s64)((deadline->jiffies - now->jiffies + now->hz - 1) / now->hz);
}

size_t deadlines_expire(struct policy *policy, const struct deadline_table *known,
			const struct moment *now)
{
	size_t kept = 0, count = policy->rule_count;

	for (size_t i = 0; i < count; i++) {
		struct rule *rule = &policy->rules[i];
		if (rule->until && seconds_left(rule->until, known, now) == 0)
			free(rule->comment);
		else if (kept++ != i)
			policy->rules[kept - 1] = *rule;
	}
	policy->rule_count = kept;
	return count - kept;
}

void deadlines_tell_apart(struct policy *rules, const struct deadline_table *known,
			  const struct moment *now)
{
	for (size_t i = 0; i < rules->rule_count; i++) {
		struct rule *rule = &rules->rules[i];
		__u64 wanted = to_jiffies(now, rule->until);
		const struct deadline *same = rule->until ? find(known, rule->until) : NULL;
		while (same && (same->jiffies + 2ULL * now->hz < wanted ||
				wanted + 2ULL * now->hz < same->jiffies))
			same = find(known, ++rule->until);
	}
}

int deadlines_left(const struct policy *policy, const struct deadline_table *known,
		   const struct moment *now, struct times_left *left)
{
	_cleanup_deadlines_ struct deadline_table table = {0};
	int code = collect(policy, &table);

	*left = (struct times_left){0};
	if (code || !table.count)
		return code;
	left->list = calloc(table.count, sizeof(*left->list));
	if (!left->list)
		return -ENOMEM;
	for (; left->count < table.count; left->count++) {
		__s64 until = table.list[left->count].until;
		left->list[left->count].until = until;
		left->list[left->count].seconds = seconds_left(until, known, now);
	}
	return 0;
}

void times_left_free(struct times_left *left)
{
	free(left->list);
	*left = (struct times_left){NULL, 0};
}

static int compare_left(const void *a, const void *b)
{
	const struct time_left *left = a, *right = b;

	return (left->until > right->until) - (left->until < right->until);
}

__s64 times_left_find(const struct times_left *left, const char *until)
{
	struct time_left wanted = {0};
	const struct time_left *found = NULL;

	if (left->count && words_read_time(until, &wanted.until, NULL) == 0)
		found = bsearch(&wanted, left->list, left->count, sizeof(wanted), compare_left);
	return found ? found->seconds : 0;
}
