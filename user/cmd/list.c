/* SPDX-License-Identifier: GPL-2.0-only */
#include "cli/input.h"
#include "cli/message.h"
#include "kernel/privilege.h"
#include "output/policy.h"
#include "policy/words.h"
#include "state/blocks_file.h"
#include "state/live.h"
#include "state/load.h"
#include <errno.h>
#include <stdio.h>

static bool is_timed(const struct policy *policy)
{
	for (size_t i = 0; i < policy->rule_count; i++) {
		if (policy->rules[i].until)
			return true;
	}
	return false;
}

/* Reads the policies. The running one also where it only knows when times come: then whoever may
 * not read it sees the wall clock's opinion. */
static enum exit_status read_policies(const struct invocation *invocation, struct loaded *file,
				      struct live *live)
{
	const struct paths paths = invocation_paths(invocation);
	struct error error = {""};
	int code, status;

	if (option_given(invocation, OPTION_RUNTIME)) {
		/* Only for the modes of its attach lines: without it they are those of the kernel.
		 */
		load_read_policy(&paths, NULL, file, NULL);
		code = live_open(&paths, live, &error);
		live_adopt_modes(live, &file->attached);
		return code ? message_failed(invocation, code, &error) : STATUS_DONE;
	}
	status = input_policy(invocation, file);
	live->now.wall = moment_wall(invocation->options.policy);
	if (status == STATUS_DONE && is_timed(&file->policy) && privilege_check(NULL) == 0)
		live_read(&paths, false, live, NULL);
	deadlines_expire(&file->policy, &live->deadlines, &live->now);
	return status;
}

static json_t *block_json(const struct block_entry *entry, __s64 now)
{
	char address[WORDS_PREFIX_SIZE], until[WORDS_TIME_SIZE];

	words_print_prefix(&entry->prefix, address);
	if (!entry->until)
		return json_pack("{s:s, s:n, s:n}", "address", address, "until", "seconds_left");
	words_print_time(entry->until, until);
	return json_pack("{s:s, s:s, s:I}", "address", address, "until", until, "seconds_left",
			 (json_int_t)(entry->until > now ? entry->until - now : 0));
}

static json_t *blocks_json(const struct block_list *list, __s64 now)
{
	json_t *blocks = json_array();

	for (size_t i = 0; i < list->count; i++)
		json_array_append_new(blocks, block_json(&list->entries[i], now));
	return blocks;
}

static int write_json(const struct invocation *invocation, struct live *live,
		      const struct loaded *file, const struct times_left *left, struct error *error)
{
	_cleanup_block_list_ struct block_list blocks = BLOCK_LIST_INIT;
	bool runtime = option_given(invocation, OPTION_RUNTIME);
	const struct policy *policy = runtime ? &live->policy : &file->policy;
	const struct attachments *attached = runtime ? &live->attached : &file->attached;
	const struct notes notes = message_notes(invocation);
	int code = blocks_list_read(invocation->options.own_policy,
				    runtime ? &live->instance : NULL, &blocks, &notes, error);

	return code ? code
		    : policy_write_json(policy, attached, left,
					blocks_json(&blocks, live->now.wall), stdout);
}

static enum exit_status run(const struct invocation *invocation)
{
	_cleanup_loaded_ struct loaded file;
	_cleanup_live_ struct live live = LIVE_INIT;
	_cleanup_times_left_ struct times_left left = {NULL, 0};
	struct error error = {""};

	policy_init(&live.policy);
	enum exit_status status = read_policies(invocation, &file, &live);
	if (status)
		return status;
	bool runtime = option_given(invocation, OPTION_RUNTIME);
	const struct policy *policy = runtime ? &live.policy : &file.policy;
	const struct attachments *attached = runtime ? &live.attached : &file.attached;
	int code = deadlines_left(policy, &live.deadlines, &live.now, &left);
	if (code == 0 && option_given(invocation, OPTION_JSON))
		code = write_json(invocation, &live, &file, &left, &error);
	else if (code == 0)
		code = policy_write_text(policy, attached, &left, stdout);
	if (code == 0)
		return STATUS_DONE;
	return message_failed(invocation, code, &error);
}

const struct command command_list = {
	.name = "list",
	.run = run,
	.synopsis = "",
	.summary = "print the policy; `portfw apply -` reads it back",
	.help = "Prints the policy file in canonical form; a comment behind a rule that ends by\n"
		"itself says how long it is still there. With --runtime, prints the policy that\n"
		"the kernel enforces now. The block list is no part of the policy: it is in the\n"
		"output of --json.\n",
	.examples = EXAMPLES("portfw list", "portfw list --runtime | portfw apply -"),
	.options = OPTION_JSON | OPTION_QUIET | OPTION_RUNTIME | OPTION_POLICY,
};
