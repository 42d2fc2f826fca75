/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Enters the connections that exist into the flow table. Conntrack knows who opened a connection,
 * and those of machines behind this host; the sockets are asked for the rest, and for how far a
 * connection is.
 */
#include "flows.h"

#include <bpf/bpf.h>
#include <errno.h>
#include <linux/netfilter/nf_conntrack_tcp.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

#include "flow_index.h"
#include "host/conntrack.h"
#include "host/network.h"
#include "host/sockets.h"

#define ATTEMPTS 3 /* to enter a flow while egress programs enter and evict others */

struct seeding {
	struct instance *instance;
	__u64 now;
	const unsigned *attached;
	size_t attached_count;
	struct network network;
	struct connection_list connections;
	struct socket_list listening, connected;
	/* The connections that this host takes part in, by its and the other end as its sockets
	 * have them: index * 2, + 1 where the other end opened it. */
	struct flow_index own;
	/* What was found out before: whether an address is behind this host, whether something
	 * listens for an end. */
	struct flow_index behind, listened;
	struct flow_index addresses; /* this host's own: `network` finds them one by one */
	/* What will be entered, each flow once. */
	struct flow_entry *flows;
	size_t flow_count;
	struct flow_index numbers;
};

static void seeding_free(struct seeding *seeding)
{
	network_free(&seeding->network);
	connection_list_free(&seeding->connections);
	socket_list_free(&seeding->listening);
	socket_list_free(&seeding->connected);
	flow_index_free(&seeding->own);
	flow_index_free(&seeding->behind);
	flow_index_free(&seeding->listened);
	flow_index_free(&seeding->addresses);
	flow_index_free(&seeding->numbers);
	free(seeding->flows);
}
#define _cleanup_seeding_ __attribute__((cleanup(seeding_free)))

static struct flow_key make_key(__u8 protocol, const struct endpoint *local,
				const struct endpoint *remote)
{
	bool echo = protocol == IPPROTO_ICMP || protocol == IPPROTO_ICMPV6;

	return (struct flow_key){
		.local = flows_address(local),
		.remote = flows_address(remote),
		.local_port = local->port,
		.remote_port = echo ? 0 : remote->port,
		.protocol = protocol,
	};
}

/* Answers arrive as the reply tuple says: with the addresses that NAT has put there. */
static struct flow_key connection_key(const struct connection *connection)
{
	return make_key(connection->protocol, &connection->reply.destination,
			&connection->reply.source);
}

/* --- States -------------------------------------------------------------------------------- */

/* How a flow begins; 0 seconds: it is none. */
struct stage {
	__u8 state; /* enum flow_state */
	__u32 seconds;
};
static const struct stage opening = {FLOW_OPENING, FLOW_OPENING_SECONDS};
static const struct stage open_stream = {FLOW_OPEN, FLOW_OPEN_SECONDS};
static const struct stage closing = {FLOW_CLOSING, FLOW_CLOSING_SECONDS};
static const struct stage datagram = {FLOW_OPEN, FLOW_DATAGRAM_SECONDS};
static const struct stage echo_request = {FLOW_OPEN, FLOW_ECHO_SECONDS};
static const struct stage none = {0, 0};

/* Once one side has sent a FIN, conntrack does not tell which. */
static struct stage tracked_tcp_stage(__u8 tcp_state)
{
	switch (tcp_state) {
	case TCP_CONNTRACK_SYN_SENT:
	case TCP_CONNTRACK_SYN_SENT2:
	case TCP_CONNTRACK_SYN_RECV:
		return opening;
	case TCP_CONNTRACK_ESTABLISHED:
		return open_stream;
	case TCP_CONNTRACK_FIN_WAIT:
	case TCP_CONNTRACK_CLOSE_WAIT:
	case TCP_CONNTRACK_LAST_ACK:
		return closing;
	default:
		return none;
	}
}

static struct stage connection_stage(const struct connection *connection)
{
	switch (connection->protocol) {
	case IPPROTO_TCP:
		return tracked_tcp_stage(connection->tcp_state);
	case IPPROTO_SCTP:
		return connection->replied ? open_stream : opening;
	case IPPROTO_ICMP:
	case IPPROTO_ICMPV6:
		return connection->reply.source.port ? echo_request : none;
	default:
		return datagram;
	}
}

/* A socket in CLOSE_WAIT may go on sending: only the other side has closed. */
static struct stage socket_stage(const struct socket_info *socket)
{
	bool connected = socket->state == SOCKET_ESTABLISHED;

	if (socket->protocol == IPPROTO_UDP)
		return connected ? datagram : none;
	switch (socket->state) {
	case SOCKET_SYN_SENT:
		return opening;
	case SOCKET_ESTABLISHED:
	case SOCKET_CLOSE_WAIT:
		return open_stream;
	case SOCKET_FIN_WAIT1:
	case SOCKET_FIN_WAIT2:
	case SOCKET_CLOSING:
	case SOCKET_LAST_ACK:
		return closing;
	default:
		return none;
	}
}

/* --- What is there ------------------------------------------------------------------------- */

static int read_kernel(struct seeding *seeding, struct error *error)
{
	int code = network_read(&seeding->network, error);

	if (!code)
		code = conntrack_list(&seeding->connections, error);
	if (!code)
		code = sockets_list(SOCKETS_CONNECTED, &seeding->connected, error);
	if (!code)
		code = sockets_list(SOCKETS_LISTENING, &seeding->listening, error);
	return code;
}

/* Multicast and broadcast: nothing answers from there. */
static bool goes_to_many(const struct flow_key *key)
{
	const struct address6 *remote = &key->remote;

	if (!remote->high && remote->low >> 32 == BLOCK_KEY4_LOW >> 32)
		return (__u32)remote->low >> 28 == 0xe || (__u32)remote->low == 0xffffffff;
	return remote->high >> 56 == 0xff;
}

/* Sockets come last: what they say of a flow's state holds. */
static void want(struct seeding *seeding, const struct flow_key *key, struct stage stage)
{
	bool added;
	const size_t *number;

	if (goes_to_many(key))
		return;
	number = flow_index_add(&seeding->numbers, key, seeding->flow_count, &added);
	if (!number)
		return;
	seeding->flow_count += added;
	seeding->flows[*number] = (struct flow_entry){
		.key = *key,
		.flow = {.until = seeding->now +
				  (__u64)stage.seconds * seeding->instance->control->hz,
			 .refreshed = seeding->now,
			 .created = seeding->now,
			 .state = stage.state,
			 .origin = FLOW_SEEDED},
	};
}

static struct flow_key address_key(const struct endpoint *end)
{
	return (struct flow_key){.local = flows_address(end)};
}

static bool is_local(const struct seeding *seeding, const struct endpoint *end)
{
	const struct flow_key key = address_key(end);

	return endpoint_is_loopback(end) || flow_index_find(&seeding->addresses, &key);
}

static bool route_leads_inside(const struct seeding *seeding, const struct endpoint *end)
{
	unsigned ifindex;

	if (network_route(end, NULL, &ifindex))
		return false;
	for (size_t i = 0; i < seeding->attached_count; i++) {
		if (network_carries(&seeding->network, seeding->attached[i], ifindex))
			return false;
	}
	return true;
}

/* Whether the way to it leads through none of the attached NICs. Asked once for each address. */
static bool is_behind(struct seeding *seeding, const struct endpoint *end)
{
	const struct flow_key key = address_key(end);
	bool added;
	size_t *behind = flow_index_add(&seeding->behind, &key, 0, &added);

	if (behind && added)
		*behind = route_leads_inside(seeding, end);
	return behind && *behind;
}

/* Whether it goes from this host, or by way of its address from a machine behind it, to another. */
static bool is_outgoing(struct seeding *seeding, const struct connection *connection)
{
	const struct conntrack_tuple *original = &connection->original;
	const struct conntrack_tuple *reply = &connection->reply;

	if (is_local(seeding, &original->destination) || is_local(seeding, &reply->source))
		return false;
	if (is_local(seeding, &original->source))
		return !connection->joined;
	return is_local(seeding, &reply->destination) && is_behind(seeding, &original->source);
}

static int prepare(struct seeding *seeding)
{
	size_t connections = seeding->connections.count, sockets = seeding->connected.count;
	const struct network *network = &seeding->network;

	seeding->flows = calloc(connections + sockets + 1, sizeof(*seeding->flows));
	if (!seeding->flows || flow_index_make(&seeding->numbers, connections + sockets) ||
	    flow_index_make(&seeding->own, connections) ||
	    flow_index_make(&seeding->behind, connections) ||
	    flow_index_make(&seeding->listened, sockets) ||
	    flow_index_make(&seeding->addresses, network->address_count))
		return -ENOMEM;
	for (size_t i = 0; i < network->address_count; i++) {
		const struct flow_key key = address_key(&network->addresses[i].address);

		flow_index_add(&seeding->addresses, &key, i, NULL);
	}
	return 0;
}

/* --- Connections and sockets --------------------------------------------------------------- */

/* The ends of a connection as a socket of this host has them, to find its direction by. */
static void note_ends(struct seeding *seeding, size_t index)
{
	const struct connection *connection = &seeding->connections.connections[index];
	const struct conntrack_tuple *original = &connection->original;
	const struct conntrack_tuple *reply = &connection->reply;
	struct flow_key opener =
		make_key(connection->protocol, &original->source, &original->destination);
	struct flow_key opened =
		make_key(connection->protocol, &reply->source, &reply->destination);

	if (connection->joined)
		return;
	if (is_local(seeding, &original->source))
		flow_index_add(&seeding->own, &opener, index * 2, NULL);
	else if (is_local(seeding, &reply->source))
		flow_index_add(&seeding->own, &opened, index * 2 + 1, NULL);
}

static void take_connections(struct seeding *seeding)
{
	for (size_t i = 0; i < seeding->connections.count; i++) {
		const struct connection *connection = &seeding->connections.connections[i];
		struct stage stage = connection_stage(connection);
		struct flow_key key = connection_key(connection);

		note_ends(seeding, i);
		if (stage.seconds && is_outgoing(seeding, connection))
			want(seeding, &key, stage);
	}
}

/* Whether something listens where the socket is: then it was opened from the other end. */
static bool is_listened(struct seeding *seeding, const struct socket_info *socket)
{
	const struct flow_key key = {.local = flows_address(&socket->local),
				     .local_port = socket->local.port,
				     .protocol = socket->protocol};
	bool added;
	size_t *listened = flow_index_add(&seeding->listened, &key, 0, &added);

	if (listened && added)
		*listened = sockets_listener(&seeding->listening, socket->protocol,
					     &socket->local) != NULL;
	return listened && *listened;
}

static bool is_elsewhere(const struct seeding *seeding, const struct socket_info *socket)
{
	return !endpoint_is_any(&socket->remote) && !endpoint_is_any(&socket->local) &&
	       !endpoint_is_loopback(&socket->local) && !is_local(seeding, &socket->remote);
}

static void take_socket(struct seeding *seeding, const struct socket_info *socket)
{
	struct stage stage = socket_stage(socket);
	struct flow_key key = make_key(socket->protocol, &socket->local, &socket->remote);
	bool sure = stage.state == FLOW_OPENING;
	const size_t *known;

	if (!stage.seconds || socket->raw || !is_elsewhere(seeding, socket))
		return;
	known = flow_index_find(&seeding->own, &key);
	if (known && *known % 2 == 0)
		key = connection_key(&seeding->connections.connections[*known / 2]);
	else if (!sure && (known || is_listened(seeding, socket)))
		return;
	want(seeding, &key, stage);
}

/* --- The table ----------------------------------------------------------------------------- */

/* Makes *flow what replaces an entry that is there. False: the entry stays as it is, since egress
 * has seen the flow, or it would not last much longer. */
static bool renew(const struct seeding *seeding, const struct flow *there, struct flow *flow)
{
	__u64 gain = (__u64)FLOW_REFRESH_SECONDS * seeding->instance->control->hz;

	if (there->until <= seeding->now)
		return true;
	if (there->origin == FLOW_SEEN || flow->until < there->until + gain)
		return false;
	flow->created = there->created;
	flow->beats_deny = there->beats_deny;
	return true;
}

/* Looks before it writes: in a full table also a write that fails has another flow evicted. */
static int enter(const struct seeding *seeding, const struct flow_entry *entry, bool *added,
		 bool *written)
{
	int fd = seeding->instance->fds[MAP_FLOWS];

	*added = *written = false;
	for (unsigned i = 0; i < ATTEMPTS; i++) {
		struct flow there, flow = entry->flow;
		bool found = bpf_map_lookup_elem(fd, &entry->key, &there) == 0;
		int code;

		if (found && !renew(seeding, &there, &flow))
			return 0;
		flows_note_port(seeding->instance->control, &entry->key);
		code = bpf_map_update_elem(fd, &entry->key, &flow, found ? BPF_EXIST : BPF_NOEXIST);
		*written = !code;
		*added = !code && !found;
		/* An egress program entered or evicted it meanwhile. */
		if (code != -EEXIST && code != -ENOENT)
			return code;
	}
	return 0;
}

static int enter_all(const struct seeding *seeding, size_t *seeded, struct error *error)
{
	size_t added_count = 0, written_count = 0;
	int code = 0;

	for (size_t i = 0; i < seeding->flow_count && !code; i++) {
		bool added, written;

		code = enter(seeding, &seeding->flows[i], &added, &written);
		added_count += added;
		written_count += written;
	}
	__atomic_fetch_add(&seeding->instance->control->flows_seeded, added_count,
			   __ATOMIC_RELAXED);
	if (code)
		return error_set(error, code, "cannot enter a connection into the flow table: %s",
				 strerror(-code));
	if (seeded)
		*seeded = written_count;
	return 0;
}

int flows_seed(struct instance *instance, __u64 now, const unsigned *attached,
	       size_t attached_count, size_t *seeded, struct error *error)
{
	_cleanup_seeding_ struct seeding seeding = {
		.instance = instance,
		.now = now,
		.attached = attached,
		.attached_count = attached_count,
	};
	int code = read_kernel(&seeding, error);

	if (code)
		return code;
	if (prepare(&seeding))
		return error_set(error, -ENOMEM, "out of memory");
	take_connections(&seeding);
	for (size_t i = 0; i < seeding.connected.count; i++)
		take_socket(&seeding, &seeding.connected.sockets[i]);
	return enter_all(&seeding, seeded, error);
}
