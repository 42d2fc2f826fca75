/* SPDX-License-Identifier: GPL-2.0-only */
#include "replay.h"
#include "bpf/learn.h"
#include "verdict/flow_table.h"
#include <errno.h>
#include <string.h>

#define NANOSECONDS_PER_MILLISECOND 1000000

/* Who began a conversation, as the `state` of its entry. */
enum beginning {
	BEGAN_HERE,
	BEGAN_THERE,
	BEGAN_BEFORE, /* before the capture */
};

int replay_make(const struct engine_setup *setups, size_t policies, const struct block_list *local,
		struct replay *replay, struct error *error)
{
	int code;

	*replay = (struct replay){.policies = policies};
	code = prefix_index_make(local, &replay->local);
	replay->conversations = flow_table_new(FLOWS_DEFAULT);
	if (!replay->conversations)
		code = -ENOMEM;
	for (size_t i = 0; code == 0 && i < policies; i++)
		code = tally_make(&replay->tallies[i]);
	if (code)
		return error_set(error, code, "out of memory");
	for (size_t i = 0; code == 0 && i < policies; i++)
		code = engine_make(&setups[i], &replay->engines[i], error);
	return code;
}

void replay_free(struct replay *replay)
{
	for (size_t i = 0; i < REPLAY_POLICIES; i++) {
		engine_free(replay->engines[i]);
		tally_free(&replay->tallies[i]);
	}
	flow_table_free(replay->conversations);
	prefix_index_free(&replay->local);
	*replay = (struct replay){0};
}

/* --- Which way ------------------------------------------------------------------------------ */

static bool is_own_mac(const struct replay *replay, const __u8 *mac)
{
	for (size_t i = 0; mac && i < replay->mac_count; i++) {
		if (memcmp(replay->macs[i], mac, sizeof(replay->macs[i])) == 0)
			return true;
	}
	return false;
}

void replay_add_mac(struct replay *replay, const __u8 mac[6])
{
	if (replay->mac_count < REPLAY_MACS && !is_own_mac(replay, mac))
		memcpy(replay->macs[replay->mac_count++], mac, sizeof(replay->macs[0]));
}

static bool is_local(const struct replay *replay, unsigned family, __u64 high, __u64 low)
{
	return prefix_index_holds(&replay->local, family, &(struct address6){high, low}, 0);
}

/* Addresses that say nothing of a host: unspecified ones and those of one link. */
static bool is_nobodys(const struct pkt *pkt)
{
	if (pkt->family == 4)
		return !pkt->source_low || pkt->source_low >> 16 == 0xa9fe;
	return (!pkt->source_high && !pkt->source_low) || pkt->source_high >> 54 == 0xfe80 >> 6;
}

/* By the addresses; where they say nothing, by the sender's link layer, which is learnt from what
 * has the host's addresses. */
static bool leaves(struct replay *replay, const struct packet *packet)
{
	const struct pkt *pkt = &packet->pkt;

	if (packet->way != WAY_UNKNOWN)
		return packet->way == WAY_LEAVES;
	if (packet->arp_sender && is_local(replay, 4, 0, packet->arp_sender))
		return true;
	if (!pkt->family)
		return is_own_mac(replay, packet->source_mac);
	if (is_local(replay, pkt->family, pkt->source_high, pkt->source_low)) {
		if (packet->source_mac && !is_nobodys(pkt))
			replay_add_mac(replay, packet->source_mac);
		return true;
	}
	if (is_nobodys(pkt) && is_own_mac(replay, packet->source_mac))
		return true;
	if (!goes_to_many(pkt) &&
	    !is_local(replay, pkt->family, pkt->destination_high, pkt->destination_low))
		replay->foreign++;
	return false;
}

/* --- Conversations -------------------------------------------------------------------------- */

/* Who began the conversation; if that is not known, it begins now. */
static enum beginning note_conversation(struct replay *replay, const struct flow_key *key,
					enum beginning beginning, unsigned seconds)
{
	struct flow *entry = flow_table_find(replay->conversations, key);

	if (!entry)
		entry = flow_table_enter(replay->conversations, key);
	if (replay->now >= entry->until)
		entry->state = (__u8)beginning;
	entry->until = replay->now + (__u64)seconds * 1000;
	return (enum beginning)entry->state;
}

static enum beginning tcp_beginning(const struct pkt *pkt)
{
	if (!(pkt->tcp_flags & TCP_SYN))
		return BEGAN_BEFORE;
	return pkt->tcp_flags & TCP_ACK ? BEGAN_THERE : BEGAN_HERE;
}

/* Whether the sender of a packet that leaves has begun the conversation: so a connected socket is
 * assumed. */
static bool note_departure(struct replay *replay, const struct pkt *pkt)
{
	struct flow_key key;

	if (pkt->fragment == FRAGMENT_LATER)
		return false;
	flow_key_of_departure(pkt, &key);
	if (pkt->protocol != PROTO_TCP)
		return note_conversation(replay, &key, BEGAN_HERE, FLOW_DATAGRAM_SECONDS) ==
		       BEGAN_HERE;
	if (!(pkt->tcp_flags & TCP_RST))
		note_conversation(replay, &key, tcp_beginning(pkt), FLOW_OPEN_SECONDS);
	return false;
}

static void note_arrival(struct replay *replay, const struct pkt *pkt)
{
	struct flow_key key;

	if (pkt->fragment == FRAGMENT_LATER || pkt->protocol == PROTO_TCP)
		return;
	flow_key_of_reply(pkt, &key);
	note_conversation(replay, &key, BEGAN_THERE, FLOW_DATAGRAM_SECONDS);
}

/* Whether a dropped packet could be a reply to what the host opened before the capture. */
static bool has_unknown_beginning(struct replay *replay, const struct pkt *pkt)
{
	const struct flow *entry;
	struct flow_key key;

	if (pkt->protocol != PROTO_TCP || !may_be_reply(pkt))
		return false;
	flow_key_of_reply(pkt, &key);
	entry = flow_table_find(replay->conversations, &key);
	return entry && entry->state == BEGAN_BEFORE && replay->now < entry->until;
}

/* --- Judging -------------------------------------------------------------------------------- */

static void note_time(struct replay *replay, __u64 time)
{
	if (!replay->total.packets)
		replay->first_time = replay->last_time = time;
	if (time < replay->first_time)
		replay->first_time = time;
	if (time < replay->last_time && replay->last_time - time > replay->backwards)
		replay->backwards = replay->last_time - time;
	if (time > replay->last_time)
		replay->last_time = time;
	replay->now = replay->last_time / NANOSECONDS_PER_MILLISECOND;
}

static void send_off(struct replay *replay, const struct packet *packet,
		     struct replay_verdict *verdict)
{
	bool connected = packet->reason == REASON_NONE && note_departure(replay, &packet->pkt);

	for (size_t i = 0; i < replay->policies; i++) {
		enum reason reason = engine_leave(replay->engines[i], packet->reason, &packet->pkt,
						  replay->now, connected);

		verdict->reasons[i] = reason;
		replay->tallies[i].outgoing[reason].packets++;
		replay->tallies[i].outgoing[reason].bytes += packet->length;
	}
}

static int receive(struct replay *replay, const struct packet *packet,
		   struct replay_verdict *verdict)
{
	int code = 0;

	if (packet->reason == REASON_NONE)
		note_arrival(replay, &packet->pkt);
	for (size_t i = 0; code == 0 && i < replay->policies; i++) {
		enum reason reason = packet->reason;
		if (reason == REASON_NONE)
			reason = engine_arrive(replay->engines[i], &packet->pkt, replay->now);
		if ((reason == REASON_DENY || reason == REASON_DEFAULT_DENY) &&
		    has_unknown_beginning(replay, &packet->pkt))
			replay->tallies[i].unknown_beginning++;
		verdict->reasons[i] = reason;
		code = tally_arrival(&replay->tallies[i], &packet->pkt, reason, packet->length);
	}
	return code;
}

/* Whether the two policies disagree. */
static void compare(struct replay *replay, const struct replay_verdict *verdict)
{
	enum verdict old = reason_verdict(verdict->reasons[0]);
	enum verdict new = reason_verdict(verdict->reasons[1]);

	if (old == VERDICT_DROP && new == VERDICT_PASS)
		replay->now_passed++;
	if (old == VERDICT_PASS && new == VERDICT_DROP)
		replay->now_dropped++;
}

int replay_packet(struct replay *replay, const struct packet *packet,
		  struct replay_verdict *verdict)
{
	int code = 0;

	*verdict = (struct replay_verdict){.judged = !packet->cut && !packet->loopback};
	note_time(replay, packet->time);
	replay->total.packets++;
	replay->total.bytes += packet->length;
	if (packet->loopback)
		replay->loopback++;
	else if (packet->cut)
		replay->cut++;
	if (!verdict->judged)
		return 0;
	verdict->leaves = leaves(replay, packet);
	if (verdict->leaves)
		send_off(replay, packet, verdict);
	else
		code = receive(replay, packet, verdict);
	if (code == 0 && replay->policies == 2 && !verdict->leaves)
		compare(replay, verdict);
	return code;
}
