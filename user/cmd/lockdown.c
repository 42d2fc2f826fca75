/* SPDX-License-Identifier: GPL-2.0-only */
/* lockdown: isolates the host but for a few sources. */
#include "change/lockdown.h"
#include "cli/message.h"
#include "host/session.h"
#include "output/lockdown.h"
#include "policy/words.h"
#include "state/lockdown_file.h"
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/* --- What is asked --------------------------------------------------------------------------- */

static int read_sources(const char *word, struct lockdown *wanted, struct error *error)
{
	char *copy = strdup(word), *rest = copy, *source;
	struct prefix prefix;
	int code = copy ? 0 : error_set(error, -ENOMEM, "out of memory");

	while (code == 0 && (source = strsep(&rest, ","))) {
		code = words_read_prefix(source, &prefix, error);
		if (code == 0)
			code = lockdown_keep(wanted, &prefix, error);
	}
	free(copy);
	return code == -ENOSPC ? -EINVAL : code;
}

/* `[keep SRC...] [for DURATION]`. */
static int read_operands(const struct invocation *invocation, struct lockdown *wanted,
			 __s64 *seconds, struct error *error)
{
	const char *const *words = invocation->operands;
	size_t count = invocation->operand_count, at = 0;
	int code = 0;

	if (at < count && strcmp(words[at], "keep") == 0) {
		for (at++; at < count && strcmp(words[at], "for") != 0 && code == 0; at++)
			code = read_sources(words[at], wanted, error);
		if (code)
			return code;
		if (!wanted->keep_count)
			return error_set(error, -EINVAL, "\"keep\" needs an address or prefix");
	}
	if (at < count && strcmp(words[at], "for") == 0) {
		if (at + 1 == count)
			return error_set(error, -EINVAL, "\"for\" needs a duration");
		code = words_read_duration(words[at + 1], seconds, error);
		at += 2;
	}
	if (code == 0 && at < count)
		return error_set(error, -EINVAL, "\"%s\": expected `keep SRC...` or `for DURATION`",
				 words[at]);
	return code;
}

/* --- The operator ---------------------------------------------------------------------------- */

/* Keeps where the operator is, or refuses what would cut the operator off. */
static enum exit_status keep_operator(const struct invocation *invocation, struct lockdown *wanted)
{
	bool force = option_given(invocation, OPTION_FORCE);
	bool explicit_keep = wanted->keep_count;
	char address[WORDS_PREFIX_SIZE];
	struct session session;
	struct prefix client;

	if (!session_find(&session)) {
		if (explicit_keep || force)
			return STATUS_DONE;
		message_error(invocation,
			      "refused: no ssh session of yours is known that could be kept; name "
			      "sources with `keep SRC`, or --force keeps none");
		return STATUS_REFUSED;
	}
	client = endpoint_prefix(&session.client);
	if (!explicit_keep)
		return lockdown_keep(wanted, &client, NULL) ? STATUS_FAILED : STATUS_DONE;
	if (force || endpoint_is_loopback(&session.client) || lockdown_keeps(wanted, &client))
		return STATUS_DONE;
	words_print_prefix(&client, address);
	message_error(invocation,
		      "refused, it would cut off your ssh session "
		      "from %s: add `keep %s`, or use --force",
		      address, address);
	return STATUS_REFUSED;
}

/* --- The command ---------------------------------------------------------------------------- */

static void report(const struct invocation *invocation, const struct lockdown_change *change)
{
	const struct done *done = &change->change.done;
	const struct lockdown_model model = {.on = true, .lockdown = change->lockdown};
	char text[LOCKDOWN_TEXT_SIZE];

	lockdown_describe(&change->lockdown, text);
	if (option_given(invocation, OPTION_DRY_RUN) && !option_given(invocation, OPTION_JSON))
		printf("would lock down: %s\n", text);
	for (size_t i = 0; i < done->nic_count; i++)
		if (done->nics[i].attached)
			message_done(invocation, "attached %s (%s)", done->nics[i].wanted.nic,
				     words_mode_name(done->nics[i].got));
	if (change_failures(&change->change))
		message_done(invocation, "isolated in part, see above: %s; `portfw unlock` ends it",
			     text);
	else
		message_done(invocation, "locked down: %s; `portfw unlock` ends it", text);
	if (option_given(invocation, OPTION_JSON))
		lockdown_json(&model, stdout);
}

static enum exit_status run(const struct invocation *invocation)
{
	_cleanup_lockdown_change_ struct lockdown_change change =
		LOCKDOWN_CHANGE_INIT(message_notes(invocation));
	struct lockdown_request request = {.paths = invocation_paths(invocation),
					   .dry_run = option_given(invocation, OPTION_DRY_RUN),
					   .kill = option_given(invocation, OPTION_KILL),
					   .evidence = invocation->options.evidence};
	struct error error = {""};
	enum exit_status status;
	char path[PATH_MAX];
	int code = read_operands(invocation, &request.lockdown, &request.seconds, &error);

	if (code == 0)
		code = lockdown_file_path(request.paths.own, path, &error);
	if (code)
		return message_failure(invocation, code, &error);
	status = keep_operator(invocation, &request.lockdown);
	if (status)
		return status;
	status = lockdown_begin(&request, &change);
	if (status == STATUS_DONE || change.done)
		report(invocation, &change);
	return status;
}

const struct command command_lockdown = {
	.name = "lockdown",
	.run = run,
	.synopsis = "[keep SRC...] [for DURATION] [--kill] [--evidence FILE]",
	.summary = "isolate the host but for a few sources",
	.help = "From the next packet on only the kept sources reach the host and are reached\n"
		"by it, whatever rules, flows and open sessions say; without `keep`, your own\n"
		"ssh session's source. ARP, neighbour discovery and DHCP go on. Where no NIC is\n"
		"attached, every NIC that is up is. It holds until `portfw unlock` or for\n"
		"DURATION, also after `apply`, `restore` and a reboot. It cuts first: then it is\n"
		"saved, NICs that the policy names and that are not attached follow, and a\n"
		"record of sockets, processes, policy, counters and flows is written (see\n"
		"`portfw help snapshot`). Exit status 1: a NIC is open, which is named; 5:\n"
		"isolated, but not saved, so that a reboot lifts it.\n",
	.examples = EXAMPLES("portfw lockdown",
			     "portfw lockdown keep 203.0.113.7,2001:db8::/64 for 12h",
			     "portfw --dry-run lockdown keep 203.0.113.7"),
	.options = OPTION_JSON | OPTION_DRY_RUN | OPTION_QUIET | OPTION_FORCE | OPTION_POLICY |
		   OPTION_KILL | OPTION_EVIDENCE,
	.flags = COMMAND_CHANGES,
	.operands_max = OPERANDS_ANY,
};
