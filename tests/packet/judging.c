/* SPDX-License-Identifier: GPL-2.0-only */
#include "judging.h"

#include <errno.h>
#include <policy/deadlines.h>
#include <policy/reason.h>
#include <policy/text.h>
#include <policy/words.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

__u64 jiffies_at(__s64 time, __u64 now)
{
	__s64 jiffies = (__s64)now + (time - JUDGED_AT) * TICKS;

	return jiffies > 0 ? (__u64)jiffies : 1;
}

bool compile_text(const char *text, __u64 now, struct compiled *tables)
{
	static const char nics[MAX_NICS][IFNAMSIZ] = {"eth0", "eth1"};
	struct policy policy _cleanup_policy_ = {};
	struct diagnostics diagnostics = {};
	_cleanup_deadlines_ struct deadline_table times = {};
	const struct moment moment = {JUDGED_AT, now, TICKS};
	struct error error = {};
	int code;

	policy_init(&policy);
	if (text_parse(text, strlen(text), &policy, NULL, &diagnostics)) {
		for (unsigned i = 0; i < diagnostics.count; i++)
			printf("policy line %u: %s\n", diagnostics.list[i].line,
			       diagnostics.list[i].text);
		return false;
	}
	code = deadlines_make(&policy, &times, &moment, &times);
	compiled_free(tables);
	if (!code)
		code = policy_compile(&policy, nics, &(struct deadlines){times.list, times.count},
				      tables, &error);
	if (code)
		printf("policy: %s\n", error.text);
	return !code;
}

bool read_address(const char *text, struct prefix *prefix)
{
	return words_read_prefix(text, prefix, NULL) == 0;
}

bool read_lockdown(const char *const *words, size_t most, struct setting *setting)
{
	setting->lockdown = words[0];
	setting->keep_count = 0;
	for (size_t i = 0; i < most && words[i]; i++) {
		if (strcmp(words[i], "none") == 0)
			continue;
		if (!read_address(words[i], &setting->keep[setting->keep_count])) {
			printf("%s: no address\n", words[i]);
			return false;
		}
		setting->keep_count++;
	}
	return true;
}

/* IPv4 addresses are in the table as ::ffff:192.0.2.1. */
static bool read_flow_address(const char *text, struct address6 *address)
{
	struct prefix read;

	if (!read_address(text, &read))
		return false;
	*address = prefix_first(&read);
	if (read.family == 4)
		address->low |= 0xffffull << 32;
	return true;
}

bool read_flow(const struct known_flow *known, __u64 now, struct flow_entry *entry)
{
	const int hour = 3600;

	*entry = (struct flow_entry){
		.key = {.local_port = known->local_port,
			.remote_port = known->remote_port,
			.protocol = (__u8)known->protocol},
		.flow = {.until = jiffies_at(JUDGED_AT + (known->over ? -hour : hour), now),
			 .created = now,
			 .refreshed = now,
			 .state = FLOW_OPEN,
			 .beats_deny = known->beats_deny},
	};
	return read_flow_address(known->local, &entry->key.local) &&
	       read_flow_address(known->remote, &entry->key.remote);
}

const char *answer_text(struct answer answer)
{
	static char texts[2][64];
	static unsigned turn;
	char *text = texts[turn++ % 2];

	if (answer.proto)
		snprintf(text, sizeof(*texts), "%s, counted for protocol %u port %u",
			 reason_name(answer.reason), answer.proto, answer.port);
	else
		snprintf(text, sizeof(*texts), "%s, not counted for a port",
			 reason_name(answer.reason));
	return text;
}

void print_frame(const unsigned char *frame, size_t length)
{
	size_t shown = length < 512 ? length : 512;

	printf("frame of %zu bytes: ", length);
	for (size_t i = 0; i < shown; i++)
		printf("%02x", frame[i]);
	printf("%s\n", shown < length ? "..." : "");
}
