/* SPDX-License-Identifier: GPL-2.0-only */
#include "rule.h"
#include "json.h"
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

json_t *rule_parts_json(const struct text_rule *parts, const struct times_left *left)
{
	json_t *object;

	if (!parts)
		return json_null();
	object = json_pack("{s:s, s:o, s:o, s:o, s:o, s:o}", "action", action_name(parts->action),
			   "proto", json_text(parts->proto), "ports", json_text(parts->ports),
			   "from", json_text(parts->from), "on", json_text(parts->nic), "until",
			   json_text(parts->until));
	if (left)
		json_object_set_new(object, "seconds_left",
				    parts->until ? json_integer(times_left_find(left, parts->until))
						 : json_null());
	json_object_set_new(object, "comment", json_text(parts->comment));
	return object;
}

json_t *rule_json(const struct rule *rule)
{
	struct text_rules parts = {NULL, 0};
	json_t *object;

	if (!rule || parts_of(rule, &parts))
		return json_null();
	object = rule_parts_json(&parts.list[0], NULL);
	json_object_set_new(object, "line", json_text(parts.list[0].line));
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
