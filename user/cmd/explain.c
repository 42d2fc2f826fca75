/* SPDX-License-Identifier: GPL-2.0-only */
/* explain: asks the loaded program what it would do with a packet. */
#include "kernel/explain.h"
#include "cli/message.h"
#include "explain_answer.h"
#include "explain_question.h"
#include "host/network.h"
#include "policy/reason.h"
#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define ATTEMPTS 5
#define PAUSE_NANOSECONDS 10000000

/* --- The frame ------------------------------------------------------------------------------- */

static int read_hex(FILE *in, unsigned char *frame, size_t *length, struct error *error)
{
	size_t digits = 0;
	int letter;

	while ((letter = fgetc(in)) != EOF) {
		const char *found;
		static const char alphabet[] = "0123456789abcdef";

		if (isspace(letter) || letter == ':')
			continue;
		found = strchr(alphabet, tolower(letter));
		if (!found || !letter)
			return error_set(error, -EINVAL,
					 "--hex: character %zu is no hexadecimal digit",
					 digits + 1);
		if (digits == 2 * (size_t)QUESTION_FRAME_MAX)
			return error_set(error, -EINVAL, "--hex: more than %d bytes",
					 QUESTION_FRAME_MAX);
		frame[digits / 2] = (unsigned char)((digits % 2 ? frame[digits / 2] << 4 : 0) |
						    (found - alphabet));
		digits++;
	}
	if (digits % 2 || !digits)
		return error_set(error, -EINVAL, "--hex: %s",
				 digits ? "the last byte has one digit" : "there is no byte");
	*length = digits / 2;
	return 0;
}

static int read_frame(const struct invocation *invocation, unsigned char *frame, size_t *length,
		      struct error *error)
{
	const char *text = invocation->options.hex;
	FILE *in = strcmp(text, "-") == 0 ? stdin
		   : *text		  ? fmemopen((char *)text, strlen(text), "r")
					  : NULL;
	int code = in ? read_hex(in, frame, length, error)
		      : error_set(error, -EINVAL, "--hex: there is no byte");

	if (in && in != stdin)
		fclose(in);
	return code;
}

/* --- The NIC and the host's address ---------------------------------------------------------- */

static const struct nic_status *first_attached(const struct live *live)
{
	for (size_t i = 0; i < live->nic_count; i++)
		if (!live->nics[i].gone && !live->nics[i].detached)
			return &live->nics[i];
	return NULL;
}

/* Where packets from the source arrive: the NIC that packets to it leave by, or the first one. */
static const struct nic_status *likely_nic(const struct live *live, const struct network *network,
					   const struct endpoint *source)
{
	unsigned ifindex;

	if (source->family && network_route(source, NULL, &ifindex) == 0)
		for (size_t i = 0; i < live->nic_count; i++)
			if (!live->nics[i].gone && !live->nics[i].detached &&
			    network_carries(network, live->nics[i].ifindex, ifindex))
				return &live->nics[i];
	return first_attached(live);
}

static int find_nic(const struct live *live, const struct network *network,
		    const struct question *question, const struct nic_status **nic,
		    struct error *error)
{
	*nic = *question->nic ? live_nic(live, question->nic, true)
			      : likely_nic(live, network, &question->source);
	if (*nic)
		return 0;
	return *question->nic ? error_set(error, -ENODEV, "%s is not attached", question->nic)
			      : error_set(error, -ENODEV, "no NIC is attached");
}

/* An address of the host on that NIC, or on another; else one for documentation. */
static void choose_destination(const struct network *network, unsigned ifindex,
			       struct question *question)
{
	static const struct endpoint examples[] = {{4, {192, 0, 2, 1}, 0},
						   {6, {0x20, 0x01, 0x0d, 0xb8, [15] = 1}, 0}};
	const struct endpoint *chosen = NULL;

	for (size_t i = 0; i < network->address_count; i++) {
		const struct address_info *info = &network->addresses[i];

		if (info->address.family != question->source.family ||
		    endpoint_is_loopback(&info->address))
			continue;
		if (!chosen || info->ifindex == ifindex)
			chosen = &info->address;
		if (info->ifindex == ifindex)
			break;
	}
	question->destination = chosen ? *chosen : examples[question->source.family == 6];
}

/* --- The command ----------------------------------------------------------------------------- */

static int ask(const struct invocation *invocation, struct live *live, struct question *question,
	       struct error *error)
{
	_cleanup_network_ struct network network = {NULL, 0, NULL, 0};
	static unsigned char frame[QUESTION_FRAME_MAX];
	struct answer answer = {.reason = REASON_NONE};
	size_t length = 0;
	int code = 0;

	if (option_given(invocation, OPTION_HEX))
		code = read_frame(invocation, frame, &length, error);
	if (code == 0)
		code = network_read(&network, error);
	if (code == 0)
		code = find_nic(live, &network, question, &answer.nic, error);
	if (code)
		return code;
	if (!length) {
		if (!question->destination.family)
			choose_destination(&network, answer.nic->ifindex, question);
		length = question_frame(question, answer.nic->link_type, frame);
	}
	code = explain_ask(&live->instance,
			   &(struct explain_request){.nic = answer.nic->index,
						     .link = answer.nic->link_type,
						     .slot = EXPLAIN_IN_FORCE},
			   frame, length, &answer.reason, error);
	if (code == 0)
		code = answer_find_rule(invocation, live, frame, length, &answer, error);
	if (code == 0)
		answer_print(invocation, live, &answer);
	answer_free(&answer);
	return code ? code : reason_passes(answer.reason);
}

static int read_question(const struct invocation *invocation, struct question *question,
			 struct error *error)
{
	size_t count = invocation->operand_count;

	if (!option_given(invocation, OPTION_HEX))
		return count ? question_read(invocation->operands, count, question, error)
			     : error_set(error, -EINVAL, "what to ask about is missing");
	if (count == 2 && strcmp(invocation->operands[0], "on") == 0) {
		snprintf(question->nic, sizeof(question->nic), "%s", invocation->operands[1]);
		return 0;
	}
	return count ? error_set(error, -EINVAL, "with --hex only `on NIC` is understood") : 0;
}

static enum exit_status run(const struct invocation *invocation)
{
	_cleanup_live_ struct live live = LIVE_INIT;
	const struct paths paths = invocation_paths(invocation);
	const struct timespec pause = {.tv_nsec = PAUSE_NANOSECONDS};
	struct question question = {.protocol = 0};
	struct error error = {""};
	int code = read_question(invocation, &question, &error);

	if (code)
		return message_failure(invocation, code, &error);
	/* While another command detaches, the program that is asked may be gone first. */
	for (unsigned attempt = 0; attempt < ATTEMPTS; attempt++) {
		live_close(&live);
		live = (struct live)LIVE_INIT;
		code = live_open(&paths, &live, &error);
		if (code)
			return message_failed(invocation, code, &error);
		code = ask(invocation, &live, &question, &error);
		if (code != -ENOENT || option_given(invocation, OPTION_HEX))
			break;
		nanosleep(&pause, NULL);
	}
	if (code < 0)
		return message_failure(invocation, code, &error);
	return code ? STATUS_DONE : STATUS_NO;
}

const struct command command_explain = {
	.name = "explain",
	.run = run,
	.synopsis =
		"TARGET from SRC[:PORT] [to ADDR] [on NIC] [flags SYN|ACK|...] | --hex BYTES|- [on NIC]",
	.summary = "ask the loaded program what it does with a packet",
	.help = "Builds the packet, hands it to the program in the kernel and says what that\n"
		"would do with it and which rule decides. Nothing is counted, and nothing is\n"
		"sent. A TCP packet is a SYN unless flags say otherwise. Exit status: 0 it\n"
		"passes, 4 it drops. With `--hex BYTES` or `--hex -` the frame is given whole,\n"
		"`on NIC` or on the first one.\n",
	.examples = EXAMPLES("portfw explain tcp 22 from 203.0.113.7",
			     "portfw explain tcp 443 from 203.0.113.7:40000 on eth0 flags ACK"),
	.options = OPTION_JSON | OPTION_QUIET | OPTION_HEX | OPTION_POLICY,
	.operands_max = OPERANDS_ANY,
};
