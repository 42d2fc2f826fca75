/* SPDX-License-Identifier: GPL-2.0-only */
/* The flow table: what this host, or a machine behind it, opened. Layout: <portfw/abi.h>. */
#ifndef PORTFW_KERNEL_FLOWS_H
#define PORTFW_KERNEL_FLOWS_H

#include "instance.h"
#include "net/endpoint.h"

struct flow_entry {
	struct flow_key key;
	struct flow flow;
};
struct flow_list {
	struct flow_entry *entries;
	size_t count;
};

/* Reads the whole table, entries that are over (until <= now) included. */
int flows_read(const struct instance *instance, struct flow_list *list, struct error *error);
/* The same until the monotonic clock says `deadline` (milliseconds); *complete: all were read. */
int flows_read_until(const struct instance *instance, __s64 deadline, struct flow_list *list,
		     bool *complete, struct error *error);
void flow_list_free(struct flow_list *list);
#define _cleanup_flow_list_ __attribute__((cleanup(flow_list_free)))

/* What the table has been through since the first NIC was attached. */
struct flow_counters {
	__u64 learnt;	/* entries that the egress programs made */
	__u64 failed;	/* flows that they could not enter */
	__u64 replaced; /* entries that gave way to newer ones */
};
/* `present`: entries of the table now. instance_totals() must have succeeded before. */
struct flow_counters flows_counters(const struct instance *instance, size_t present);
/* Bytes of memory that the table takes. */
__u64 flows_memory(const struct instance *instance);

/* Notes that there is a flow with this key; before it is entered: programs do not look for a flow
 * whose local port is not noted. */
void flows_note_port(struct control *control, const struct flow_key *key);

/* An address as the table has it. */
struct address6 flows_address(const struct endpoint *end);
/* The other way. The port is left 0. */
struct endpoint flows_endpoint(const struct address6 *address);

/*
 * Enters the outgoing connections that exist into the table, as FLOW_SEEDED, valid from `now`
 * (jiffies64) on: of sockets and of what conntrack knows; `attached` are the ifindexes of the NICs
 * that are or become attached, to tell which forwarded connections come from outside. Flows that
 * egress has seen stay as they are. *seeded (may be NULL) receives how many were entered or
 * prolonged.
 */
int flows_seed(struct instance *instance, __u64 now, const unsigned *attached,
	       size_t attached_count, size_t *seeded, struct error *error);

#endif
