/* SPDX-License-Identifier: GPL-2.0-only */
#include "block.h"
#include "change/blocks_change.h"
#include "cli/message.h"
#include "kernel/attach.h"
#include "output/changes.h"
#include "policy/scope.h"
#include "policy/words.h"
#include "state/file.h"
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LINES_MAX 10 /* addresses that are named one by one */
#define WHERE_MAX 1024
#define COUNT_SIZE 32
#define INSIDE_SIZE ((LINES_MAX + 1) * (WORDS_PREFIX_SIZE + 2) + 32)

/* --- What is asked ------------------------------------------------------------------------- */

static int read_standard_input(const struct invocation *invocation, struct block_list *given,
			       struct error *error)
{
	const struct notes notes = message_notes(invocation);
	struct diagnostics diagnostics = {.count = 0};
	bool skips = option_given(invocation, OPTION_SKIP_BAD);
	size_t length, skipped = 0;
	char *text = NULL;
	int code = file_read("-", &text, &length, error);

	if (code)
		return code;
	code = block_list_parse_published(text, length, option_given(invocation, OPTION_CSV),
					  skips ? &skipped : NULL, given, &diagnostics);
	free(text);
	if (skipped)
		message_note("<stdin>: left out %zu line%s that %s no address", skipped,
			     skipped == 1 ? "" : "s", skipped == 1 ? "is" : "are");
	notes_add_places(&notes, "<stdin>", &diagnostics, true);
	if (code == -EINVAL)
		error_set(error, code, "<stdin>: %u error%s%s, nothing changed", diagnostics.errors,
			  diagnostics.errors == 1 ? "" : "s",
			  diagnostics.truncated ? ", the rest was not read" : "");
	return code;
}

static int read_addresses(const char *const *words, size_t count, struct block_list *list,
			  struct error *error)
{
	struct prefix prefix;
	int code = 0;

	for (size_t i = 0; i < count && !code; i++) {
		if (strcmp(words[i], "-") == 0)
			return error_set(error, -EINVAL,
					 "\"-\" (standard input) cannot stand beside addresses");
		code = words_read_prefix(words[i], &prefix, error);
		if (!code)
			code = block_list_append(list, &prefix, 0);
	}
	block_list_normalise(list);
	return code;
}

/* `for DURATION` at the end. */
static int read_duration(const char *const *words, size_t *count, struct blocks_request *request,
			 struct error *error)
{
	size_t at = 0;

	while (at < *count && strcmp(words[at], "for") != 0)
		at++;
	if (at == *count)
		return 0;
	if (!request->block)
		return error_set(error, -EINVAL, "unblock takes no duration");
	if (at + 1 == *count)
		return error_set(error, -EINVAL, "\"for\" needs a duration");
	if (at + 2 < *count)
		return error_set(error, -EINVAL, "unexpected word \"%s\" after the duration",
				 words[at + 2]);
	*count = at;
	return words_read_duration(words[at + 1], &request->seconds, error);
}

static int read_operands(const struct invocation *invocation, struct blocks_request *request,
			 struct block_list *given, struct error *error)
{
	size_t count = invocation->operand_count;
	int code = read_duration(invocation->operands, &count, request, error);

	if (code)
		return code;
	if (count == 0)
		return error_set(error, -EINVAL, "the address is missing");
	if (count == 1 && strcmp(invocation->operands[0], "-") == 0)
		return read_standard_input(invocation, given, error);
	return read_addresses(invocation->operands, count, given, error);
}

/* --- What is said of it -------------------------------------------------------------------- */

/* ", eth0, eth1", or that nothing enforces it yet. */
static void describe_where(const struct blocks_change *change, char where[WHERE_MAX])
{
	bool runtime = change->request->runtime;
	struct nic_status nics[MAX_NICS];
	size_t count = 0, length = 0;

	if (change->running && attach_list(&change->instance, nics, &count, NULL))
		count = 0;
	for (size_t i = 0; i < count; i++)
		if (!nics[i].gone && !nics[i].detached)
			length += (size_t)snprintf(where + length, WHERE_MAX - length, ", %s",
						   nics[i].name);
	if (!length)
		snprintf(where, WHERE_MAX, "; %sno NIC is attached, so nothing enforces it yet",
			 runtime ? "" : "saved, but ");
	else if (runtime)
		snprintf(where + length, WHERE_MAX - length, "; not saved");
}

/* "10,000". */
static const char *print_count(size_t count, char text[COUNT_SIZE])
{
	if (count >= 1000)
		snprintf(text, COUNT_SIZE, "%zu,%03zu", count / 1000, count % 1000);
	else
		snprintf(text, COUNT_SIZE, "%zu", count);
	return text;
}

static void report_many(const struct invocation *invocation, const struct blocks_change *change,
			const char *where)
{
	const char *verb = change->request->block ? "blocked" : "unblocked";
	size_t changed = change->given.count - change->already;
	char count[COUNT_SIZE], already[COUNT_SIZE];

	print_count(changed, count);
	print_count(change->already, already);
	if (!changed)
		message_done(invocation, "all %s addresses %s", already,
			     change->request->block ? "are blocked already"
						    : "are not on the block list");
	else if (change->already)
		message_done(invocation, "%s %s addresses%s; %s %s", verb, count, where, already,
			     change->request->block ? "were blocked already"
						    : "were not on the block list");
	else
		message_done(invocation, "%s %s addresses%s", verb, count, where);
}

static void report_block(const struct invocation *invocation, const struct blocks_change *change,
			 const struct block_entry *entry, const char *address, const char *where)
{
	const struct block_entry *before = block_list_find(&change->had, &entry->prefix);
	bool already = before && before->until == entry->until;
	char time[WORDS_TIME_SIZE] = "";

	if (entry->until)
		words_print_time(entry->until, time);
	message_done(invocation, "%s %s (IPv%u)%s%s%s%s", already ? "already blocked" : "blocked",
		     address, entry->prefix.family, entry->until ? " until " : "", time, where,
		     entry->until == blocks_change_until(change) ? ""
								 : "; that is longer, and stays");
}

/* "; 203.0.113.7 and 12 more inside stay blocked": entries stand for themselves. */
static void describe_inside(const struct blocks_change *change, const struct prefix *prefix,
			    char text[INSIDE_SIZE])
{
	const struct block_list *list = &change->file.list;
	size_t length = 0, count = 0;
	char word[WORDS_PREFIX_SIZE];

	*text = '\0';
	for (size_t i = 0; i < list->count; i++) {
		const struct prefix *inner = &list->entries[i].prefix;

		if (!prefix_holds(prefix, inner) || block_list_find(&change->given, inner))
			continue;
		if (count++ >= LINES_MAX)
			continue;
		words_print_prefix(inner, word);
		length += (size_t)snprintf(text + length, INSIDE_SIZE - length, "%s%s",
					   count > 1 ? ", " : "; ", word);
	}
	if (count > LINES_MAX)
		length += (size_t)snprintf(text + length, INSIDE_SIZE - length, " and %zu more",
					   count - LINES_MAX);
	if (count)
		snprintf(text + length, INSIDE_SIZE - length, " inside stay%s blocked",
			 count == 1 ? "s" : "");
}

static void report_unblock(const struct invocation *invocation, const struct blocks_change *change,
			   const struct block_entry *entry, const char *address, const char *where)
{
	const struct block_entry *holder = block_list_holder(&change->file.list, &entry->prefix);
	bool had = block_list_find(&change->had, &entry->prefix);
	char prefix[WORDS_PREFIX_SIZE] = "", inside[INSIDE_SIZE];

	describe_inside(change, &entry->prefix, inside);
	if (holder)
		words_print_prefix(&holder->prefix, prefix);
	for (size_t i = 0; i < change->prior_count && !had; i++) {
		struct block_item item = blocks_item(entry, &change->now);
		const struct block *prior = &change->prior[i].block;

		had = prefix_compare(&item.prefix, &change->prior[i].prefix) == 0 &&
		      !(prior->until && prior->until <= change->now.jiffies);
	}
	if (!had)
		message_done(invocation, "%s is not on the block list, nothing to unblock%s%s%s%s",
			     address, holder ? "; but " : "", prefix,
			     holder ? " is, and holds it" : "", inside);
	else
		message_done(invocation, "unblocked %s (IPv%u)%s%s%s%s", address,
			     entry->prefix.family, where, holder ? "; still blocked by " : "",
			     prefix, inside);
}

static void report(const struct invocation *invocation, const struct blocks_change *change)
{
	char where[WHERE_MAX], address[WORDS_PREFIX_SIZE];

	if (!change->given.count) {
		message_done(invocation, "no addresses, nothing to do");
		return;
	}
	describe_where(change, where);
	if (change->given.count > LINES_MAX) {
		report_many(invocation, change, where);
		return;
	}
	for (size_t i = 0; i < change->given.count; i++) {
		const struct block_entry *entry = &change->given.entries[i];

		words_print_prefix(&entry->prefix, address);
		(change->request->block ? report_block : report_unblock)(invocation, change, entry,
									 address, where);
	}
}

/* With --dry-run and --json. */
static enum exit_status write_changes(const struct invocation *invocation,
				      const struct blocks_change *change)
{
	_cleanup_diff_ struct diff diff = {NULL, 0};
	const struct block_list none = BLOCK_LIST_INIT;
	int code = block_list_diff(&change->had, change->request->block ? &change->given : &none,
				   &diff);

	if (code)
		return message_failure(invocation, code, &(struct error){""});
	if (option_given(invocation, OPTION_JSON))
		changes_json(blocks_change_needed(change), &diff, stdout);
	else
		changes_text(&diff, stdout);
	if (!diff.count && message_wanted(invocation))
		puts("nothing would change");
	return STATUS_DONE;
}

/* --- The command -------------------------------------------------------------------------- */

enum exit_status block_run(const struct invocation *invocation, bool block)
{
	struct blocks_request request = {.paths = invocation_paths(invocation),
					 .dry_run = option_given(invocation, OPTION_DRY_RUN),
					 .runtime = option_given(invocation, OPTION_RUNTIME),
					 .force = option_given(invocation, OPTION_FORCE),
					 .block = block};
	_cleanup_blocks_change_ struct blocks_change change = {
		.request = &request, .given = BLOCK_LIST_INIT, .lock = -1};
	struct error error = {""};
	int code = read_operands(invocation, &request, &change.given, &error);

	if (code)
		return message_failure(invocation, code, &error);
	const struct notes notes = message_notes(invocation);
	enum exit_status status = blocks_change_run(&change, &notes);
	if (status && status != STATUS_UNSAVED)
		return status;
	if (request.dry_run || option_given(invocation, OPTION_JSON)) {
		enum exit_status shown = write_changes(invocation, &change);
		return shown ? shown : status;
	}
	report(invocation, &change);
	return status;
}

static enum exit_status run(const struct invocation *invocation)
{
	return block_run(invocation, true);
}

const struct command command_block = {
	.name = "block",
	.run = run,
	.synopsis = "ADDR...|- [for DURATION]",
	.summary = "drop all packets from addresses, and to them",
	.help = "Drops every packet from and to the addresses or prefixes, whatever the rules\n"
		"say, from now on and after a reboot, or for a DURATION (90s, 30m, 12h, 7d).\n"
		"A block that holds for longer stays. With - a list is read from standard input\n"
		"as lists are published: an address, prefix or range (a-b) a line, comments\n"
		"behind ; # or //, of several columns the first (--csv). Nothing is blocked if a\n"
		"line is none of this, unless --skip-bad leaves it out. Neighbour discovery and\n"
		"ARP pass.\n"
		"\n"
		"The list is kept in the file `blocks` beside the policy file; apply, undo,\n"
		"reset and trials (--confirm) do not touch it. The kernel comes first: exit\n"
		"status 5 means blocked, but not saved, so that a reboot lifts it. An address\n"
		"that your own ssh session comes from is refused without --force.\n",
	.examples = EXAMPLES(
		"portfw block 203.0.113.7", "portfw block 203.0.113.0/24 2001:db8::/32 for 12h",
		"portfw block - < drop.txt", "portfw block - --csv --skip-bad < feed.csv"),
	.options = OPTIONS_BLOCK,
	.flags = COMMAND_CHANGES,
	.operands_min = 1,
	.operands_max = OPERANDS_ANY,
};
