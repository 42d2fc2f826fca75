/* SPDX-License-Identifier: GPL-2.0-only */
/* Which of the connections that exist are entered into the flow table, and how. */
#include "hosts.h"

#include <arpa/inet.h>
#include <bpf/bpf.h>
#include <errno.h>
#include <net/if.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "kernel/flows.h"

enum { NOW = 5000000, HZ = 250 };

/* A guarded host between two others. The test's process lives on the host. */
struct bed {
	struct hosts hosts;
	struct instance instance;
	unsigned attached[2];
	size_t attached_count;
};

/* --- The guarded host ---------------------------------------------------------------------- */

#define on_host(bed, script) run_at((bed)->hosts.host, script)

static int make_table(struct bed *bed, unsigned entries)
{
	bed->instance = (struct instance)INSTANCE_INIT;
	bed->instance.control = calloc(1, sizeof(*bed->instance.control));
	bed->instance.fds[MAP_FLOWS] =
		bpf_map_create(BPF_MAP_TYPE_LRU_HASH, "flows", sizeof(struct flow_key),
			       sizeof(struct flow), entries, NULL);
	if (!bed->instance.control || bed->instance.fds[MAP_FLOWS] < 0)
		return -1;
	bed->instance.control->hz = HZ;
	return 0;
}

static int teardown(void **state)
{
	struct bed *bed = *state;

	if (!bed)
		return 0;
	hosts_free(&bed->hosts);
	if (bed->instance.fds[MAP_FLOWS] >= 0)
		close(bed->instance.fds[MAP_FLOWS]);
	free(bed->instance.control);
	free(bed);
	return 0;
}

static int setup(void **state)
{
	struct bed *bed = calloc(1, sizeof(*bed));
	int code = bed ? hosts_make(&bed->hosts) : -ENOMEM;

	if (code) {
		free(bed);
		return code == -EPERM ? 0 : -1;
	}
	*state = bed;
	if (make_table(bed, 1024)) {
		teardown(state);
		return -1;
	}
	bed->attached[0] = if_nametoindex("eth0");
	bed->attached_count = 1;
	return 0;
}

static struct bed *guarded_host(void **state)
{
	if (!*state)
		skip_because("needs root");
	return *state;
}

static struct bed *tracking_host(void **state)
{
	struct bed *bed = guarded_host(state);

	track(&bed->hosts);
	return bed;
}

/* --- Sockets ------------------------------------------------------------------------------- */

/* Connects from the host to a listener of the peer; returns the host's socket. */
static int open_outgoing(struct bed *bed, const char *local, unsigned local_port,
			 const char *remote, unsigned port)
{
	listen_at(bed->hosts.peer, remote, port);
	int fd = socket_at(bed->hosts.host, SOCK_STREAM, local, local_port);
	connect_to(fd, remote, port);
	return fd;
}

/* Connects from the peer to a listener of the host at the wildcard address; returns the listener.
 */
static int open_inbound(struct bed *bed, const char *any, const char *local, const char *remote,
			unsigned port)
{
	int listener = listen_at(bed->hosts.host, any, port);
	int fd = socket_at(bed->hosts.peer, SOCK_STREAM, remote, 0);

	connect_to(fd, local, port);
	accept_from(listener);
	return listener;
}

/* --- The table ----------------------------------------------------------------------------- */

static struct flow_key key_of(int protocol, const char *local, unsigned local_port,
			      const char *remote, unsigned remote_port)
{
	struct endpoint here = end_of(local, 0), there = end_of(remote, 0);

	return (struct flow_key){
		.local = flows_address(&here),
		.remote = flows_address(&there),
		.local_port = (__u16)local_port,
		.remote_port = (__u16)remote_port,
		.protocol = (__u8)protocol,
	};
}

static size_t seed_at(struct bed *bed, __u64 now)
{
	struct error error = {""};
	size_t seeded = 0;

	if (flows_seed(&bed->instance, now, bed->attached, bed->attached_count, &seeded, &error))
		fail_msg("flows_seed: %s", error.text);
	return seeded;
}
#define seed(bed) seed_at(bed, NOW)

static size_t entry_count(const struct bed *bed)
{
	_cleanup_flow_list_ struct flow_list list = {NULL, 0};

	assert_int_equal(flows_read(&bed->instance, &list, NULL), 0);
	return list.count;
}

static void put_flow(const struct bed *bed, const struct flow_key *key, const struct flow *flow)
{
	int fd = bed->instance.fds[MAP_FLOWS];

	assert_int_equal(bpf_map_update_elem(fd, key, flow, BPF_ANY), 0);
}

static struct flow get_flow(const struct bed *bed, const struct flow_key *key)
{
	struct flow flow;

	if (bpf_map_lookup_elem(bed->instance.fds[MAP_FLOWS], key, &flow))
		fail_msg("the flow from port %u to port %u is not in the table", key->local_port,
			 key->remote_port);
	return flow;
}

/* The flow was entered now, and lasts so long. */
static void assert_new(const struct bed *bed, const struct flow_key *key,
		       enum flow_state flow_state, unsigned seconds)
{
	struct flow flow = get_flow(bed, key);

	assert_int_equal(flow.state, flow_state);
	assert_int_equal(flow.origin, FLOW_SEEDED);
	assert_int_equal(flow.beats_deny, 0);
	assert_int_equal(flow.created, NOW);
	assert_int_equal(flow.refreshed, NOW);
	assert_int_equal(flow.until, NOW + (__u64)seconds * HZ);
}

static void assert_not_there(const struct bed *bed, const struct flow_key *key)
{
	struct flow flow;

	assert_int_equal(bpf_map_lookup_elem(bed->instance.fds[MAP_FLOWS], key, &flow), -ENOENT);
}

static void assert_equal_flows(const struct flow *a, const struct flow *b)
{
	assert_memory_equal(a, b, sizeof(*a));
}

/* --- Own connections ----------------------------------------------------------------------- */

static void outgoing_tcp_is_seeded_over_ipv4_and_ipv6(void **state)
{
	struct bed *bed = guarded_host(state);
	unsigned port4 = port_of(open_outgoing(bed, HOST, 0, PEER, 443));
	unsigned port6 = port_of(open_outgoing(bed, HOST6, 0, PEER6, 443));
	struct flow_key key4 = key_of(IPPROTO_TCP, HOST, port4, PEER, 443);
	struct flow_key key6 = key_of(IPPROTO_TCP, HOST6, port6, PEER6, 443);

	assert_int_equal(seed(bed), 2);
	assert_new(bed, &key4, FLOW_OPEN, FLOW_OPEN_SECONDS);
	assert_new(bed, &key6, FLOW_OPEN, FLOW_OPEN_SECONDS);
	assert_int_equal(bed->instance.control->flows_seeded, 2);
}

static void outgoing_tcp_from_a_dual_socket_is_seeded_as_ipv4(void **state)
{
	struct bed *bed = guarded_host(state);

	listen_at(bed->hosts.peer, PEER, 443);
	int fd = socket_at(bed->hosts.host, SOCK_STREAM, "::", 0);
	connect_to(fd, "::ffff:" PEER, 443);
	struct flow_key key = key_of(IPPROTO_TCP, HOST, port_of(fd), PEER, 443);
	assert_int_equal(seed(bed), 1);
	assert_new(bed, &key, FLOW_OPEN, FLOW_OPEN_SECONDS);
}

static void inbound_tcp_is_not_seeded(void **state)
{
	struct bed *bed = guarded_host(state);

	open_inbound(bed, "0.0.0.0", HOST, PEER, 22);
	open_inbound(bed, HOST6, HOST6, PEER6, 22);
	open_inbound(bed, "::", HOST, PEER, 80); /* a dual listener */
	assert_int_equal(seed(bed), 0);
	assert_int_equal(entry_count(bed), 0);
	assert_int_equal(bed->instance.control->flows_seeded, 0);
}

static void conntrack_knows_an_inbound_connection_whose_listener_is_gone(void **state)
{
	struct bed *bed = tracking_host(state);
	int listener = open_inbound(bed, "0.0.0.0", HOST, PEER, 9000);

	assert_int_equal(shutdown(listener, SHUT_RDWR), 0);
	assert_int_equal(seed(bed), 0);
	assert_int_equal(entry_count(bed), 0);
}

static void conntrack_knows_an_outgoing_connection_from_a_port_with_a_listener(void **state)
{
	struct bed *bed = tracking_host(state);
	struct flow_key key = key_of(IPPROTO_TCP, HOST, 9000, PEER, 443);

	open_outgoing(bed, HOST, 9000, PEER, 443);
	listen_at(bed->hosts.host, "0.0.0.0", 9000);
	assert_int_equal(seed(bed), 1);
	assert_new(bed, &key, FLOW_OPEN, FLOW_OPEN_SECONDS);
}

/* Conntrack takes whoever sends the first packet that it sees for the side that opened it. */
static void connections_that_are_older_than_conntrack_are_judged_by_listeners(void **state)
{
	struct bed *bed = guarded_host(state);
	int peer_listener = listen_at(bed->hosts.peer, PEER, 443);
	int own_listener = listen_at(bed->hosts.host, HOST, 22);
	int outgoing = socket_at(bed->hosts.host, SOCK_STREAM, HOST, 0);
	int inbound = socket_at(bed->hosts.peer, SOCK_STREAM, PEER, 0);
	struct flow_key key = key_of(IPPROTO_TCP, HOST, port_of(outgoing), PEER, 443);
	char byte;

	connect_to(outgoing, PEER, 443);
	int peers_end = accept_from(peer_listener);
	connect_to(inbound, HOST, 22);
	int own_end = accept_from(own_listener);
	tracking_host(state);
	assert_int_equal(send(peers_end, "x", 1, 0), 1);
	assert_int_equal(recv(outgoing, &byte, 1, 0), 1);
	assert_int_equal(send(own_end, "x", 1, 0), 1);
	assert_int_equal(recv(inbound, &byte, 1, 0), 1);
	assert_int_equal(seed(bed), 1);
	assert_new(bed, &key, FLOW_OPEN, FLOW_OPEN_SECONDS);
}

static void without_conntrack_a_listener_on_the_port_means_inbound(void **state)
{
	struct bed *bed = guarded_host(state);

	open_outgoing(bed, HOST, 9000, PEER, 443);
	listen_at(bed->hosts.host, "0.0.0.0", 9000);
	assert_int_equal(seed(bed), 0);
}

static void a_listener_on_another_address_or_protocol_does_not_matter(void **state)
{
	struct bed *bed = guarded_host(state);
	struct flow_key key = key_of(IPPROTO_TCP, HOST, 9000, PEER, 443);

	open_outgoing(bed, HOST, 9000, PEER, 443);
	listen_at(bed->hosts.host, INNER, 9000);
	listen_at(bed->hosts.host, HOST6, 9000);
	socket_at(bed->hosts.host, SOCK_DGRAM, "0.0.0.0", 9000);
	assert_int_equal(seed(bed), 1);
	assert_new(bed, &key, FLOW_OPEN, FLOW_OPEN_SECONDS);
}

static void a_connection_that_is_being_opened_is_seeded_as_opening(void **state)
{
	struct bed *bed = guarded_host(state);
	struct flow_key key = key_of(IPPROTO_TCP, HOST, 9000, NOBODY, 443);
	union address address = {0};
	socklen_t length = make_address(NOBODY, 443, &address);
	int fd = socket_at(bed->hosts.host, SOCK_STREAM | SOCK_NONBLOCK, HOST, 9000);

	listen_at(bed->hosts.host, "0.0.0.0", 9000); /* a SYN of this host's own says more */
	assert_int_equal(connect(fd, &address.any, length), -1);
	assert_int_equal(errno, EINPROGRESS);
	assert_int_equal(seed(bed), 1);
	assert_new(bed, &key, FLOW_OPENING, FLOW_OPENING_SECONDS);
}

static void a_connection_that_only_the_peer_has_closed_stays_open(void **state)
{
	struct bed *bed = tracking_host(state);
	int listener = listen_at(bed->hosts.peer, PEER, 443);
	int fd = socket_at(bed->hosts.host, SOCK_STREAM, HOST, 0);
	struct flow_key key;
	char byte;

	connect_to(fd, PEER, 443);
	assert_int_equal(shutdown(accept_from(listener), SHUT_WR), 0);
	assert_int_equal(recv(fd, &byte, 1, 0), 0);
	assert_int_equal(seed(bed), 1);
	key = key_of(IPPROTO_TCP, HOST, port_of(fd), PEER, 443);
	assert_new(bed, &key, FLOW_OPEN, FLOW_OPEN_SECONDS);
}

static void a_connection_that_the_host_has_closed_is_closing(void **state)
{
	struct bed *bed = guarded_host(state);
	int fd = open_outgoing(bed, HOST, 0, PEER, 443);
	struct flow_key key = key_of(IPPROTO_TCP, HOST, port_of(fd), PEER, 443);

	assert_int_equal(shutdown(fd, SHUT_WR), 0);
	assert_int_equal(seed(bed), 1);
	assert_new(bed, &key, FLOW_CLOSING, FLOW_CLOSING_SECONDS);
}

static void connections_of_the_host_to_itself_are_not_seeded(void **state)
{
	static const char *const own[] = {"127.0.0.1", HOST, HOST6, "::1"};
	struct bed *bed = tracking_host(state);

	for (size_t i = 0; i < sizeof(own) / sizeof(*own); i++) {
		listen_at(bed->hosts.host, own[i], 443);
		connect_to(socket_at(bed->hosts.host, SOCK_STREAM, own[i], 0), own[i], 443);
		connect_to(socket_at(bed->hosts.host, SOCK_DGRAM, own[i], 0), own[i], 53);
	}
	assert_int_equal(seed(bed), 0);
	assert_int_equal(entry_count(bed), 0);
}

/* --- Datagrams ----------------------------------------------------------------------------- */

static void connected_udp_is_seeded(void **state)
{
	struct bed *bed = guarded_host(state);
	int fd4 = socket_at(bed->hosts.host, SOCK_DGRAM, HOST, 0);
	int fd6 = socket_at(bed->hosts.host, SOCK_DGRAM, HOST6, 0);
	struct flow_key key4 = key_of(IPPROTO_UDP, HOST, port_of(fd4), PEER, 53);
	struct flow_key key6 = key_of(IPPROTO_UDP, HOST6, port_of(fd6), PEER6, 53);

	connect_to(fd4, PEER, 53);
	connect_to(fd6, PEER6, 53);
	assert_int_equal(seed(bed), 2);
	assert_new(bed, &key4, FLOW_OPEN, FLOW_DATAGRAM_SECONDS);
	assert_new(bed, &key6, FLOW_OPEN, FLOW_DATAGRAM_SECONDS);
}

static void udp_that_a_server_has_connected_is_not_seeded(void **state)
{
	struct bed *bed = guarded_host(state);

	socket_at(bed->hosts.host, SOCK_DGRAM, "0.0.0.0", 500);
	connect_to(socket_at(bed->hosts.host, SOCK_DGRAM, HOST, 500), PEER, 500);
	assert_int_equal(seed(bed), 0);
}

static void conntrack_knows_datagrams_of_sockets_without_a_peer(void **state)
{
	struct bed *bed = tracking_host(state);
	struct flow_key asked = key_of(IPPROTO_UDP, HOST, 4000, PEER, 53);
	int client = socket_at(bed->hosts.host, SOCK_DGRAM, "0.0.0.0", 4000);
	int server = socket_at(bed->hosts.host, SOCK_DGRAM, "0.0.0.0", 500);
	int remote = socket_at(bed->hosts.peer, SOCK_DGRAM, PEER, 600);
	char byte;

	send_datagram(client, PEER, 53);
	send_datagram(remote, HOST, 500);
	assert_int_equal(recv(server, &byte, 1, 0), 1);
	send_datagram(server, PEER, 600);
	on_host(bed, "ip route add 224.0.0.0/4 dev eth0");
	send_datagram(client, "224.0.0.251", 5353);
	assert_int_equal(seed(bed), 1);
	assert_new(bed, &asked, FLOW_OPEN, FLOW_DATAGRAM_SECONDS);
}

static void an_echo_request_is_seeded_by_its_identifier(void **state)
{
	struct bed *bed = tracking_host(state);
	_cleanup_flow_list_ struct flow_list list = {NULL, 0};

	if (run_script("command -v ping >/dev/null"))
		skip_because("needs ping");
	on_host(bed, "ping -q -c 1 -W 5 " PEER " >/dev/null");
	run_at(bed->hosts.peer, "ping -q -c 1 -W 5 " HOST " >/dev/null");
	assert_int_equal(seed(bed), 1);
	assert_int_equal(flows_read(&bed->instance, &list, NULL), 0);
	struct flow_key key = list.entries[0].key;
	struct flow_key wanted = key_of(IPPROTO_ICMP, HOST, key.local_port, PEER, 0);
	assert_memory_equal(&key, &wanted, sizeof(key));
	assert_true(key.local_port != 0);
	assert_new(bed, &key, FLOW_OPEN, FLOW_ECHO_SECONDS);
}

/* --- Forwarded connections ----------------------------------------------------------------- */

/* Connects from the guest to a listener of the peer; returns the port that the peer sees. */
static unsigned connect_guest(struct bed *bed, int listener)
{
	int fd = socket_at(bed->hosts.guest, SOCK_STREAM, GUEST, 4444);
	union address seen = {0};
	socklen_t length = sizeof(seen);

	connect_to(fd, PEER, 443);
	assert_int_equal(getpeername(accept_from(listener), &seen.any, &length), 0);
	return ntohs(seen.v4.sin_port);
}

static void a_masqueraded_guest_is_seeded_as_the_peer_sees_it(void **state)
{
	struct bed *bed = tracking_host(state);

	int listener = listen_at(bed->hosts.peer, PEER, 443);

	masquerade(&bed->hosts);
	/* Takes the guest's port, so that it gets another. */
	connect_to(socket_at(bed->hosts.host, SOCK_STREAM, HOST, 4444), PEER, 443);
	accept_from(listener);
	unsigned port = connect_guest(bed, listener);
	assert_true(port != 4444);
	struct flow_key own = key_of(IPPROTO_TCP, HOST, 4444, PEER, 443);
	struct flow_key guest = key_of(IPPROTO_TCP, HOST, port, PEER, 443);
	assert_int_equal(seed(bed), 2);
	assert_new(bed, &own, FLOW_OPEN, FLOW_OPEN_SECONDS);
	assert_new(bed, &guest, FLOW_OPEN, FLOW_OPEN_SECONDS);
}

static void what_is_forwarded_from_an_attached_nic_is_not_seeded(void **state)
{
	struct bed *bed = tracking_host(state);

	masquerade(&bed->hosts);
	bed->attached[bed->attached_count++] = if_nametoindex("eth1");
	connect_guest(bed, listen_at(bed->hosts.peer, PEER, 443));
	assert_int_equal(seed(bed), 0);
	assert_int_equal(entry_count(bed), 0);
}

static void what_is_forwarded_without_nat_is_not_seeded(void **state)
{
	struct bed *bed = tracking_host(state);

	connect_guest(bed, listen_at(bed->hosts.peer, PEER, 443));
	assert_int_equal(seed(bed), 0);
	assert_int_equal(entry_count(bed), 0);
}

static void a_published_port_is_not_seeded(void **state)
{
	struct bed *bed = tracking_host(state);

	masquerade(&bed->hosts);
	on_host(bed, "nft 'add chain ip nat pre { type nat hook prerouting priority dstnat; }; "
		     "add rule ip nat pre iifname eth0 tcp dport 8080 dnat to 10.99.0.2:80'");
	listen_at(bed->hosts.guest, GUEST, 80);
	connect_to(socket_at(bed->hosts.peer, SOCK_STREAM, PEER, 0), HOST, 8080);
	assert_int_equal(seed(bed), 0);
	assert_int_equal(entry_count(bed), 0);
}

static void an_own_connection_that_is_translated_is_seeded_once_as_the_peer_sees_it(void **state)
{
	struct bed *bed = tracking_host(state);
	struct flow_key key = key_of(IPPROTO_TCP, HOST, 7777, PEER, 443);

	on_host(bed,
		"nft 'add table ip nat; add chain ip nat post { type nat hook postrouting "
		"priority srcnat; }; add rule ip nat post tcp sport 4444 snat to " HOST ":7777'");
	open_outgoing(bed, HOST, 4444, PEER, 443);
	assert_int_equal(seed(bed), 1);
	assert_new(bed, &key, FLOW_OPEN, FLOW_OPEN_SECONDS);
}

/* --- Entries that are there ---------------------------------------------------------------- */

static void a_flow_that_was_seen_stays_untouched(void **state)
{
	struct bed *bed = guarded_host(state);
	struct flow_key key = key_of(IPPROTO_TCP, HOST, 4444, PEER, 443);
	const struct flow seen = {.until = NOW + 1,
				  .refreshed = NOW - 100,
				  .created = NOW - 200,
				  .state = FLOW_OPENING,
				  .origin = FLOW_SEEN,
				  .beats_deny = 1};
	struct flow found;

	put_flow(bed, &key, &seen);
	open_outgoing(bed, HOST, 4444, PEER, 443);
	assert_int_equal(seed(bed), 0);
	found = get_flow(bed, &key);
	assert_equal_flows(&found, &seen);
	assert_int_equal(bed->instance.control->flows_seeded, 0);
}

static void a_seeded_flow_is_prolonged_and_keeps_its_age(void **state)
{
	struct bed *bed = guarded_host(state);
	struct flow_key key = key_of(IPPROTO_TCP, HOST, 4444, PEER, 443);
	const __u64 later = NOW + 3600 * HZ;
	struct flow found;

	open_outgoing(bed, HOST, 4444, PEER, 443);
	assert_int_equal(seed(bed), 1);
	assert_int_equal(seed_at(bed, later), 1);
	found = get_flow(bed, &key);
	assert_int_equal(found.created, NOW);
	assert_int_equal(found.refreshed, later);
	assert_int_equal(found.until, later + (__u64)FLOW_OPEN_SECONDS * HZ);
	assert_int_equal(bed->instance.control->flows_seeded, 1);
}

static void a_seeded_flow_is_not_written_again_at_once(void **state)
{
	struct bed *bed = guarded_host(state);
	struct flow_key key = key_of(IPPROTO_TCP, HOST, 4444, PEER, 443);

	open_outgoing(bed, HOST, 4444, PEER, 443);
	assert_int_equal(seed(bed), 1);
	assert_int_equal(seed_at(bed, NOW + FLOW_REFRESH_SECONDS * HZ - 1), 0);
	assert_new(bed, &key, FLOW_OPEN, FLOW_OPEN_SECONDS);
}

static void a_flow_that_is_over_is_replaced(void **state)
{
	struct bed *bed = guarded_host(state);
	struct flow_key key = key_of(IPPROTO_TCP, HOST, 4444, PEER, 443);
	const struct flow over = {.until = NOW,
				  .refreshed = NOW - 100,
				  .created = NOW - 200,
				  .state = FLOW_CLOSING,
				  .origin = FLOW_SEEN,
				  .beats_deny = 1};

	put_flow(bed, &key, &over);
	open_outgoing(bed, HOST, 4444, PEER, 443);
	assert_int_equal(seed(bed), 1);
	assert_new(bed, &key, FLOW_OPEN, FLOW_OPEN_SECONDS);
	assert_int_equal(bed->instance.control->flows_seeded, 0); /* the entry was there */
}

static void a_full_table_makes_room(void **state)
{
	enum { CONNECTIONS = 40 };
	struct bed *bed = guarded_host(state);

	close(bed->instance.fds[MAP_FLOWS]);
	free(bed->instance.control);
	assert_int_equal(make_table(bed, FLOWS_MIN), 0);
	listen_at(bed->hosts.peer, PEER, 443);
	for (unsigned i = 0; i < CONNECTIONS; i++)
		connect_to(socket_at(bed->hosts.host, SOCK_STREAM, HOST, 0), PEER, 443);
	assert_int_equal(seed(bed), CONNECTIONS);
	assert_in_range(entry_count(bed), 1, FLOWS_MIN);
	assert_int_equal(bed->instance.control->flows_seeded, CONNECTIONS);
}

static void without_connections_nothing_is_seeded(void **state)
{
	struct bed *bed = guarded_host(state);
	struct flow_key key = key_of(IPPROTO_TCP, HOST, 4444, PEER, 443);

	assert_int_equal(seed(bed), 0);
	assert_int_equal(entry_count(bed), 0);
	assert_not_there(bed, &key);
}

#define BED_TEST(function) cmocka_unit_test_setup_teardown(function, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		BED_TEST(outgoing_tcp_is_seeded_over_ipv4_and_ipv6),
		BED_TEST(outgoing_tcp_from_a_dual_socket_is_seeded_as_ipv4),
		BED_TEST(inbound_tcp_is_not_seeded),
		BED_TEST(conntrack_knows_an_inbound_connection_whose_listener_is_gone),
		BED_TEST(conntrack_knows_an_outgoing_connection_from_a_port_with_a_listener),
		BED_TEST(connections_that_are_older_than_conntrack_are_judged_by_listeners),
		BED_TEST(without_conntrack_a_listener_on_the_port_means_inbound),
		BED_TEST(a_listener_on_another_address_or_protocol_does_not_matter),
		BED_TEST(a_connection_that_is_being_opened_is_seeded_as_opening),
		BED_TEST(a_connection_that_only_the_peer_has_closed_stays_open),
		BED_TEST(a_connection_that_the_host_has_closed_is_closing),
		BED_TEST(connections_of_the_host_to_itself_are_not_seeded),
		BED_TEST(connected_udp_is_seeded),
		BED_TEST(udp_that_a_server_has_connected_is_not_seeded),
		BED_TEST(conntrack_knows_datagrams_of_sockets_without_a_peer),
		BED_TEST(an_echo_request_is_seeded_by_its_identifier),
		BED_TEST(a_masqueraded_guest_is_seeded_as_the_peer_sees_it),
		BED_TEST(what_is_forwarded_from_an_attached_nic_is_not_seeded),
		BED_TEST(what_is_forwarded_without_nat_is_not_seeded),
		BED_TEST(a_published_port_is_not_seeded),
		BED_TEST(an_own_connection_that_is_translated_is_seeded_once_as_the_peer_sees_it),
		BED_TEST(a_flow_that_was_seen_stays_untouched),
		BED_TEST(a_seeded_flow_is_prolonged_and_keeps_its_age),
		BED_TEST(a_seeded_flow_is_not_written_again_at_once),
		BED_TEST(a_flow_that_is_over_is_replaced),
		BED_TEST(a_full_table_makes_room),
		BED_TEST(without_connections_nothing_is_seeded),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
