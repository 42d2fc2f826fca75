/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Packets of a capture, one by one, through one policy or two. Which of them arrive at the host is
 * found out here: by what the capture says, else by addresses.
 */
#ifndef PORTFW_REPLAY_REPLAY_H
#define PORTFW_REPLAY_REPLAY_H

#include "packet.h"
#include "tally.h"
#include "verdict/engine.h"
#include "verdict/prefix_index.h"

#define REPLAY_POLICIES 2
#define REPLAY_MACS 32

struct replay {
	/* Whose host it is. */
	struct prefix_index local;
	__u8 macs[REPLAY_MACS][6];
	size_t mac_count;

	struct engine *engines[REPLAY_POLICIES];
	struct tally tallies[REPLAY_POLICIES];
	size_t policies; /* 1 or 2 */
	/* Who began each conversation. */
	struct flow_table *conversations;
	__u64 now; /* of the engines, in milliseconds: it never goes back */

	/* What was read. */
	struct counter total;
	__u64 first_time, last_time;   /* nanoseconds */
	__u64 backwards;	       /* by how much time went back at most, in nanoseconds */
	__u64 cut;		       /* packets that the capture cut in front of what counts */
	__u64 loopback;		       /* packets on the loopback interface */
	__u64 foreign;		       /* packets neither of whose sides is local */
	__u64 now_passed, now_dropped; /* by the second policy, but not by the first */
};

/* What became of a packet: the reason by each policy, and whether it arrived. */
struct replay_verdict {
	bool judged, leaves;
	enum reason reasons[REPLAY_POLICIES]; /* REASON_NONE: it leaves */
};

/* `local`: normal, the host's addresses; `policies` setups. *replay must be released in any
 * case. -ENOMEM, or as policy_compile(). */
int replay_make(const struct engine_setup *setups, size_t policies, const struct block_list *local,
		struct replay *replay, struct error *error);
void replay_free(struct replay *replay);
#define _cleanup_replay_ __attribute__((cleanup(replay_free)))

/* One more address of the host's link layer; dropped beyond REPLAY_MACS. */
void replay_add_mac(struct replay *replay, const __u8 mac[6]);

/* Judges the next packet, counts it. -ENOMEM. */
int replay_packet(struct replay *replay, const struct packet *packet,
		  struct replay_verdict *verdict);

#endif
