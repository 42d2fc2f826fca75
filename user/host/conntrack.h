/* SPDX-License-Identifier: GPL-2.0-only */
/* The connections that the kernel's connection tracking knows, asked by ctnetlink. */
#ifndef PORTFW_HOST_CONNTRACK_H
#define PORTFW_HOST_CONNTRACK_H

#include "net/endpoint.h"

#include "base/error.h"
#include <stddef.h>

/* The packets of one direction, as they are on the wire. The ports are those of TCP, UDP, SCTP; of
 * an ICMP echo both are the identifier; else 0. */
struct conntrack_tuple {
	struct endpoint source, destination;
};

struct connection {
	__u8 protocol;
	__u8 tcp_state; /* TCP_CONNTRACK_* of linux/netfilter/nf_conntrack_tcp.h; 0 for others */
	bool replied;	/* IPS_SEEN_REPLY */
	/* TCP: it was open when conntrack began to track it, so that `original` is only the side
	 * that sent the next packet. */
	bool joined;
	__u32 timeout;			 /* seconds until conntrack forgets it */
	struct conntrack_tuple original; /* of the side that opened it, before any NAT */
	struct conntrack_tuple reply;	 /* of the answers, before NAT is undone */
};

struct connection_list {
	struct connection *connections;
	size_t count;
};

/* Lists the connections of both families in this network namespace. A kernel without conntrack or
 * ctnetlink has none: 0, an empty list. Negative errno otherwise; *list is untouched then. */
int conntrack_list(struct connection_list *list, struct error *error);
void connection_list_free(struct connection_list *list);
#define _cleanup_connection_list_ __attribute__((cleanup(connection_list_free)))

#endif
