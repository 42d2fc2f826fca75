/* SPDX-License-Identifier: GPL-2.0-only */
/* Connections that exchange data all the time, while a test does something else. */
#ifndef E2E_TRAFFIC_H
#define E2E_TRAFFIC_H

#include "probe.h"

struct traffic_plan {
	int type; /* TCP or UDP */
	const struct host *from, *to;
	const char *address;  /* where they go to, as `from` calls it */
	unsigned port;	      /* the same */
	unsigned listen_port; /* of `to`; 0: the same port */
	unsigned source_port; /* of the first, the others follow; 0: any */
	unsigned count;
	bool fresh; /* each ends after one answer, and begins anew */
};

/* Of `bed`, on link 0. */
#define PEER4 "10.77.0.2"
#define PEER6 "fd77:0::2"
#define GUARDED4 "10.77.0.1"
#define GUARDED6 "fd77:0::1"

/* A plan of what the guarded host opens to the peer, and the other way round. */
#define OUTGOING(kind, remote, number, ...)                                                   \
	{                                                                                     \
		.type = (kind), .from = &bed->guarded, .to = &bed->peer, .address = (remote), \
		.port = (number), __VA_ARGS__                                                 \
	}
#define INCOMING(kind, local, number, ...)                                                   \
	{                                                                                    \
		.type = (kind), .from = &bed->peer, .to = &bed->guarded, .address = (local), \
		.port = (number), __VA_ARGS__                                                \
	}

struct traffic;

/* Opens the connections in a child, which ends with the testbed. Each has had an answer when this
 * returns. */
struct traffic *traffic_begin(struct testbed *bed, const struct traffic_plan *plans, size_t count);
#define traffic_start(bed, ...)                                            \
	traffic_begin((bed), (const struct traffic_plan[]){__VA_ARGS__},   \
		      sizeof((const struct traffic_plan[]){__VA_ARGS__}) / \
			      sizeof(struct traffic_plan))
void traffic_stop(struct traffic *traffic);

/* Every connection has more answers, to what was sent from now on. */
#define assert_goes_on(traffic) traffic_goes_on(traffic, 0, __FILE__, __LINE__)
/* The same of all but the first ones. */
#define assert_newest_go_on(traffic, first) traffic_goes_on(traffic, first, __FILE__, __LINE__)
void traffic_goes_on(struct traffic *traffic, size_t first, const char *file, int line);

/* From now on no byte arrives any more: at neither end, or at least no answer. */
#define assert_cut(traffic) traffic_is_cut(traffic, true, __FILE__, __LINE__)
#define assert_unanswered(traffic) traffic_is_cut(traffic, false, __FILE__, __LINE__)
void traffic_is_cut(struct traffic *traffic, bool both_ends, const char *file, int line);

#endif
