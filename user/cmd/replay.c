/* SPDX-License-Identifier: GPL-2.0-only */
#include "cli/message.h"
#include "policy/words.h"
#include "replay/capture.h"
#include "replay_report.h"
#include "replay_setup.h"
#include "state/load.h"
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

/* --- Words ---------------------------------------------------------------------------------- */

/* "10.0.0.1,2001:db8::/32". */
static int add_addresses(const char *word, struct block_list *local, struct error *error)
{
	char *copy = strdup(word), *rest = copy, *part;
	struct prefix prefix;
	int code = copy ? 0 : -ENOMEM;

	while (code == 0 && (part = strsep(&rest, ","))) {
		code = words_read_prefix(part, &prefix, error);
		if (code == 0)
			code = block_list_append(local, &prefix, 0);
	}
	free(copy);
	return code;
}

/* The addresses of --local and the file: the one operand that is no address. Behind --local there
 * may be more addresses, which are operands then. */
static int read_operands(const struct invocation *invocation, struct block_list *local,
			 const char **path, struct error *error)
{
	const struct options *options = &invocation->options;
	int code = 0;

	if (options->local.count > OPTION_LIST_MAX)
		return error_set(error, -EINVAL, "--local: given too often: one takes a list");
	*path = NULL;
	for (size_t i = 0; code == 0 && i < options->local.count; i++)
		code = add_addresses(options->local.words[i], local, error);
	for (size_t i = 0; code == 0 && i < invocation->operand_count; i++) {
		const char *word = invocation->operands[i];
		bool last = i + 1 == invocation->operand_count;
		if (options->local.count && !(last && !*path) &&
		    add_addresses(word, local, NULL) == 0)
			continue;
		if (*path)
			code = error_set(error, -EINVAL, "%s: unexpected word", word);
		*path = word;
	}
	return code;
}

static int check_words(const struct invocation *invocation, const char *path, struct error *error)
{
	const struct options *options = &invocation->options;
	bool candidate = option_given(invocation, OPTION_POLICY);

	if (option_given(invocation, OPTION_DIFF) && !candidate)
		return error_set(error, -EINVAL,
				 "--diff: --policy FILE is missing, the policy to compare with");
	if (candidate && strcmp(path, "-") == 0 && strcmp(options->policy, "-") == 0)
		return error_set(error, -EINVAL,
				 "-: standard input cannot be both the capture and the policy");
	if (options->on)
		return words_check_nic(options->on, error);
	return 0;
}

/* --- Replaying ------------------------------------------------------------------------------ */

#define PROGRESS_PACKETS 65536 /* between two looks at the clock */

struct progress {
	bool wanted, shown;
	time_t begun;
};

static void show_progress(struct progress *progress, const struct capture *capture, __u64 packets)
{
	int percent;

	if (!progress->wanted || packets % PROGRESS_PACKETS || time(NULL) - progress->begun < 1)
		return;
	percent = capture_progress(capture);
	if (percent >= 0)
		fprintf(stderr, "\r%3d %%, %llu packets", percent, packets);
	else
		fprintf(stderr, "\r%llu packets", packets);
	progress->shown = true;
}

static void end_progress(const struct progress *progress)
{
	if (progress->shown)
		fputs("\r\033[K", stderr);
}

static bool changes(const struct replay *replay, const struct replay_verdict *verdict)
{
	return replay->policies == 2 && verdict->judged && !verdict->leaves &&
	       reason_verdict(verdict->reasons[0]) != reason_verdict(verdict->reasons[1]);
}

/* Reads the capture to its end, or up to where it is broken: -EPROTO. */
static int read_all(const struct invocation *invocation, struct capture *capture,
		    struct replay *replay, struct error *error)
{
	bool json = option_given(invocation, OPTION_JSON);
	struct progress progress = {
		.wanted = isatty(STDERR_FILENO) && message_wanted(invocation),
		.begun = time(NULL),
	};
	struct replay_verdict verdict;
	struct captured captured;
	struct packet packet;
	int code;

	while ((code = capture_next(capture, &captured, error)) == 1) {
		packet_read(&captured, &packet);
		code = replay_packet(replay, &packet, &verdict);
		if (code || ferror(stdout)) /* nobody reads on */
			break;
		if (changes(replay, &verdict))
			(json ? replay_change_json : replay_change_text)(&packet, &verdict, stdout);
		show_progress(&progress, capture, replay->total.packets);
	}
	end_progress(&progress);
	return code;
}

static void print_totals(const struct invocation *invocation, const struct replay_setup *setup,
			 const struct replay *replay, const char *path)
{
	struct replay_model model = {
		.file = load_name(path),
		.replay = replay,
		.nic = setup->nic,
		.nic_matters = setup->nic_matters,
	};

	for (size_t i = 0; i < setup->policy_count; i++)
		model.policies[i] = setup->names[i];
	if (option_given(invocation, OPTION_JSON))
		replay_json(&model, option_given(invocation, OPTION_DIFF), stdout);
	else
		replay_text(&model, stdout);
}

static enum exit_status replay_file(const struct invocation *invocation,
				    const struct replay_setup *setup, struct replay *replay,
				    const char *path)
{
	struct capture *capture = NULL;
	struct error error = {""};
	int code = capture_open(path, &capture, &error);

	if (code == 0) {
		code = read_all(invocation, capture, replay, &error);
		print_totals(invocation, setup, replay, path);
	}
	capture_close(capture);
	if (code) {
		fflush(stdout);
		message_error(invocation, "%s: %s", load_name(path),
			      code == -ENOMEM ? "out of memory" : error.text);
		return STATUS_FAILED;
	}
	return replay->now_passed || replay->now_dropped ? STATUS_NO : STATUS_DONE;
}

static enum exit_status run(const struct invocation *invocation)
{
	_cleanup_replay_setup_ struct replay_setup setup = {.live = LIVE_INIT};
	_cleanup_block_list_ struct block_list local = BLOCK_LIST_INIT;
	_cleanup_replay_ struct replay replay = {.policies = 0};
	struct error error = {""};
	const char *path = NULL;
	enum exit_status status;
	int code = read_operands(invocation, &local, &path, &error);

	if (code == 0)
		code = check_words(invocation, path, &error);
	if (code)
		return message_failure(invocation, code, &error);
	status = replay_setup(invocation, &setup);
	if (status)
		return status;
	code = replay_start(&setup, &local, &replay, &error);
	if (code) {
		message_failure(invocation, code, &error);
		return code == -ENOSPC ? STATUS_USAGE : STATUS_FAILED;
	}
	return replay_file(invocation, &setup, &replay, path);
}

const struct command command_replay = {
	.name = "replay",
	.run = run,
	.synopsis = "FILE|- [--policy FILE [--diff]] [--local ADDR...] [--on NIC]",
	.summary = "what a policy would do with the packets of a capture",
	.help = "Reads a capture (pcap or pcapng, also packed by gzip; Ethernet, Linux cooked\n"
		"or raw IP) and counts what the policy in force would have done with its\n"
		"packets; where none is, or it cannot be read, the policy file. Here --policy\n"
		"names a candidate, which judges instead; with --diff both do, and the packets\n"
		"are shown that one passes and the other drops. Replies and times go by the\n"
		"clock of the capture. The block list holds, lockdown does not. What has one of\n"
		"the host's addresses as its source leaves, everything else arrives; --local\n"
		"says what these addresses are, if not those of this host. Addresses may stand\n"
		"in a list with commas.\n"
		"Exit status 0: done; 1: the capture is broken, after the totals of what could\n"
		"be read; 4: with --diff, verdicts change.\n",
	.examples = EXAMPLES("portfw replay traffic.pcap",
			     "portfw replay traffic.pcap --policy policy.new --diff"),
	.options =
		OPTION_JSON | OPTION_QUIET | OPTION_POLICY | OPTION_DIFF | OPTION_LOCAL | OPTION_ON,
	.operands_min = 1,
	.operands_max = OPERANDS_ANY,
};
