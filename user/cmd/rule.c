/* SPDX-License-Identifier: GPL-2.0-only */
/* allow, deny, delete: one rule, given in words. */
#include "change.h"
#include "message.h"
#include "output/policy.h"
#include "policy/text.h"
#include "policy/words.h"
#include "report.h"
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

static int edit_rules(struct policy *policy, const void *argument, struct error *error)
{
	const struct policy *rules = argument;
	int code = 0;

	(void)error;
	for (size_t i = 0; i < rules->rule_count && code == 0; i++)
		code = policy_append(policy, &rules->rules[i]);
	return code;
}

/* --- What is said of it -------------------------------------------------------------------- */

/* The lines of a set of rules, joined. `bare`: without the action. To be freed. */
static char *join_lines(struct policy *rules, bool bare)
{
	struct text_rules lines = {NULL, 0};
	char *text = NULL;
	size_t length;
	FILE *out = open_memstream(&text, &length);

	if (!out)
		return NULL;
	if (policy_normalise(rules, NULL) == 0 && text_rules(rules, &lines) == 0) {
		for (size_t i = 0; i < lines.count; i++) {
			const char *line = lines.list[i].line;
			fprintf(out, "%s%s", i ? ", " : "", bare ? strchr(line, ' ') + 1 : line);
		}
	}
	text_rules_free(&lines);
	fclose(out);
	return text;
}

/* "tcp 22, udp 53" of the words that were given. */
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
	return join_lines(&shown, true);
}

/* Whether a rule that stays judges packets that the given rule also speaks of, but otherwise. */
static bool is_exception(const struct rule *rule, const struct rule *given)
{
	bool other_nics = *rule->nic && *given->nic && strcmp(rule->nic, given->nic) != 0;

	if (rule->proto != given->proto || other_nics || strcmp(rule->nic, given->nic) == 0)
		return false;
	if (rule->high < given->low || rule->low > given->high)
		return false;
	return given->action == ACTION_NONE || (*rule->nic && rule->action != given->action);
}

/* The rules of other scopes that still judge some of the packets; "" if there are none. */
static char *describe_exceptions(const struct policy *policy, const struct policy *given)
{
	_cleanup_policy_ struct policy shown;

	policy_init(&shown);
	for (size_t i = 0; i < policy->rule_count; i++) {
		for (size_t j = 0; j < given->rule_count; j++) {
			struct rule rule = policy->rules[i];
			if (!is_exception(&rule, &given->rules[j]))
				continue;
			if (rule.low < given->rules[j].low)
				rule.low = given->rules[j].low;
			if (rule.high > given->rules[j].high)
				rule.high = given->rules[j].high;
			rule.comment = NULL;
			if (policy_append(&shown, &rule))
				return NULL;
		}
	}
	return join_lines(&shown, false);
}

static const char *families(const struct rule *rule)
{
	switch (rule->proto) {
	case IPPROTO_ICMP:
	case IPPROTO_IGMP:
		return "IPv4";
	case IPPROTO_ICMPV6:
		return "IPv6";
	default:
		return "IPv4 and IPv6";
	}
}

static void report_set(const struct change *change, const struct policy *rules, const char *targets,
		       const char *exceptions, const char *where)
{
	bool allow = rules->rules[0].action == ACTION_ALLOW;

	message_done(change->invocation, "%s%s %s (%s)%s%s%s",
		     change_needed(change) ? "" : "already ", allow ? "allowed" : "denied", targets,
		     families(&rules->rules[0]), where,
		     *exceptions ? "; narrower rules hold: " : "", exceptions);
}

static void report_deleted(const struct change *change, const char *targets, const char *exceptions,
			   const char *where)
{
	const struct policy *policy = option_given(change->invocation, OPTION_RUNTIME)
					      ? &change->live_policy
					      : &change->file_policy;

	if (!change_needed(change))
		message_done(change->invocation, "no rule for %s, nothing to delete%s%s", targets,
			     *exceptions ? "; there is: " : "", exceptions);
	else if (*exceptions)
		message_done(change->invocation, "deleted %s%s; still there: %s", targets, where,
			     exceptions);
	else
		message_done(change->invocation, "deleted %s: the default (%s) holds%s", targets,
			     action_name(policy->default_action), where);
}

static void report(const struct change *change, const struct policy *rules)
{
	const struct policy *policy = option_given(change->invocation, OPTION_RUNTIME)
					      ? &change->live_policy
					      : &change->file_policy;
	char *targets = describe_targets(rules);
	char *exceptions = describe_exceptions(policy, rules);
	char where[REPORT_WHERE_MAX];

	report_where(change, rules->rules[0].nic, where);
	if (targets && exceptions && rules->rules[0].action == ACTION_NONE)
		report_deleted(change, targets, exceptions, where);
	else if (targets && exceptions)
		report_set(change, rules, targets, exceptions, where);
	free(targets);
	free(exceptions);
}

/* --- The commands -------------------------------------------------------------------------- */

static int run_rule(const struct invocation *invocation, enum action action)
{
	_cleanup_policy_ struct policy rules;
	_cleanup_change_ struct change change = {.lock = -1};
	const struct words words = {invocation->operands, NULL, invocation->operand_count};
	struct error error = {""}, warning = {""};
	size_t bad_word;

	policy_init(&rules);
	int code = words_read_rule(&words, action, 0, &rules, &bad_word, &error, &warning);
	if (code)
		return message_failure(invocation, code, &error);
	if (warning.text[0])
		message_warning("%s", warning.text);
	int status = change_open(&change, invocation, 0);
	if (status)
		return status;
	change.edit = edit_rules;
	change.argument = &rules;
	status = change_plan(&change);
	if (status == STATUS_DONE)
		status = change_make(&change);
	if (status == STATUS_DONE)
		report(&change, &rules);
	return status;
}

static int run_allow(const struct invocation *invocation)
{
	return run_rule(invocation, ACTION_ALLOW);
}

static int run_deny(const struct invocation *invocation)
{
	return run_rule(invocation, ACTION_DENY);
}

static int run_delete(const struct invocation *invocation)
{
	return run_rule(invocation, ACTION_NONE);
}

#define TARGET_HELP                                                                                \
	"\n"                                                                                       \
	"TARGET is one of:\n"                                                                      \
	"  PROTO PORTS          tcp 22    udp 60000-61000    tcp,udp 53    any all\n"              \
	"  PORTS/PROTO          22/tcp    80,443/tcp\n"                                            \
	"  SERVICE              ssh: the ports and protocols of the services database\n"           \
	"  proto NAME|NUMBER    proto esp    proto 47\n"                                           \
	"  icmp, icmp6\n"                                                                          \
	"PROTO is tcp, udp, sctp, any (these three) or a list; PORTS are numbers from 0 to "       \
	"65535,\n"                                                                                 \
	"ranges, services or `all`. Without `on NIC` a rule holds on every NIC; at the same port " \
	"a\n"                                                                                      \
	"rule for one NIC wins over a rule for all. The last command for a port wins.\n"

const struct command command_allow = {
	.name = "allow",
	.run = run_allow,
	.synopsis = "TARGET [on NIC] [comment TEXT]",
	.summary = "let packets to ports or of a protocol in",
	.help = "Allows packets to the ports, from now on and after a reboot.\n" TARGET_HELP,
	.options = OPTIONS_CHANGE,
	.flags = COMMAND_CHANGES | COMMAND_TARGET,
	.operands_min = 1,
	.operands_max = OPERANDS_ANY,
};

const struct command command_deny = {
	.name = "deny",
	.run = run_deny,
	.synopsis = "TARGET [on NIC] [comment TEXT]",
	.summary = "drop packets to ports or of a protocol",
	.help = "Drops packets to the ports, from now on and after a reboot; sessions that are "
		"open\n"
		"to them are cut, too.\n" TARGET_HELP,
	.options = OPTIONS_CHANGE,
	.flags = COMMAND_CHANGES | COMMAND_TARGET,
	.operands_min = 1,
	.operands_max = OPERANDS_ANY,
};

const struct command command_delete = {
	.name = "delete",
	.run = run_delete,
	.synopsis = "TARGET [on NIC]",
	.summary = "remove rules, back to the default",
	.help = "Removes what allow and deny said of the ports, so that the default "
		"holds.\n" TARGET_HELP,
	.options = OPTIONS_CHANGE,
	.flags = COMMAND_CHANGES | COMMAND_TARGET,
	.operands_min = 1,
	.operands_max = OPERANDS_ANY,
};
