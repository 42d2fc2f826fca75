/* SPDX-License-Identifier: GPL-2.0-only */
#include "explain_answer.h"
#include "output/escape.h"
#include "output/json.h"
#include "output/policy.h"
#include "policy/text.h"
#include "question.h"
#include "verdict/judge.h"
#include <errno.h>
#include <stdlib.h>
#include <string.h>

static const struct {
	const char *spelling, *meaning;
} reasons[REASON_COUNT] = {
#define X(name, spelling, verdict, meaning) [REASON_##name] = {spelling, meaning},
	REASONS(X)
#undef X
};

static int take_rule(struct live *live, const struct rule *rule, struct answer *answer)
{
	_cleanup_times_left_ struct times_left left = {NULL, 0};
	int code = policy_append(&answer->rule, rule);

	if (code == 0)
		code = policy_normalise(&answer->rule, NULL);
	if (code == 0 && rule->until)
		code = deadlines_left(&answer->rule, &live->deadlines, &live->now, &left);
	if (code)
		return code;
	answer->has_rule = true;
	if (left.count)
		answer->seconds_left = left.list[0].seconds;
	return 0;
}

int answer_find_rule(const struct invocation *invocation, struct live *live,
		     const unsigned char *frame, size_t length, struct answer *answer,
		     struct error *error)
{
	_cleanup_judge_ struct judge judge = {.policy = NULL};
	char names[MAX_NICS][IFNAMSIZ];
	struct judge_packet packet;
	const struct rule *rule;
	int code;

	(void)invocation;
	policy_init(&answer->rule);
	answer->seconds_left = -1;
	if (question_parse(frame, length, answer->nic->link_type, &packet))
		return 0;
	attach_names(&live->instance, names);
	code = judge_make(&live->policy, (const char(*)[IFNAMSIZ])names, &live->deadlines,
			  &live->now, &judge, error);
	if (code)
		return code;
	judge.blocks_of = &live->instance;
	rule = judge_rule(&judge, answer->nic->index, &packet);
	/* What a reply would meet without its flow is worth knowing, too. */
	if (rule && (answer->reason == REASON_ALLOW || answer->reason == REASON_DENY))
		code = take_rule(live, rule, answer);
	if (answer->reason == REASON_BLOCKED || answer->reason == REASON_DEFAULT_ALLOW ||
	    answer->reason == REASON_DEFAULT_DENY)
		answer->decider =
			judge_decider(&judge, answer->nic->index, &packet, answer->reason);
	return code ? error_set(error, code, "%s", strerror(-code)) : 0;
}

void answer_free(struct answer *answer)
{
	policy_free(&answer->rule);
	free(answer->decider);
}

static void print_text(const struct answer *answer, const struct text_rule *rule)
{
	bool passes = REASONS_THAT_PASS >> answer->reason & 1;
	char left[TIME_LEFT_SIZE];

	printf("%s on ", passes ? "passes" : "drops");
	escape_write(answer->nic->name, stdout);
	printf(": %s", reasons[answer->reason].spelling);
	if (rule) {
		fputs(", ", stdout);
		escape_write(rule->line, stdout);
	} else if (answer->decider) {
		printf(", %s", answer->decider);
	} else {
		printf(" (%s)", reasons[answer->reason].meaning);
	}
	if (answer->seconds_left >= 0) {
		time_left_print(answer->seconds_left, left);
		printf(", %s", left);
	}
	putchar('\n');
}

static json_t *rule_json(const struct text_rule *rule)
{
	if (!rule)
		return json_null();
	return json_pack("{s:s, s:o, s:o, s:o, s:o, s:o, s:o}", "action", action_name(rule->action),
			 "proto", json_text(rule->proto), "ports", json_text(rule->ports), "from",
			 json_text(rule->from), "on", json_text(rule->nic), "until",
			 json_text(rule->until), "comment", json_text(rule->comment));
}

static void print_json(const struct answer *answer, const struct text_rule *rule)
{
	bool passes = REASONS_THAT_PASS >> answer->reason & 1;

	json_write(json_pack("{s:s, s:s, s:o, s:o, s:o, s:o}", "verdict", passes ? "pass" : "drop",
			     "reason", reasons[answer->reason].spelling, "rule", rule_json(rule),
			     "decided_by",
			     json_text(rule		 ? rule->line
				       : answer->decider ? answer->decider
							 : NULL),
			     "interface", json_text(answer->nic->name), "seconds_left",
			     answer->seconds_left >= 0 ? json_integer(answer->seconds_left)
						       : json_null()),
		   stdout);
}

static bool texts_equal(const char *a, const char *b)
{
	return a && b ? strcmp(a, b) == 0 : a == b;
}

/* Whether a list of ports and ranges, as canonical text has it, holds the lowest port of another.
 */
static bool ports_hold(const char *list, const char *ports)
{
	unsigned long wanted, low, high;
	char *end = NULL;

	if (!list || !ports || strcmp(list, "all") == 0 || strcmp(ports, "all") == 0)
		return texts_equal(list, ports);
	wanted = strtoul(ports, NULL, 10);
	for (; *list; list = *end ? end + 1 : end) {
		low = high = strtoul(list, &end, 10);
		if (*end == '-')
			high = strtoul(end + 1, &end, 10);
		if (wanted >= low && wanted <= high)
			return true;
	}
	return false;
}

/* The line of the whole policy that the rule stands in, as `list` shows it; else NULL. */
static const struct text_rule *find_line(const struct text_rules *lines,
					 const struct text_rule *rule)
{
	for (size_t i = 0; i < lines->count; i++) {
		const struct text_rule *line = &lines->list[i];

		if (line->action == rule->action && texts_equal(line->proto, rule->proto) &&
		    texts_equal(line->from, rule->from) && texts_equal(line->nic, rule->nic) &&
		    texts_equal(line->until, rule->until) &&
		    texts_equal(line->comment, rule->comment) &&
		    ports_hold(line->ports, rule->ports))
			return line;
	}
	return NULL;
}

void answer_print(const struct invocation *invocation, const struct live *live,
		  const struct answer *answer)
{
	struct text_rules alone = {NULL, 0}, lines = {NULL, 0};
	const struct text_rule *rule = NULL;

	if (answer->has_rule && text_rules(&answer->rule, &alone) == 0 && alone.count &&
	    text_rules(&live->policy, &lines) == 0)
		rule = find_line(&lines, &alone.list[0]);
	if (option_given(invocation, OPTION_JSON))
		print_json(answer, rule);
	else
		print_text(answer, rule);
	text_rules_free(&alone);
	text_rules_free(&lines);
}
