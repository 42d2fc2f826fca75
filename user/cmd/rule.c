/* SPDX-License-Identifier: GPL-2.0-only */
/* allow, deny, delete: one rule, given in words. */
#include "cli/message.h"
#include "cli/transact.h"
#include "policy/edit.h"
#include "policy/words.h"
#include "rule_report.h"

/* What is wanted. */
struct wanted {
	struct policy rules; /* in the order of the words */
	bool all_sources;    /* rules of narrower scope give way */
	__s64 now;	     /* from which durations were counted, in seconds since the Epoch */
};

static int edit(struct policy *policy, const void *argument, struct error *error)
{
	const struct wanted *wanted = argument;

	(void)error;
	return edit_rules(policy, &wanted->rules, wanted->all_sources);
}

static void report(const struct invocation *invocation, const struct change *change,
		   const void *argument)
{
	const struct wanted *wanted = argument;

	rule_report(invocation, change, &wanted->rules, wanted->all_sources);
}

static enum exit_status change_rules(const struct invocation *invocation, struct wanted *wanted)
{
	struct request request;
	enum exit_status status = transact_request(invocation, &request);

	if (status)
		return status;
	request.edit = edit;
	request.argument = wanted;
	request.timed = &wanted->rules;
	request.counted = wanted->now;
	return transact(invocation, &request, report, wanted);
}

static enum exit_status run_rule(const struct invocation *invocation, enum action action)
{
	const struct words words = {invocation->operands, NULL, invocation->operand_count};
	struct wanted wanted = {.all_sources = option_given(invocation, OPTION_ALL_SOURCES),
				.now = moment_wall(invocation->options.policy)};
	struct error error = {""}, warning = {""};
	enum exit_status status;
	size_t bad_word;
	int code;

	policy_init(&wanted.rules);
	code = words_read_rule(&words, action, 0, wanted.now, &wanted.rules, &bad_word, &error,
			       &warning);
	if (code)
		return message_failure(invocation, code, &error);
	if (warning.text[0])
		message_warning("%s", warning.text);
	status = change_rules(invocation, &wanted);
	policy_free(&wanted.rules);
	return status;
}

static enum exit_status run_allow(const struct invocation *invocation)
{
	return run_rule(invocation, ACTION_ALLOW);
}

static enum exit_status run_deny(const struct invocation *invocation)
{
	return run_rule(invocation, ACTION_DENY);
}

static enum exit_status run_delete(const struct invocation *invocation)
{
	return run_rule(invocation, ACTION_NONE);
}

#define TARGET_HELP                                                                        \
	"\n"                                                                               \
	"TARGET is one of:\n"                                                              \
	"  PROTO PORTS          tcp 22    udp 60000-61000    tcp,udp 53    any all\n"      \
	"  PORTS/PROTO          22/tcp    80,443/tcp\n"                                    \
	"  SERVICE              ssh: the ports and protocols of the services database\n"   \
	"  proto NAME|NUMBER    proto esp    proto 47\n"                                   \
	"  icmp, icmp6\n"                                                                  \
	"PROTO is tcp, udp, sctp, any (these three) or a list; PORTS are numbers from 0\n" \
	"to 65535, ranges, services or `all`.\n"                                           \
	"\n"                                                                               \
	"SRC is an IPv4 or IPv6 address or prefix, or a list. Among the rules for a\n"     \
	"port that of the longest prefix wins; at equal length a rule for one NIC wins\n"  \
	"over a rule for all. The last command for a port, source and NIC wins.\n"

#define DURATION_HELP                                                                      \
	"DURATION is 90s, 30m, 12h or 7d: the rule ends by itself, and the port has the\n" \
	"state again that it would have without it.\n"

const struct command command_allow = {
	.name = "allow",
	.run = run_allow,
	.synopsis = "TARGET [from SRC[,SRC]...] [on NIC] [for DURATION] [comment TEXT]",
	.summary = "let packets to ports or of a protocol in",
	.help = "Allows packets to the ports, from now on and after a reboot.\n" TARGET_HELP
		DURATION_HELP,
	.examples =
		EXAMPLES("portfw allow tcp 22 from 10.0.0.0/8 comment \"bastion\"",
			 "portfw allow 80,443/tcp", "portfw allow tcp 5432 from 10.0.5.7 for 12h"),
	.options = OPTIONS_CHANGE,
	.flags = COMMAND_CHANGES | COMMAND_TARGET,
	.operands_min = 1,
	.operands_max = OPERANDS_ANY,
};

const struct command command_deny = {
	.name = "deny",
	.run = run_deny,
	.synopsis =
		"TARGET [from SRC[,SRC]...] [on NIC] [for DURATION] [comment TEXT] [--all-sources]",
	.summary = "drop packets to ports or of a protocol",
	.help = "Drops packets to the ports, from now on and after a reboot. Sessions that\n"
		"others have open to them are cut, too; connections that this host opened\n"
		"itself are not. Where rules for narrower sources leave ports open, it says so;\n"
		"--all-sources overrules these, too.\n" TARGET_HELP DURATION_HELP,
	.examples = EXAMPLES("portfw deny tcp 8080", "portfw deny udp 5353 on eth1",
			     "portfw deny tcp 22 --all-sources"),
	.options = OPTIONS_CHANGE | OPTION_ALL_SOURCES,
	.flags = COMMAND_CHANGES | COMMAND_TARGET,
	.operands_min = 1,
	.operands_max = OPERANDS_ANY,
};

const struct command command_delete = {
	.name = "delete",
	.run = run_delete,
	.synopsis = "TARGET [from SRC[,SRC]...] [on NIC] [--all-sources]",
	.summary = "remove rules: a wider rule or the default holds again",
	.help = "Removes what allow and deny said of the ports, rules that end by themselves\n"
		"included, so that a rule for wider sources or the default holds; with\n"
		"--all-sources also what rules for narrower sources said.\n" TARGET_HELP,
	.examples = EXAMPLES("portfw delete tcp 8080", "portfw delete tcp 22 from 10.0.0.0/8"),
	.options = OPTIONS_CHANGE | OPTION_ALL_SOURCES,
	.flags = COMMAND_CHANGES | COMMAND_TARGET,
	.operands_min = 1,
	.operands_max = OPERANDS_ANY,
};
