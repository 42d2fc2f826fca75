/* SPDX-License-Identifier: GPL-2.0-only */
#include "policy.h"
#include "escape.h"
#include "json.h"
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

const char *action_name(enum action action)
{
	return action == ACTION_ALLOW ? "allow" : "deny";
}

/* Escapes all but the ends of lines. */
static void write_lines(char *text, FILE *out)
{
	char *rest = text;

	for (char *line = strsep(&rest, "\n"); line && rest; line = strsep(&rest, "\n")) {
		escape_write(line, out);
		fputc('\n', out);
	}
}

int policy_write_text(const struct policy *policy, FILE *out)
{
	char *text = text_print(policy, true);

	if (!text)
		return -ENOMEM;
	if (isatty(fileno(out)))
		write_lines(text, out);
	else
		fputs(text, out);
	free(text);
	return 0;
}

static json_t *rule_json(const struct text_rule *rule)
{
	return json_pack("{s:s, s:o, s:o, s:n, s:o, s:n, s:o}", "action", action_name(rule->action),
			 "proto", json_text(rule->proto), "ports", json_text(rule->ports), "from",
			 "on", json_text(rule->nic), "until", "comment", json_text(rule->comment));
}

int policy_write_json(const struct policy *policy, FILE *out)
{
	json_t *attach = json_array(), *rules = json_array();
	struct text_rules lines = {NULL, 0};
	int code = text_rules(policy, &lines);

	for (size_t i = 0; i < policy->attachment_count; i++)
		json_array_append_new(attach, json_text(policy->attachments[i].nic));
	for (size_t i = 0; code == 0 && i < lines.count; i++)
		json_array_append_new(rules, rule_json(&lines.list[i]));
	json_t *object =
		json_pack("{s:s, s:o, s:o, s:[]}", "default", action_name(policy->default_action),
			  "attach", attach, "rules", rules, "blocks");
	if (code == 0)
		json_write(object, out);
	else
		json_decref(object);
	text_rules_free(&lines);
	return code;
}

int policy_count_rules(const struct policy *policy, size_t *count)
{
	struct text_rules lines = {NULL, 0};
	int code = text_rules(policy, &lines);

	if (code == 0)
		*count = lines.count;
	text_rules_free(&lines);
	return code;
}
