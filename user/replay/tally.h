/* SPDX-License-Identifier: GPL-2.0-only */
/* What a policy did with the packets of a capture. */
#ifndef PORTFW_REPLAY_TALLY_H
#define PORTFW_REPLAY_TALLY_H

#include "bpf/parse.h"
#include <stdbool.h>
#include <stddef.h>

#define TALLY_TOP 10

struct tally_port {
	enum port_table table;
	__u16 port;
	__u64 packets;
};

struct tally_source {
	struct address6 address; /* IPv4 as IPv4-mapped IPv6 */
	__u64 packets;		 /* 0: none */
};

struct tally {
	struct counter reasons[REASON_COUNT];  /* of what arrives */
	struct counter outgoing[REASON_COUNT]; /* of what leaves; REASON_NONE: it passed */
	/* Dropped segments of TCP connections that began before the capture: whether they are
	 * replies is not known. */
	__u64 unknown_beginning;
	__u64 *ports; /* dropped packets by port table and port */
	/* Dropped packets by source, in a hash table; a free place has 0 packets. */
	struct tally_source *sources;
	size_t source_count, source_places;
	bool estimated; /* there were too many sources to count each */
};

/* -ENOMEM. */
int tally_make(struct tally *tally);
void tally_free(struct tally *tally);

/* Notes a packet that arrives. -ENOMEM. */
int tally_arrival(struct tally *tally, const struct pkt *pkt, enum reason reason, __u32 length);

/* Those with most dropped packets, most first; the rest has 0 packets. */
void tally_top_ports(const struct tally *tally, struct tally_port top[TALLY_TOP]);
void tally_top_sources(const struct tally *tally, struct tally_source top[TALLY_TOP]);

#endif
