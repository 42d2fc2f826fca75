/* SPDX-License-Identifier: GPL-2.0-only */
/* The list of tracked connections. */
#include "hosts.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/netfilter/nf_conntrack_tcp.h>
#include <netinet/icmp6.h>
#include <netinet/ip_icmp.h>
#include <string.h>

#include "host/conntrack.h"

static struct connection_list list_connections(void)
{
	struct connection_list list = {NULL, 0};
	struct error error = {""};

	if (conntrack_list(&list, &error))
		fail_msg("conntrack_list: %s", error.text);
	return list;
}

/* The only connection that began at these ends. */
static const struct connection *get_connection(const struct connection_list *list, int protocol,
					       const char *source, unsigned source_port,
					       const char *destination, unsigned destination_port)
{
	struct endpoint from = end_of(source, source_port);
	struct endpoint to = end_of(destination, destination_port);
	const struct connection *found = NULL;

	for (size_t i = 0; i < list->count; i++) {
		const struct connection *connection = &list->connections[i];

		if (connection->protocol != protocol ||
		    !endpoint_equal(&connection->original.source, &from) ||
		    !endpoint_equal(&connection->original.destination, &to))
			continue;
		assert_null(found);
		found = connection;
	}
	if (!found)
		fail_msg("no connection of protocol %d from %s port %u to %s port %u", protocol,
			 source, source_port, destination, destination_port);
	return found;
}

static void assert_not_translated(const struct connection *connection)
{
	assert_true(endpoint_equal(&connection->original.source, &connection->reply.destination));
	assert_true(endpoint_equal(&connection->original.destination, &connection->reply.source));
}

static void without_conntrack_there_are_no_connections(void **state)
{
	const struct hosts *hosts = testbed(state);
	int listener = listen_at(hosts->host, HOST, 22);

	connect_to(socket_at(hosts->peer, SOCK_STREAM, PEER, 0), HOST, 22);
	accept_from(listener);
	int64_t began = now_ms();
	_cleanup_connection_list_ struct connection_list list = list_connections();
	assert_int_equal(list.count, 0);
	assert_in_range(now_ms() - began, 0, 1000);
}

static void conntrack_without_connections_is_an_empty_list(void **state)
{
	track(testbed(state));
	_cleanup_connection_list_ struct connection_list list = list_connections();
	assert_int_equal(list.count, 0);
}

static void conntrack_knows_who_opened_a_tcp_connection(void **state)
{
	const struct hosts *hosts = testbed(state);
	int in = listen_at(hosts->host, HOST, 22), out = listen_at(hosts->peer, PEER6, 443);
	int remote = socket_at(hosts->peer, SOCK_STREAM, PEER, 0);
	int own = socket_at(hosts->host, SOCK_STREAM, HOST6, 0);

	track(hosts);
	connect_to(remote, HOST, 22);
	accept_from(in);
	connect_to(own, PEER6, 443);
	accept_from(out);
	_cleanup_connection_list_ struct connection_list list = list_connections();
	const struct connection *inbound =
		get_connection(&list, IPPROTO_TCP, PEER, port_of(remote), HOST, 22);
	const struct connection *outgoing =
		get_connection(&list, IPPROTO_TCP, HOST6, port_of(own), PEER6, 443);
	assert_not_translated(inbound);
	assert_not_translated(outgoing);
	assert_true(inbound->replied && outgoing->replied);
	assert_false(inbound->joined || outgoing->joined);
	assert_int_equal(inbound->tcp_state, TCP_CONNTRACK_ESTABLISHED);
	assert_int_equal(outgoing->tcp_state, TCP_CONNTRACK_ESTABLISHED);
	assert_in_range(inbound->timeout, 1, 432000);
}

static void a_connection_older_than_conntrack_is_joined(void **state)
{
	const struct hosts *hosts = testbed(state);
	int listener = listen_at(hosts->peer, PEER, 443);
	int fd = socket_at(hosts->host, SOCK_STREAM, HOST, 0);
	char byte;

	connect_to(fd, PEER, 443);
	int remote = accept_from(listener);
	track(hosts);
	assert_int_equal(send(remote, "x", 1, 0), 1);
	assert_int_equal(recv(fd, &byte, 1, 0), 1);
	_cleanup_connection_list_ struct connection_list list = list_connections();
	assert_true(get_connection(&list, IPPROTO_TCP, PEER, 443, HOST, port_of(fd))->joined);
}

static void an_answer_to_datagrams_is_noticed(void **state)
{
	const struct hosts *hosts = testbed(state);
	int asked = socket_at(hosts->peer, SOCK_DGRAM, PEER, 53);
	int fd = socket_at(hosts->host, SOCK_DGRAM, HOST, 4000);
	char byte;

	socket_at(hosts->peer, SOCK_DGRAM, PEER, 54); /* it takes, and is silent */
	track(hosts);
	send_datagram(fd, PEER, 53);
	send_datagram(fd, PEER, 54);
	assert_int_equal(recv(asked, &byte, 1, 0), 1);
	send_datagram(asked, HOST, 4000);
	assert_int_equal(recv(fd, &byte, 1, 0), 1);
	_cleanup_connection_list_ struct connection_list list = list_connections();
	const struct connection *answered =
		get_connection(&list, IPPROTO_UDP, HOST, 4000, PEER, 53);
	const struct connection *silent = get_connection(&list, IPPROTO_UDP, HOST, 4000, PEER, 54);
	assert_true(answered->replied);
	assert_false(silent->replied);
	assert_int_equal(answered->tcp_state, 0);
	assert_not_translated(silent);
}

static void a_masqueraded_connection_has_another_answer(void **state)
{
	const struct hosts *hosts = testbed(state);
	int listener = listen_at(hosts->peer, PEER, 443);
	int guest = socket_at(hosts->guest, SOCK_STREAM, GUEST, 4444);
	int own = socket_at(hosts->host, SOCK_STREAM, HOST, 4444);
	union address seen = {0};
	socklen_t length = sizeof(seen);

	track(hosts);
	masquerade(hosts);
	connect_to(own, PEER, 443); /* takes the guest's port */
	accept_from(listener);
	connect_to(guest, PEER, 443);
	assert_int_equal(getpeername(accept_from(listener), &seen.any, &length), 0);
	_cleanup_connection_list_ struct connection_list list = list_connections();
	const struct connection *connection =
		get_connection(&list, IPPROTO_TCP, GUEST, 4444, PEER, 443);
	assert_int_not_equal(ntohs(seen.v4.sin_port), 4444);
	assert_end(&connection->reply.source, PEER, 443);
	assert_end(&connection->reply.destination, HOST, ntohs(seen.v4.sin_port));
	assert_not_translated(get_connection(&list, IPPROTO_TCP, HOST, 4444, PEER, 443));
}

/* Sends an echo request and waits for its answer. */
static void ping(const struct hosts *hosts, const char *remote, uint16_t identifier)
{
	bool four = !strchr(remote, ':');
	int fd = open_socket(hosts->host, four ? AF_INET : AF_INET6, SOCK_RAW,
			     four ? IPPROTO_ICMP : IPPROTO_ICMPV6);
	/* The same in both families; of IPv6 the kernel computes the checksum. */
	struct icmphdr request = {.type = four ? ICMP_ECHO : ICMP6_ECHO_REQUEST};
	unsigned char answer[256];
	ssize_t length;

	request.un.echo.id = htons(identifier);
	if (four)
		request.checksum = (uint16_t) ~(ICMP_ECHO + request.un.echo.id);
	connect_to(fd, remote, 0);
	assert_int_equal(send(fd, &request, sizeof(request), 0), sizeof(request));
	do {
		length = recv(fd, answer, sizeof(answer), 0);
		if (length < 0)
			fail_msg("no echo reply of %s: %s", remote, strerror(errno));
	} while (answer[four ? 20 : 0] != (four ? ICMP_ECHOREPLY : ICMP6_ECHO_REPLY));
}

static void an_echo_has_its_identifier_as_ports(void **state)
{
	const struct hosts *hosts = testbed(state);

	track(hosts);
	ping(hosts, PEER, 0x1234);
	ping(hosts, PEER6, 0x5678);
	_cleanup_connection_list_ struct connection_list list = list_connections();
	const struct connection *echo =
		get_connection(&list, IPPROTO_ICMP, HOST, 0x1234, PEER, 0x1234);
	const struct connection *echo6 =
		get_connection(&list, IPPROTO_ICMPV6, HOST6, 0x5678, PEER6, 0x5678);
	assert_not_translated(echo);
	assert_not_translated(echo6);
	assert_true(echo->replied && echo6->replied);
}

static void other_protocols_have_no_ports(void **state)
{
	const struct hosts *hosts = testbed(state);
	int fd = open_socket(hosts->host, AF_INET, SOCK_RAW, VRRP);

	track(hosts);
	send_datagram(fd, PEER, 0);
	_cleanup_connection_list_ struct connection_list list = list_connections();
	assert_not_translated(get_connection(&list, VRRP, HOST, 0, PEER, 0));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		HOSTS_TEST(without_conntrack_there_are_no_connections),
		HOSTS_TEST(conntrack_without_connections_is_an_empty_list),
		HOSTS_TEST(conntrack_knows_who_opened_a_tcp_connection),
		HOSTS_TEST(a_connection_older_than_conntrack_is_joined),
		HOSTS_TEST(an_answer_to_datagrams_is_noticed),
		HOSTS_TEST(a_masqueraded_connection_has_another_answer),
		HOSTS_TEST(an_echo_has_its_identifier_as_ports),
		HOSTS_TEST(other_protocols_have_no_ports),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
