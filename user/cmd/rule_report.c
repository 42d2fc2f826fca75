/* SPDX-License-Identifier: GPL-2.0-only */
#include "rule_report.h"
#include "change/report.h"
#include "cli/message.h"
#include "output/policy.h"
#include "policy/edit.h"
#include "policy/text.h"
#include <ctype.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

#define LINES_SHOWN 8

/* --- Lines ----------------------------------------------------------------------------------- */

/* "tcp 22 from 10.0.0.0/8 on eth0": whose packets a line is about. */
static void write_target(const struct text_rule *rule, FILE *out)
{
	fprintf(out, "%s%s", isdigit((unsigned char)rule->proto[0]) ? "proto " : "", rule->proto);
	if (rule->ports)
		fprintf(out, " %s", rule->ports);
	if (rule->from)
		fprintf(out, " from %s", rule->from);
	if (rule->nic)
		fprintf(out, " on %s", rule->nic);
}

/* "tcp 22 until 2030-01-31T15:00:00Z": what the words said. */
static void write_given(const struct text_rule *rule, FILE *out)
{
	write_target(rule, out);
	if (rule->until)
		fprintf(out, " until %s", rule->until);
}

static void write_line(const struct text_rule *rule, FILE *out)
{
	fputs(rule->line, out);
}

/* "tcp 22 from 10.0.0.0/8 (allow tcp 22 from 10.0.0.0/8)". */
static void write_open(const struct text_rule *rule, FILE *out)
{
	write_target(rule, out);
	fprintf(out, " (%s)", rule->line);
}

/* The lines of a set of rules, joined; "" if there are none. To be freed, NULL: no memory. */
static char *join(struct policy *rules, void (*write)(const struct text_rule *rule, FILE *out))
{
	struct text_rules lines = {NULL, 0};
	char *text = NULL;
	size_t length;
	FILE *out = open_memstream(&text, &length);

	if (!out)
		return NULL;
	if (policy_normalise(rules, NULL) == 0 && text_rules(rules, &lines) == 0) {
		for (size_t i = 0; i < lines.count && i < LINES_SHOWN; i++) {
			fputs(i ? ", " : "", out);
			write(&lines.list[i], out);
		}
		if (lines.count > LINES_SHOWN)
			fprintf(out, " and %zu more", lines.count - LINES_SHOWN);
	}
	text_rules_free(&lines);
	fclose(out);
	return text;
}

/* What the words said, but for the comment. */
static char *describe_targets(const struct policy *rules)
{
	_cleanup_policy_ struct policy shown;

	policy_init(&shown);
	for (size_t i = 0; i < rules->rule_count; i++) {
		struct rule rule = rules->rules[i];
		rule.action = ACTION_ALLOW;
		rule.comment = NULL;
		if (policy_append(&shown, &rule))
			return NULL;
	}
	return join(&shown, write_given);
}

/* --- The sentence ---------------------------------------------------------------------------- */

/* " (IPv4 and IPv6)", or "" where sources say it. */
static const char *families(const struct policy *rules)
{
	for (size_t i = 0; i < rules->rule_count; i++) {
		if (rules->rules[i].source.family)
			return "";
	}
	switch (rules->rules[0].proto) {
	case IPPROTO_ICMP:
	case IPPROTO_IGMP:
		return " (IPv4)";
	case IPPROTO_ICMPV6:
		return " (IPv6)";
	default:
		return " (IPv4 and IPv6)";
	}
}

/* Its parts. */
struct sentence {
	const struct invocation *invocation;
	const char *already; /* "already ", or "" if something changed */
	const char *targets, *where;
	const char *exceptions; /* "" if there are none */
	bool several;		/* exceptions */
};

static void report_allowed(const struct sentence *sentence, const struct policy *rules)
{
	message_done(sentence->invocation, "%sallowed %s%s%s%s%s", sentence->already,
		     sentence->targets, families(rules), sentence->where,
		     *sentence->exceptions ? "; narrower rules hold: " : "", sentence->exceptions);
}

static void report_denied(const struct sentence *sentence, const struct policy *rules)
{
	const char *open = sentence->exceptions;
	const char *hint = sentence->several ? "; --all-sources closes those too"
					     : "; --all-sources closes that too";

	message_done(sentence->invocation, "%sdenied %s%s%s%s%s%s", sentence->already,
		     sentence->targets, families(rules), sentence->where,
		     *open ? "; still open: " : "", open, *open ? hint : "");
}

static void report_deleted(const struct sentence *sentence, enum action otherwise)
{
	const char *targets = sentence->targets, *exceptions = sentence->exceptions;

	if (*sentence->already)
		message_done(sentence->invocation, "no rule for %s, nothing to delete%s%s", targets,
			     *exceptions ? "; there is: " : "", exceptions);
	else if (*exceptions)
		message_done(sentence->invocation, "deleted %s%s; still there: %s", targets,
			     sentence->where, exceptions);
	else
		message_done(sentence->invocation, "deleted %s: the default (%s) holds%s", targets,
			     action_name(otherwise), sentence->where);
}

void rule_report(const struct invocation *invocation, const struct change *change,
		 const struct policy *rules, bool overruled)
{
	const struct policy *policy =
		change->request->runtime ? &change->plan.live_policy : &change->plan.file_policy;
	enum action action = rules->rules[0].action;
	_cleanup_policy_ struct policy found;
	char *targets = describe_targets(rules), *exceptions = NULL;
	char where[REPORT_WHERE_MAX];

	policy_init(&found);
	report_where(change, rules->rules[0].nic, where);
	int code = overruled && action == ACTION_DENY ? 0 : edit_exceptions(policy, rules, &found);
	if (code == 0)
		exceptions = join(&found, action == ACTION_DENY ? write_open : write_line);
	if (targets && exceptions) {
		const struct sentence sentence = {
			invocation, change_needed(change) ? "" : "already ",
			targets,    where,
			exceptions, found.rule_count > 1};

		if (action == ACTION_NONE)
			report_deleted(&sentence, policy->default_action);
		else if (action == ACTION_DENY)
			report_denied(&sentence, rules);
		else
			report_allowed(&sentence, rules);
	}
	free(targets);
	free(exceptions);
}
