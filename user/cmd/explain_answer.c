/* SPDX-License-Identifier: GPL-2.0-only */
#include "explain_answer.h"
#include "explain_question.h"
#include "output/escape.h"
#include "output/json.h"
#include "output/policy.h"
#include "output/rule.h"
#include "policy/reason.h"
#include "policy/text.h"
#include "verdict/judge.h"
#include <errno.h>
#include <stdlib.h>
#include <string.h>

static int take_rule(struct live *live, const struct rule *rule, struct answer *answer)
{
	_cleanup_times_left_ struct times_left left = {NULL, 0};
	int code = 0;

	if (rule->until)
		code = deadlines_left(&live->policy, &live->deadlines, &live->now, &left);
	for (size_t i = 0; i < left.count; i++)
		if (left.list[i].until == rule->until)
			answer->seconds_left = left.list[i].seconds;
	if (code == 0)
		answer->rule = rule;
	return code;
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
	free(answer->decider);
}

static void print_text(const struct answer *answer, const struct text_rule *rule)
{
	char left[TIME_LEFT_SIZE];

	printf("%s on ", reason_passes(answer->reason) ? "passes" : "drops");
	escape_write(answer->nic->name, stdout);
	printf(": %s", reason_name(answer->reason));
	if (rule) {
		fputs(", ", stdout);
		escape_write(rule->line, stdout);
	} else if (answer->decider) {
		printf(", %s", answer->decider);
	} else {
		printf(" (%s)", reason_meaning(answer->reason));
	}
	if (answer->seconds_left >= 0) {
		time_left_print(answer->seconds_left, left);
		printf(", %s", left);
	}
	putchar('\n');
}

static void print_json(const struct answer *answer, const struct text_rule *rule)
{
	json_write(json_pack("{s:s, s:s, s:o, s:o, s:o, s:o}", "verdict",
			     verdict_name(reason_verdict(answer->reason)), "reason",
			     reason_name(answer->reason), "rule", rule_parts_json(rule, NULL),
			     "decided_by",
			     json_text(rule		 ? rule->line
				       : answer->decider ? answer->decider
							 : NULL),
			     "interface", json_text(answer->nic->name), "seconds_left",
			     answer->seconds_left >= 0 ? json_integer(answer->seconds_left)
						       : json_null()),
		   stdout);
}

void answer_print(const struct invocation *invocation, const struct live *live,
		  const struct answer *answer)
{
	struct text_rules line = {NULL, 0};
	const struct text_rule *rule = NULL;

	/* As `list` shows it. */
	if (answer->rule && text_rule_of(&live->policy, answer->rule, &line) == 0)
		rule = line.list;
	if (option_given(invocation, OPTION_JSON))
		print_json(answer, rule);
	else
		print_text(answer, rule);
	text_rules_free(&line);
}
