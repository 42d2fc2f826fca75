/* SPDX-License-Identifier: GPL-2.0-only */
/* lockdown, unlock: isolates the host but for a few sources. */
#include "kernel/lockdown.h"
#include "change/change.h"
#include "change/lockdown_nics.h"
#include "cli/message.h"
#include "host/session.h"
#include "lockdown_notes.h"
#include "output/json.h"
#include "output/lockdown.h"
#include "policy/words.h"
#include "state/beside.h"
#include "state/lockdown_file.h"
#include "survey/evidence.h"
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define CHANGE_FLAGS (CHANGE_DECIDES | CHANGE_REPLACES | CHANGE_MENDS_DAMAGE)

/* --- What is asked -----------------------------------------------------------------------------
 */

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

/* --- The operator ------------------------------------------------------------------------------
 */

/* Keeps where the operator is, or refuses what would cut the operator off. */
static int keep_operator(const struct invocation *invocation, struct lockdown *wanted)
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
	client = (struct prefix){.family = session.client.family,
				 .length = session.client.family == 4 ? 32 : 128};
	memcpy(client.address, session.client.address, sizeof(client.address));
	if (!explicit_keep)
		return lockdown_keep(wanted, &client, NULL) ? STATUS_FAILED : STATUS_DONE;
	if (force || endpoint_is_loopback(&session.client) || lockdown_keeps(wanted, &client))
		return STATUS_DONE;
	words_print_prefix(&client, address);
	message_error(invocation,
		      "refused, it would cut off your ssh session from %s: add `keep %s`, or use "
		      "--force",
		      address, address);
	return STATUS_REFUSED;
}

/* --- Evidence ----------------------------------------------------------------------------------
 */

/* Goes on without, if it must. */
static void secure_evidence(const struct change *change)
{
	const struct invocation *invocation = change->invocation;
	const char *given = invocation->options.evidence;
	struct error error = {"out of memory"};
	char path[PATH_MAX];
	json_t *evidence;
	int code = -ENOMEM;

	if (option_given(invocation, OPTION_EVIDENCE))
		snprintf(path, sizeof(path), "%s", given);
	else
		evidence_default_path(invocation, path);
	evidence =
		evidence_collect(invocation, change->running ? (struct live *)&change->live : NULL);
	if (evidence)
		code = evidence_write(evidence, path, &error);
	if (code)
		message_warning("no evidence was written: %s", error.text);
	else
		message_done(invocation, "evidence: %s", path);
}

/* --- Making it ---------------------------------------------------------------------------------
 */

/* NICs are attached with lockdown already on: a new instance takes it from the file. */
static int isolate(struct change *change, struct lockdown_file *file, struct error *error)
{
	struct lockdown_file before;
	int status, code = lockdown_file_read(change->invocation, &before, error);

	if (code)
		before.there = false; /* damaged: it is replaced */
	code = lockdown_file_write(file, error);
	if (code)
		return code;
	if (change->running) {
		code = lockdown_file_enforce(file, &change->live.instance, error);
	} else {
		status = change_plan(change);
		if (status == STATUS_DONE)
			status = change_make(change);
		code = status && !change->live.instance.open
			       ? error_set(error, -EIO, "nothing was attached, so nothing is cut")
			       : 0;
	}
	if (code && before.there)
		lockdown_file_write(&before, NULL);
	else if (code)
		lockdown_file_remove(file, NULL);
	return code;
}

static void report(const struct change *change, const struct lockdown *lockdown)
{
	char text[LOCKDOWN_TEXT_SIZE];

	for (size_t i = 0; i < change->nic_count; i++)
		if (change->nics[i].attached)
			message_done(change->invocation, "attached %s (%s)",
				     change->nics[i].wanted.nic,
				     words_mode_name(change->nics[i].got));
	lockdown_describe(lockdown, text);
	message_done(change->invocation, "locked down: %s; `portfw unlock` ends it", text);
	if (option_given(change->invocation, OPTION_JSON)) {
		struct lockdown_model model = {.on = true, .lockdown = *lockdown};

		json_write(json_pack("{s:o}", "lockdown", lockdown_value(&model)), stdout);
	}
}

/* Works also where the policy file has errors or a trial runs: neither matters under lockdown. */
static int lock_down(const struct invocation *invocation, struct lockdown_file *file, __s64 seconds)
{
	_cleanup_change_ struct change change = {.lock = -1};
	struct invocation attaching = *invocation;
	struct error error = {""};
	int code = 0, status;

	attaching.options.given |= OPTION_RUNTIME | OPTION_FORCE;
	status = change_open(&change, &attaching, CHANGE_FLAGS);
	if (status)
		return status;
	change.boot = true; /* as many as can be */
	if (seconds)
		file->lockdown.until = time(NULL) + seconds;
	if (!change.running) {
		file->lockdown.attach_all = true;
		code = lockdown_attach_all(&change, &error);
	}
	if (code == 0 && option_given(invocation, OPTION_DRY_RUN)) {
		char text[LOCKDOWN_TEXT_SIZE];

		lockdown_describe(&file->lockdown, text);
		printf("would lock down: %s\n", text);
		return STATUS_DONE;
	}
	if (code == 0) {
		lockdown_warn_of_mounts();
		secure_evidence(&change);
		code = isolate(&change, file, &error);
	}
	if (code) {
		message_failure(invocation, code, &error);
		return STATUS_FAILED;
	}
	if (change.running)
		lockdown_warn_of_nics(&change.live);
	if (option_given(invocation, OPTION_KILL))
		lockdown_kill(invocation, &file->lockdown);
	report(&change, &file->lockdown);
	return change.failures ? STATUS_FAILED : STATUS_DONE;
}

static int run_lockdown(const struct invocation *invocation)
{
	struct lockdown_file file = {.there = false};
	struct error error = {""};
	__s64 seconds = 0;
	int status, code = read_operands(invocation, &file.lockdown, &seconds, &error);

	if (code == 0)
		code = beside_policy(invocation->options.policy, "lockdown", "the lockdown file",
				     file.path, &error);
	if (code)
		return message_failure(invocation, code, &error);
	status = keep_operator(invocation, &file.lockdown);
	return status ? status : lock_down(invocation, &file, seconds);
}

/* --- unlock --------------------------------------------------------------------------------------
 */

static int unlock(struct change *change, struct error *error)
{
	struct lockdown_file file;
	bool was_on, damaged;
	int code = lockdown_file_read(change->invocation, &file, error);

	damaged = code == -EINVAL;
	if (code && !damaged)
		return code;
	was_on = change->running &&
		 lockdown_is_on(&change->live.instance, change->live.now.jiffies, NULL, NULL, NULL);
	if (option_given(change->invocation, OPTION_DRY_RUN)) {
		puts(was_on || file.there || damaged ? "would unlock" : "lockdown is not on");
		return 0;
	}
	/* The file first: a command that is killed in between leaves the host isolated, and
	 * `restore` or another `unlock` ends it. */
	code = lockdown_file_remove(&file, error);
	if (code == 0 && change->running)
		lockdown_switch_off(&change->live.instance);
	if (code == 0)
		message_done(change->invocation, "%s",
			     !was_on && !file.there && !damaged ? "lockdown is not on"
			     : change->running			? "unlocked: the policy holds again"
								: "unlocked");
	return code;
}

static int run_unlock(const struct invocation *invocation)
{
	_cleanup_change_ struct change change = {.lock = -1};
	struct error error = {""};
	int status = change_open(&change, invocation, CHANGE_FLAGS);

	if (status)
		return status;
	int code = unlock(&change, &error);
	if (code) {
		message_failure(invocation, code, &error);
		return STATUS_FAILED;
	}
	if (option_given(invocation, OPTION_JSON)) {
		struct lockdown_model model = {.on = false};

		json_write(json_pack("{s:o}", "lockdown", lockdown_value(&model)), stdout);
	}
	return STATUS_DONE;
}

const struct command command_lockdown = {
	.name = "lockdown",
	.run = run_lockdown,
	.synopsis = "[keep SRC...] [for DURATION] [--kill] [--evidence FILE]",
	.summary = "isolate the host but for a few sources",
	.help = "From the next packet on only the kept sources reach the host and are reached by "
		"it,\n"
		"whatever rules, flows and open sessions say; without `keep`, your own ssh "
		"session's\n"
		"source. ARP, neighbour discovery and DHCP go on. Where no NIC is attached, every "
		"NIC\n"
		"that is up is. It holds until `portfw unlock` or for DURATION, also after "
		"`apply`,\n"
		"`restore` and a reboot. Before it cuts, a record of sockets, processes, policy, "
		"counters\n"
		"and flows is written (see `portfw help snapshot`).\n",
	.options = OPTION_JSON | OPTION_DRY_RUN | OPTION_QUIET | OPTION_FORCE | OPTION_POLICY |
		   OPTION_KILL | OPTION_EVIDENCE,
	.flags = COMMAND_CHANGES,
	.operands_max = OPERANDS_ANY,
};

const struct command command_unlock = {
	.name = "unlock",
	.run = run_unlock,
	.synopsis = "",
	.summary = "end a lockdown",
	.help = "Ends a lockdown: the policy holds again, as it is now. NICs stay attached.\n",
	.options = OPTION_JSON | OPTION_DRY_RUN | OPTION_QUIET | OPTION_POLICY,
	.flags = COMMAND_CHANGES,
};
