/* SPDX-License-Identifier: GPL-2.0-only */
#include "output/port.h"
#include "cli/message.h"
#include "policy/hazards.h"
#include "policy/scope.h"
#include "policy/target.h"
#include "policy/text.h"
#include "survey/survey.h"
#include <arpa/inet.h>
#include <errno.h>
#include <netdb.h>
#include <stdlib.h>
#include <string.h>

/* What is asked about. */
struct question {
	unsigned port;
	unsigned tables; /* bit n: enum port_table n */
	bool any;	 /* a bare number: SCTP only if somebody uses it */
};

/* --- The question -------------------------------------------------------------------------- */

static int take_ranges(const struct port_ranges *ranges, struct question *question,
		       struct error *error)
{
	question->port = ranges->list[0].low;
	for (size_t i = 0; i < ranges->count; i++) {
		const struct port_range *range = &ranges->list[i];
		int table = protocol_table(range->proto);
		if (table < 0)
			return error_set(error, -EINVAL,
					 "%s has no ports: `portfw audit` lists who listens for it",
					 text_protocol_name(range->proto));
		if (range->low != range->high || range->low != question->port)
			return error_set(error, -EINVAL,
					 "more than one port: name one, as in "
					 "tcp 443, ssh or 8080");
		question->tables |= 1U << table;
	}
	return 0;
}

static int read_target(const struct invocation *invocation, struct question *question,
		       struct error *error)
{
	const struct words words = {invocation->operands, NULL, invocation->operand_count};
	const char *first = words.text[0];
	struct target target;
	size_t bad_word;
	int code;

	if (words.count == 1 && strspn(first, "0123456789") == strlen(first) && *first) {
		question->any = true;
		question->tables = 1U << PORT_TABLE_TCP | 1U << PORT_TABLE_UDP;
		return number_read(first, strlen(first), "port", PORT_MAX, &question->port, error);
	}
	code = target_read(&words, &target, &bad_word, error);
	if (code)
		return code;
	code = target.word_count < words.count ? error_set(error, -EINVAL, "%s: unexpected word",
							   words.text[target.word_count])
					       : take_ranges(&target.ranges, question, error);
	port_ranges_free(&target.ranges);
	return code;
}

/* --- The answer ---------------------------------------------------------------------------- */

static int find_rows(const struct survey *survey, __u8 proto, unsigned port,
		     struct port_entry *entry)
{
	const struct audit_model *audit = &survey->model;

	entry->rows = calloc(audit->row_count + 1, sizeof(*entry->rows));
	if (!entry->rows)
		return -ENOMEM;
	for (size_t i = 0; i < audit->row_count; i++) {
		const struct listener *listener = &audit->rows[i].listener;
		if (!listener->raw && listener->proto == proto && listener->low <= port &&
		    listener->high >= port)
			entry->rows[entry->row_count++] = &audit->rows[i];
	}
	return 0;
}

static int find_connections(const struct survey *survey, __u8 proto, unsigned port,
			    struct port_entry *entry)
{
	const struct socket_list *list = &survey->connected;

	entry->connections = calloc(list->count + 1, sizeof(*entry->connections));
	if (!entry->connections)
		return -ENOMEM;
	for (size_t i = 0; i < list->count; i++) {
		const struct socket_info *socket = &list->sockets[i];
		const struct process *holder;

		if (socket->raw || socket->protocol != proto || socket->local.port != port)
			continue;
		holder = survey_holder(survey, socket->inode, NULL);
		entry->connections[entry->connection_count++] = (struct port_connection){
			.local = socket->local,
			.remote = socket->remote,
			.process = holder ? holder->name : "",
			.pid = holder ? holder->pid : 0,
		};
	}
	return 0;
}

/* What the policy says, as if somebody listened on all addresses of all NICs. */
static int judge(const struct survey *survey, __u8 proto, unsigned port, struct listener *policy)
{
	*policy = (struct listener){
		.proto = proto,
		.low = (__u16)port,
		.high = (__u16)port,
		.takes = {true, true},
		.carriers = survey->setting.nic_count
				    ? (__u32)((1ULL << survey->setting.nic_count) - 1)
				    : 0,
	};
	policy->counted =
		survey_packets(survey, proto, port, port, &policy->passed, &policy->dropped);
	return audit_judge(&survey->setting, policy);
}

static int add_entry(const struct survey *survey, enum port_table table, unsigned port,
		     struct port_model *model)
{
	struct port_entry *entry = &model->entries[model->entry_count++];
	__u8 proto = table_protocol(table);
	const char *name = text_protocol_name(proto);
	const struct servent *service = getservbyport(htons((__u16)port), name);
	int code;

	entry->proto = name;
	entry->hazard = hazard_of(proto, (__u16)port);
	if (service) {
		size_t length = (size_t)snprintf(entry->service, sizeof(entry->service), "%s",
						 service->s_name);
		for (char **alias = service->s_aliases;
		     alias && *alias && length < sizeof(entry->service); alias++)
			length += (size_t)snprintf(entry->service + length,
						   sizeof(entry->service) - length, ", %s", *alias);
	}
	code = find_rows(survey, proto, port, entry);
	if (code == 0)
		code = find_connections(survey, proto, port, entry);
	return code ? code : judge(survey, proto, port, &entry->policy);
}

/* Whether a bare number means SCTP, too. */
static bool uses_sctp(const struct survey *survey, unsigned port)
{
	const __u8 sctp = table_protocol(PORT_TABLE_SCTP);
	const struct policy *policy = survey->setting.policy;

	for (size_t i = 0; i < survey->listening.count; i++)
		if (survey->listening.sockets[i].protocol == sctp &&
		    survey->listening.sockets[i].local.port == port)
			return true;
	for (size_t i = 0; i < policy->rule_count; i++)
		if (policy->rules[i].proto == sctp && policy->rules[i].low <= port &&
		    policy->rules[i].high >= port)
			return true;
	return false;
}

static enum exit_status run(const struct invocation *invocation)
{
	_cleanup_survey_ struct survey survey = {.live = LIVE_INIT};
	_cleanup_port_model_ struct port_model model = {.audit = &survey.model};
	const struct paths paths = invocation_paths(invocation);
	const struct notes notes = message_notes(invocation);
	struct question question = {0, 0, false};
	struct error error = {""};
	int code = read_target(invocation, &question, &error);

	if (code)
		return message_failure(invocation, code, &error);
	code = survey_take(&paths, 0, &survey, &notes, &error);
	if (code)
		return message_failed(invocation, code, &error);
	if (question.any && uses_sctp(&survey, question.port))
		question.tables |= 1U << PORT_TABLE_SCTP;
	model.port = question.port;
	model.ephemeral_low = survey.ephemeral_low;
	model.ephemeral_high = survey.ephemeral_high;
	for (unsigned table = 0; table < PORT_TABLE_COUNT && code == 0; table++)
		if (question.tables >> table & 1)
			code = add_entry(&survey, (enum port_table)table, question.port, &model);
	if (code) {
		message_error(invocation, "%s", strerror(-code));
		return STATUS_FAILED;
	}
	if (option_given(invocation, OPTION_JSON))
		port_json(&model, stdout);
	else
		port_text(&model, stdout);
	return STATUS_DONE;
}

const struct command command_port = {
	.name = "port",
	.run = run,
	.synopsis = "TARGET",
	.summary = "show all about one port",
	.help = "Shows the names and the class of a port, who listens on it and who is\n"
		"connected, what the policy says of it from where, and how many packets it had.\n"
		"TARGET is as in tcp 443, 443/tcp, ssh, or a number alone: TCP and UDP.\n",
	.examples = EXAMPLES("portfw port tcp 443", "portfw port ssh", "portfw port 53"),
	.options = OPTION_JSON | OPTION_QUIET | OPTION_POLICY,
	.flags = COMMAND_TARGET,
	.operands_min = 1,
	.operands_max = OPERANDS_ANY,
};
