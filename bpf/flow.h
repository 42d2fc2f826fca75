/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Replies: whether a packet answers a flow that this host, or a machine behind it, opened. What
 * enters flows into the table is in learn.h.
 */
#ifndef PORTFW_BPF_FLOW_H
#define PORTFW_BPF_FLOW_H

#include "tables.h"

/* An IPv6 packet from ::ffff:192.0.2.1, which nobody may send (RFC 6890, section 2.2.3): the table
 * would take it for IPv4. */
static __always_inline bool is_from_mapped_address(const struct pkt *pkt)
{
	return pkt->family == 6 && !pkt->source_high &&
	       pkt->source_low >> 32 == BLOCK_KEY4_LOW >> 32;
}

/* Whether packets of this kind can be replies at all. What opens a connection never is one, so
 * that a flood of these does not touch the table; of ICMP only the answer to an echo. */
static __always_inline bool may_be_reply(const struct pkt *pkt)
{
	if (pkt->protocol == PROTO_TCP)
		return (pkt->tcp_flags & (TCP_SYN | TCP_ACK)) != TCP_SYN;
	if (pkt->protocol == PROTO_SCTP)
		return pkt->sctp_chunk != SCTP_INIT;
	if (pkt->family == 4 && pkt->protocol == PROTO_ICMP)
		return pkt->icmp_type == ICMP_ECHO_REPLY;
	if (pkt->family == 6 && pkt->protocol == PROTO_ICMPV6)
		return pkt->icmp_type == ICMPV6_ECHO_REPLY;
	return true;
}

static __always_inline struct address6 flow_address(__u32 family, __u64 high, __u64 low)
{
	return (struct address6){high, family == 4 ? BLOCK_KEY4_LOW | low : low};
}

/* The flow that a packet which arrives would belong to. */
static __always_inline void flow_key_of_reply(const struct pkt *pkt, struct flow_key *key)
{
	*key = (struct flow_key){
		.local = flow_address(pkt->family, pkt->destination_high, pkt->destination_low),
		.remote = flow_address(pkt->family, pkt->source_high, pkt->source_low),
		.local_port = pkt->destination_port + pkt->echo_id, /* one of them is 0 */
		.remote_port = pkt->source_port,
		.protocol = pkt->protocol,
	};
}

#ifdef __bpf__
/* Where control says of a local port whether any flow had it; NULL: there is no such place. */
static __always_inline __u8 *flow_port(__u32 port_table, __u16 local_port)
{
	__u32 zero = 0, port = MASK_FOR_VERIFIER(local_port, PORT_COUNT - 1);
	struct control *head;

	if (port_table > PORT_TABLE_UDP)
		return 0;
	head = bpf_map_lookup_elem(&control, &zero);
	return head ? &head->flow_ports[port_table][port] : 0;
}

static __always_inline struct flow *flow_find(tables_handle tables, const struct flow_key *key)
{
	(void)tables;
	return bpf_map_lookup_elem(&flows, key);
}

/* Whether there may be a flow that the packet replies to: says so without a search, often. */
static __always_inline bool may_have_flow(const struct pkt *pkt)
{
	const __u8 *had = flow_port(pkt->port_table, pkt->destination_port);

	return !had || *had;
}
#else
static __always_inline struct flow *flow_find(tables_handle tables, const struct flow_key *key)
{
	return tables->find_flow ? tables->find_flow(tables, key) : 0;
}

static __always_inline bool may_have_flow(const struct pkt *pkt)
{
	(void)pkt;
	return true;
}
#endif

/* `denied`: a rule denies the packet, so that only flows which beat that count. */
static __always_inline bool is_reply(tables_handle tables, const struct pkt *pkt, bool denied)
{
	const struct flow *flow;
	struct flow_key key;

	if (!may_be_reply(pkt) || is_from_mapped_address(pkt) || !may_have_flow(pkt))
		return false;
	flow_key_of_reply(pkt, &key);
	flow = flow_find(tables, &key);
	return flow && (!denied || flow->beats_deny) && tables_now(tables) < flow->until;
}

#endif
