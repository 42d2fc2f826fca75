/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What packets that leave do to the flow table. They are this host's own or come from a machine
 * behind it; outsiders' packets that are forwarded change nothing. Also compiled natively, where
 * the caller brings the table.
 */
#ifndef PORTFW_BPF_LEARN_H
#define PORTFW_BPF_LEARN_H

#include "decide.h"

#ifdef __bpf__
typedef struct __sk_buff departure;

/* Jiffies in a second. Set before load. */
extern const volatile __u32 hz;
#define DEPARTURE_HZ(departure) ((void)(departure), hz)
#define DEPARTURE_TABLES(departure) ((void)(departure), slot_in_force())
#define DEPARTURE_ANY_TABLES(departure) ((void)(departure), ANY_SLOT)
#else
/* What natively is known of a packet that leaves, beside its bytes. */
typedef struct {
	tables_handle tables;  /* its `now` is the time */
	__u32 hz;	       /* jiffies in a second */
	__u32 ingress_ifindex; /* where it came in; 0: it is this host's own */
	bool from_connected_socket;
	/* Takes in a flow that tables->find_flow does not find. */
	void (*enter)(tables_handle tables, const struct flow_key *key, const struct flow *flow);
} departure;
#define DEPARTURE_HZ(departure) (departure)->hz
#define DEPARTURE_TABLES(departure) (departure)->tables
#define DEPARTURE_ANY_TABLES(departure) (departure)->tables
#endif
#define DEPARTURE_NOW(departure) tables_now(DEPARTURE_ANY_TABLES(departure))

enum signal {
	SIGNAL_NONE,
	SIGNAL_OPENS,	 /* begins a connection */
	SIGNAL_GOES_ON,	 /* belongs to one */
	SIGNAL_CLOSES,	 /* ends it */
	SIGNAL_ASKS,	 /* an echo request */
	SIGNAL_DATAGRAM, /* a protocol without connections */
};

static __always_inline enum signal tcp_signal(const struct pkt *pkt)
{
	if ((pkt->tcp_flags & (TCP_SYN | TCP_ACK)) == TCP_SYN)
		return SIGNAL_OPENS;
	if (pkt->tcp_flags & (TCP_FIN | TCP_RST))
		return SIGNAL_CLOSES;
	return pkt->tcp_flags & TCP_ACK ? SIGNAL_GOES_ON : SIGNAL_NONE;
}

static __always_inline enum signal sctp_signal(const struct pkt *pkt)
{
	switch (pkt->sctp_chunk) {
	case SCTP_INIT:
		return SIGNAL_OPENS;
	case SCTP_ABORT:
	case SCTP_SHUTDOWN:
	case SCTP_SHUTDOWN_ACK:
	case SCTP_SHUTDOWN_COMPLETE:
		return SIGNAL_CLOSES;
	default:
		return SIGNAL_GOES_ON;
	}
}

/* Addresses that nothing answers from. */
static __always_inline bool goes_to_many(const struct pkt *pkt)
{
	if (pkt->family == 6)
		return pkt->destination_high >> 56 == 0xff;
	return pkt->destination_low >> 28 == 0xe || pkt->destination_low == 0xffffffff;
}

static __always_inline enum signal signal_of(const struct pkt *pkt)
{
	if (pkt->protocol == PROTO_TCP)
		return tcp_signal(pkt);
	if (goes_to_many(pkt))
		return SIGNAL_NONE;
	if (pkt->protocol == PROTO_SCTP)
		return sctp_signal(pkt);
	if (!is_control_protocol(pkt))
		return SIGNAL_DATAGRAM;
	if (pkt->family == 4 && pkt->protocol == PROTO_ICMP)
		return pkt->icmp_type == ICMP_ECHO_REQUEST ? SIGNAL_ASKS : SIGNAL_NONE;
	return pkt->protocol == PROTO_ICMPV6 && pkt->icmp_type == ICMPV6_ECHO_REQUEST ? SIGNAL_ASKS
										      : SIGNAL_NONE;
}

/* What a rule says of the answers: the packet's own port as theirs, its destination as source. */
static __always_inline enum action action_on_answers(tables_handle tables, __u32 nic,
						     const struct pkt *pkt)
{
	const struct slot *slot = tables_slot(tables);
	const struct pkt answer = {
		.family = pkt->family,
		.protocol = pkt->protocol,
		.port_table = pkt->port_table,
		.destination_port = pkt->source_port,
		.source_port = pkt->destination_port,
		.source_high = pkt->destination_high,
		.source_low = pkt->destination_low,
	};

	return slot ? rule_match(tables, slot, nic, &answer).action : ACTION_NONE;
}

#ifdef __bpf__
/* Numbers of linux/tcp_states.h, which datagram sockets use too. */
enum {
	SOCKET_STATE_ESTABLISHED = 1,
	SOCKET_STATE_FIN_WAIT1 = 4,
	SOCKET_STATE_FIN_WAIT2 = 5,
};

/* Whether it is sent from a socket that is connected to its peer. The socket of a packet inside of
 * a tunnel is still there on the outer one: so protocol and port must be those of the packet. */
static __always_inline bool is_from_connected_socket(departure *skb, const struct pkt *pkt)
{
	struct bpf_sock *socket = skb->sk;

	if (!socket)
		return false; /* forwarded, or the stack's own */
	socket = bpf_sk_fullsock(socket);
	return socket && socket->state == SOCKET_STATE_ESTABLISHED &&
	       socket->protocol == pkt->protocol &&
	       (pkt->port_table == PORT_TABLE_COUNT || socket->src_port == pkt->source_port);
}

/* Whether the sender of a connection that it has closed on its side still waits for data. An answer
 * of the stack to whatever arrives does not count: it must not prolong a flow. */
static __always_inline bool still_receives(departure *skb)
{
	struct bpf_sock *socket = skb->sk;

	if (!socket)
		return true; /* forwarded: the machine behind this host knows */
	socket = bpf_sk_fullsock(socket);
	return socket &&
	       (socket->state == SOCKET_STATE_FIN_WAIT1 || socket->state == SOCKET_STATE_FIN_WAIT2);
}

static __always_inline struct cpu_counters *own_counters(void)
{
	__u32 cpu = bpf_get_smp_processor_id();

	return bpf_map_lookup_elem(&counters, &cpu);
}

enum { BPF_NOEXIST = 1, EEXIST = 17 };

static __always_inline void flow_enter(departure *skb, const struct flow_key *key,
				       const struct flow *flow)
{
	struct cpu_counters *mine = own_counters();
	__u32 table = key->protocol == PROTO_TCP   ? PORT_TABLE_TCP
		      : key->protocol == PROTO_UDP ? PORT_TABLE_UDP
						   : PORT_TABLE_COUNT;
	__u8 *had = flow_port(table, key->local_port);
	long code;

	(void)skb;
	/* First: who finds the flow must not be told that there is none. */
	if (had && !*had)
		*had = 1;
	code = bpf_map_update_elem(&flows, key, flow, BPF_NOEXIST);
	if (!mine)
		return;
	if (!code)
		mine->flows_learnt++;
	else if (code != -EEXIST)
		mine->flows_failed++;
}
#else
static __always_inline bool is_from_connected_socket(departure *packet, const struct pkt *pkt)
{
	(void)pkt;
	return packet->from_connected_socket;
}

static __always_inline bool still_receives(departure *packet)
{
	(void)packet;
	return true;
}

static __always_inline void flow_enter(departure *packet, const struct flow_key *key,
				       const struct flow *flow)
{
	packet->enter(packet->tables, key, flow);
}
#endif

static __always_inline bool is_over(const struct flow *flow, __u64 now)
{
	return now >= flow->until;
}

static __always_inline void prolong(departure *packet, struct flow *flow, __u32 seconds)
{
	__u64 now = DEPARTURE_NOW(packet);

	flow->until = now + (__u64)seconds * DEPARTURE_HZ(packet);
	flow->refreshed = now;
}

static __always_inline bool is_due(departure *packet, const struct flow *flow)
{
	return DEPARTURE_NOW(packet) - flow->refreshed >=
	       (__u64)FLOW_REFRESH_SECONDS * DEPARTURE_HZ(packet);
}

/* A flow that begins, or begins anew. */
static __always_inline void flow_begin(departure *packet, struct flow *flow,
				       const struct flow_key *key, const struct flow *new)
{
	if (flow)
		*flow = *new;
	else
		flow_enter(packet, key, new);
}

static __always_inline void learn_open(departure *packet, struct flow *flow,
				       const struct flow_key *key, __u64 now)
{
	struct flow new = {.created = now, .state = FLOW_OPENING, .beats_deny = 1};

	/* The SYN is sent again. */
	if (flow && !is_over(flow, now) && flow->state == FLOW_OPENING)
		new.created = flow->created;
	prolong(packet, &new, FLOW_OPENING_SECONDS);
	flow_begin(packet, flow, key, &new);
}

static __always_inline void learn_go_on(departure *packet, struct flow *flow)
{
	if (flow->state == FLOW_OPENING) {
		flow->state = FLOW_OPEN;
		prolong(packet, flow, FLOW_OPEN_SECONDS);
	} else if (!is_due(packet, flow)) {
		return;
	} else if (flow->state == FLOW_OPEN) {
		prolong(packet, flow, FLOW_OPEN_SECONDS);
	} else if (still_receives(packet)) {
		prolong(packet, flow, FLOW_CLOSING_SECONDS);
	}
}

/* Never prolongs: the stack resets what arrives for a socket that is no more. */
static __always_inline void learn_close(departure *packet, struct flow *flow, __u64 now)
{
	__u64 until = now + (__u64)FLOW_CLOSING_SECONDS * DEPARTURE_HZ(packet);

	if (flow->until > until)
		flow->until = until;
	flow->state = FLOW_CLOSING;
}

static __always_inline void learn_datagram(departure *packet, struct flow *flow,
					   const struct flow_key *key, __u64 now, __u32 seconds,
					   bool opened_here)
{
	struct flow new = {.created = now, .state = FLOW_OPEN, .beats_deny = opened_here};

	if (!flow || is_over(flow, now)) {
		prolong(packet, &new, seconds);
		flow_begin(packet, flow, key, &new);
		return;
	}
	if (opened_here && !flow->beats_deny) {
		flow->beats_deny = 1;
		flow->origin = FLOW_SEEN;
	}
	if (is_due(packet, flow))
		prolong(packet, flow, seconds);
}

static __always_inline void flow_key_of_departure(const struct pkt *pkt, struct flow_key *key)
{
	*key = (struct flow_key){
		.local = flow_address(pkt->family, pkt->source_high, pkt->source_low),
		.remote = flow_address(pkt->family, pkt->destination_high, pkt->destination_low),
		.local_port = pkt->source_port + pkt->echo_id,
		.remote_port = pkt->destination_port,
		.protocol = pkt->protocol,
	};
}

/* Whether the packet is this host's own, or came in through a NIC that is not attached. Without
 * this, outsiders could open flows through a router. */
static __always_inline bool is_from_inside(departure *packet)
{
	__u32 ifindex = packet->ingress_ifindex;
	const struct control *head;

	if (!ifindex)
		return true;
	head = tables_control(DEPARTURE_ANY_TABLES(packet));
	if (!head || head->outside[0] == OUTSIDE_ALL)
		return false;
	for (int i = 0; i < OUTSIDE_MAX && head->outside[i]; i++)
		if (head->outside[i] == ifindex)
			return false;
	return true;
}

/* What a packet that leaves does to the flow table. A later fragment does nothing: it has no
 * ports. */
static __always_inline void learn(departure *packet, __u32 nic, const struct pkt *pkt)
{
	bool connected = false;
	struct flow_key key;
	enum signal signal;
	struct flow *flow;
	__u64 now;

	if (pkt->fragment == FRAGMENT_LATER || !is_from_inside(packet))
		return;
	signal = signal_of(pkt);
	if (signal == SIGNAL_NONE || is_from_mapped_address(pkt))
		return;
	if (signal == SIGNAL_DATAGRAM) {
		enum action action = action_on_answers(DEPARTURE_TABLES(packet), nic, pkt);

		/* What a rule allows is open anyway; and a server must not reopen by its own
		 * packets what a rule denies: only whoever chose its peer may. */
		if (action == ACTION_ALLOW)
			return;
		connected = is_from_connected_socket(packet, pkt);
		if (action != ACTION_NONE && !connected)
			return;
	}
	flow_key_of_departure(pkt, &key);
	flow = flow_find(DEPARTURE_ANY_TABLES(packet), &key);
	now = DEPARTURE_NOW(packet);
	if (signal == SIGNAL_OPENS)
		learn_open(packet, flow, &key, now);
	else if (signal == SIGNAL_DATAGRAM)
		learn_datagram(packet, flow, &key, now, FLOW_DATAGRAM_SECONDS, connected);
	else if (signal == SIGNAL_ASKS)
		learn_datagram(packet, flow, &key, now, FLOW_ECHO_SECONDS, true);
	else if (flow && !is_over(flow, now) && signal == SIGNAL_CLOSES)
		learn_close(packet, flow, now);
	else if (flow && !is_over(flow, now))
		learn_go_on(packet, flow);
}

#endif
