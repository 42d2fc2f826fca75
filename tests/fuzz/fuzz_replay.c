/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Any bytes as the packets of a capture of any link type, cut anywhere, at any time, through two
 * policies. Every packet must be counted once.
 *
 * clang -fsanitize=fuzzer,address,undefined, with what the Makefile calls PURE.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "policy/reason.h"
#include "policy/text.h"
#include "replay/replay.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* In front of each packet: seconds since the one before (bit 7: backwards), link type, bytes
 * captured, and how many more it had. */
#define HEAD 4

static const char *const texts[] = {
	"default deny\nallow tcp 22\ndeny udp 53\nallow udp 1000-65535 on eth0\ndeny icmp\n",
	"default allow\ndeny tcp all from 192.0.0.0/8\ndeny udp all\n"
	"allow udp 53 until 2001-09-09T01:46:50Z\n",
};
static const char addresses[] = "192.0.2.1\n2001:db8::/64\n";
static const char blocks[] = "block 203.0.113.0/24\nblock 203.0.113.7 until "
			     "2001-09-09T01:46:45Z\nblock 2001:db8:1::/48\n";

static struct policy policies[REPLAY_POLICIES];
static struct block_list local = BLOCK_LIST_INIT, blocked = BLOCK_LIST_INIT;

static void prepare(void)
{
	struct diagnostics diagnostics = {0};
	bool good = true;

	for (size_t i = 0; i < REPLAY_POLICIES; i++)
		good &= text_parse(texts[i], strlen(texts[i]), &policies[i], NULL, &diagnostics) ==
			0;
	good &= block_list_parse_addresses(addresses, strlen(addresses), 0, &local, &diagnostics) ==
		0;
	good &= block_list_parse(blocks, strlen(blocks), &blocked, &diagnostics) == 0;
	if (!good)
		abort();
}

/* Replays the first packet of the data; returns how many bytes that were. */
static size_t replay_first(struct replay *replay, __u64 *time, const uint8_t *data, size_t size)
{
	struct captured captured = {.link = data[1] % (CAPTURE_LOOPBACK + 1), .count = data[2]};
	struct replay_verdict verdict;
	struct packet packet;
	uint8_t *bytes;

	if (captured.count > size - HEAD)
		captured.count = (__u32)(size - HEAD);
	captured.length = captured.count + (data[3] & 1 ? data[3] : 0);
	*time += (data[0] & 0x7f) * 1000000000ull * (data[0] & 0x80 ? -1ull : 1);
	captured.time = *time;
	bytes = malloc(captured.count ? captured.count : 1); /* exactly */
	if (!bytes)
		abort();
	memcpy(bytes, data + HEAD, captured.count);
	captured.bytes = bytes;
	packet_read(&captured, &packet);
	if (replay_packet(replay, &packet, &verdict))
		abort();
	for (size_t i = 0; i < REPLAY_POLICIES; i++)
		if (verdict.judged && verdict.leaves == (verdict.reasons[i] != REASON_NONE) &&
		    verdict.reasons[i] != REASON_BLOCKED)
			abort();
	free(bytes);
	return HEAD + captured.count;
}

static void check_sums(const struct replay *replay)
{
	for (size_t i = 0; i < REPLAY_POLICIES; i++) {
		const struct tally *tally = &replay->tallies[i];
		__u64 sum = reason_sum(tally->reasons, VERDICT_PASS).packets +
			    reason_sum(tally->reasons, VERDICT_DROP).packets +
			    tally->outgoing[REASON_NONE].packets +
			    tally->outgoing[REASON_BLOCKED].packets;

		if (sum + replay->cut + replay->loopback != replay->total.packets)
			abort();
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct engine_setup setups[REPLAY_POLICIES];
	__u64 time = 1000000000000000000;
	struct error error = {""};
	struct replay replay;

	if (!policies[0].rules)
		prepare();
	for (size_t i = 0; i < REPLAY_POLICIES; i++)
		setups[i] = (struct engine_setup){&policies[i], &blocked, "eth0", 4};
	if (replay_make(setups, REPLAY_POLICIES, &local, &replay, &error))
		abort();
	while (size >= HEAD) {
		size_t used = replay_first(&replay, &time, data, size);
		data += used;
		size -= used;
	}
	check_sums(&replay);
	replay_free(&replay);
	return 0;
}
