/* SPDX-License-Identifier: GPL-2.0-only */
#include "rule.h"
#include "json.h"
#include "policy.h"
#include <string.h>

/* The rule as the canonical text has it: the parts of a policy of one rule. */
static int parts_of(const struct rule *rule, struct text_rules *parts)
{
	_cleanup_policy_ struct policy policy;
	int code;

	policy_init(&policy);
	code = policy_append(&policy, rule);
	if (code == 0)
		code = policy_normalise(&policy, NULL);
	return code ? code : text_rules(&policy, parts);
}

json_t *rule_json(const struct rule *rule)
{
	struct text_rules parts = {NULL, 0};
	json_t *object;

	if (!rule || parts_of(rule, &parts))
		return json_null();
	const struct text_rule *part = &parts.list[0];
	object = json_pack("{s:s, s:o, s:o, s:o, s:o, s:o, s:o, s:o}", "action",
			   action_name(part->action), "proto", json_text(part->proto), "ports",
			   json_text(part->ports), "from", json_text(part->from), "on",
			   json_text(part->nic), "until", json_text(part->until), "comment",
			   json_text(part->comment), "line", json_text(part->line));
	text_rules_free(&parts);
	return object;
}

char *rule_line(const struct rule *rule)
{
	struct text_rules parts = {NULL, 0};
	char *line;

	if (parts_of(rule, &parts))
		return NULL;
	line = strdup(parts.list[0].line);
	text_rules_free(&parts);
	return line;
}
