/* SPDX-License-Identifier: GPL-2.0-only */
/* The list of sockets, and who listens in it. */
#include "hosts.h"

#include <errno.h>
#include <net/if.h>
#include <stdlib.h>
#include <unistd.h>

#include "host/sockets_proc.h"

#define ALL (SOCKETS_LISTENING | SOCKETS_CONNECTED)

/* --- Sockets ------------------------------------------------------------------------------- */

static struct socket_list list_sockets(unsigned choice)
{
	struct socket_list list = {NULL, 0};
	struct error error = {""};

	if (sockets_list(choice, &list, &error))
		fail_msg("sockets_list: %s", error.text);
	return list;
}

/* The entry of that socket; NULL: there is none. */
static const struct socket_info *find_socket(const struct socket_list *list, int fd)
{
	const struct socket_info *found = NULL;
	__u64 inode = inode_of(fd);

	for (size_t i = 0; i < list->count; i++) {
		if (list->sockets[i].inode != inode)
			continue;
		assert_null(found); /* it is listed once */
		found = &list->sockets[i];
	}
	return found;
}

static const struct socket_info *get_socket(const struct socket_list *list, int fd)
{
	const struct socket_info *found = find_socket(list, fd);

	if (!found)
		fail_msg("the socket of port %u is not listed", port_of(fd));
	return found;
}

/* The socket has no peer. */
static void assert_unconnected(const struct socket_info *info, const char *local, unsigned port)
{
	assert_end(&info->local, local, port);
	assert_end(&info->remote, info->local.family == 4 ? "0.0.0.0" : "::", 0);
}

static int listen_on_v6(const struct hosts *hosts, const char *local, unsigned port, int v6only)
{
	int fd = open_socket(hosts->host, AF_INET6, SOCK_STREAM, 0);

	assert_int_equal(setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &v6only, sizeof(v6only)), 0);
	bind_to(fd, local, port);
	assert_int_equal(listen(fd, 100), 0);
	return fd;
}

static void listeners_of_both_families_are_listed(void **state)
{
	const struct hosts *hosts = testbed(state);
	const struct {
		const char *local;
		int fd;
		bool dual;
	} cases[] = {
		{"0.0.0.0", listen_at(hosts->host, "0.0.0.0", 1000), false},
		{HOST, listen_at(hosts->host, HOST, 1001), false},
		{"::", listen_on_v6(hosts, "::", 1002, 0), true},
		{"::", listen_on_v6(hosts, "::", 1003, 1), false},
		{HOST6, listen_on_v6(hosts, HOST6, 1004, 0), false},
		{HOST, listen_on_v6(hosts, "::ffff:" HOST, 1005, 0), false},
		{"0.0.0.0", listen_on_v6(hosts, "::ffff:0.0.0.0", 1006, 0), false},
	};
	_cleanup_socket_list_ struct socket_list list = list_sockets(SOCKETS_LISTENING);

	assert_int_equal(list.count, sizeof(cases) / sizeof(*cases));
	for (unsigned i = 0; i < list.count; i++) {
		const struct socket_info *info = get_socket(&list, cases[i].fd);

		assert_unconnected(info, cases[i].local, 1000 + i);
		assert_int_equal(info->protocol, IPPROTO_TCP);
		assert_int_equal(info->state, SOCKET_LISTEN);
		assert_int_equal(info->dual, cases[i].dual);
		assert_int_equal(info->raw, false);
		assert_int_equal(info->ifindex, 0);
		assert_int_equal(info->uid, geteuid());
	}
}

static void a_connection_has_two_sides(void **state)
{
	static const char *const ends[][2] = {
		{HOST, PEER}, {HOST6, PEER6}, {"127.0.0.1", NULL}, {"::1", NULL}};
	const struct hosts *hosts = testbed(state);

	for (size_t i = 0; i < sizeof(ends) / sizeof(*ends); i++) {
		const char *local = ends[i][0], *remote = ends[i][1] ? ends[i][1] : local;
		int client_net = ends[i][1] ? hosts->peer : hosts->host;
		int listener = listen_at(hosts->host, local, 22);
		int client = socket_at(client_net, SOCK_STREAM, remote, 0);

		connect_to(client, local, 22);
		int server = accept_from(listener);
		_cleanup_socket_list_ struct socket_list list = list_sockets(SOCKETS_CONNECTED);
		const struct socket_info *info = get_socket(&list, server);
		assert_int_equal(info->state, SOCKET_ESTABLISHED);
		assert_end(&info->local, local, 22);
		assert_end(&info->remote, remote, port_of(client));
		assert_null(find_socket(&list, listener));
		if (ends[i][1]) {
			assert_null(find_socket(&list, client)); /* it is the peer's */
			continue;
		}
		info = get_socket(&list, client);
		assert_int_equal(info->state, SOCKET_ESTABLISHED);
		assert_end(&info->local, local, port_of(client));
		assert_end(&info->remote, local, 22);
	}
}

static void connections_are_listed_only_if_they_are_asked_for(void **state)
{
	const struct hosts *hosts = testbed(state);
	int listener = listen_at(hosts->peer, PEER, 443);
	int fd = socket_at(hosts->host, SOCK_STREAM, HOST, 0);
	int own_listener = listen_at(hosts->host, HOST, 22);

	connect_to(fd, PEER, 443);
	accept_from(listener);
	_cleanup_socket_list_ struct socket_list listening = list_sockets(SOCKETS_LISTENING);
	_cleanup_socket_list_ struct socket_list all = list_sockets(ALL);
	assert_int_equal(listening.count, 1);
	get_socket(&listening, own_listener);
	assert_int_equal(all.count, 2);
	get_socket(&all, own_listener);
	get_socket(&all, fd);
}

static void a_connection_that_nobody_has_accepted_has_no_inode(void **state)
{
	const struct hosts *hosts = testbed(state);
	int client = socket_at(hosts->peer, SOCK_STREAM, PEER, 0);

	listen_at(hosts->host, HOST, 22);
	connect_to(client, HOST, 22);
	_cleanup_socket_list_ struct socket_list list = list_sockets(SOCKETS_CONNECTED);
	assert_int_equal(list.count, 1);
	assert_end(&list.sockets[0].local, HOST, 22);
	assert_end(&list.sockets[0].remote, PEER, port_of(client));
	assert_int_equal(list.sockets[0].inode, 0);
}

static void a_connection_that_is_being_opened_is_listed(void **state)
{
	const struct hosts *hosts = testbed(state);
	union address address = {0};
	socklen_t length = make_address(NOBODY, 443, &address);
	int fd = socket_at(hosts->host, SOCK_STREAM | SOCK_NONBLOCK, HOST, 0);

	assert_int_equal(connect(fd, &address.any, length), -1);
	assert_int_equal(errno, EINPROGRESS);
	_cleanup_socket_list_ struct socket_list list = list_sockets(SOCKETS_CONNECTED);
	assert_int_equal(get_socket(&list, fd)->state, SOCKET_SYN_SENT);
	assert_end(&get_socket(&list, fd)->remote, NOBODY, 443);
}

static void a_connection_over_mapped_addresses_is_ipv4(void **state)
{
	const struct hosts *hosts = testbed(state);
	int listener = listen_at(hosts->peer, "::", 443);
	int client = socket_at(hosts->host, SOCK_STREAM, "::", 0);
	int datagrams = socket_at(hosts->host, SOCK_DGRAM, "::", 0);

	connect_to(client, "::ffff:" PEER, 443);
	accept_from(listener);
	connect_to(datagrams, "::ffff:" PEER, 53);
	_cleanup_socket_list_ struct socket_list list = list_sockets(ALL);
	assert_end(&get_socket(&list, client)->local, HOST, port_of(client));
	assert_end(&get_socket(&list, client)->remote, PEER, 443);
	assert_end(&get_socket(&list, datagrams)->local, HOST, port_of(datagrams));
	assert_end(&get_socket(&list, datagrams)->remote, PEER, 53);
	assert_false(get_socket(&list, client)->dual || get_socket(&list, datagrams)->dual);
}

static void udp_with_a_peer_is_connected(void **state)
{
	const struct hosts *hosts = testbed(state);
	int server = socket_at(hosts->host, SOCK_DGRAM, "0.0.0.0", 53);
	int server6 = socket_at(hosts->host, SOCK_DGRAM, "::", 54);
	int client = socket_at(hosts->host, SOCK_DGRAM, HOST, 0);
	int client6 = socket_at(hosts->host, SOCK_DGRAM, HOST6, 0);

	connect_to(client, PEER, 53);
	connect_to(client6, PEER6, 53);
	_cleanup_socket_list_ struct socket_list listening = list_sockets(SOCKETS_LISTENING);
	_cleanup_socket_list_ struct socket_list connected = list_sockets(SOCKETS_CONNECTED);
	assert_int_equal(listening.count, 2);
	assert_int_equal(connected.count, 2);
	assert_unconnected(get_socket(&listening, server), "0.0.0.0", 53);
	assert_unconnected(get_socket(&listening, server6), "::", 54);
	assert_true(get_socket(&listening, server6)->dual);
	assert_int_equal(get_socket(&listening, server)->state, SOCKET_CLOSE);
	assert_int_equal(get_socket(&connected, client)->state, SOCKET_ESTABLISHED);
	assert_int_equal(get_socket(&connected, client)->protocol, IPPROTO_UDP);
	assert_end(&get_socket(&connected, client)->remote, PEER, 53);
	assert_end(&get_socket(&connected, client6)->local, HOST6, port_of(client6));
}

static void a_socket_of_an_interface_says_so(void **state)
{
	const struct hosts *hosts = testbed(state);
	int fd = socket_at(hosts->host, SOCK_DGRAM, "0.0.0.0", 53);

	assert_int_equal(setsockopt(fd, SOL_SOCKET, SO_BINDTODEVICE, "eth1", 4), 0);
	_cleanup_socket_list_ struct socket_list list = list_sockets(SOCKETS_LISTENING);
	assert_int_equal(get_socket(&list, fd)->ifindex, if_nametoindex("eth1"));
}

static void tcp_alone_is_listed_alone(void **state)
{
	const struct hosts *hosts = testbed(state);
	int fd = listen_at(hosts->host, "0.0.0.0", 22);

	socket_at(hosts->host, SOCK_DGRAM, "0.0.0.0", 53);
	open_socket(hosts->host, AF_INET, SOCK_RAW, VRRP);
	_cleanup_socket_list_ struct socket_list list = list_sockets(ALL | SOCKETS_TCP);
	assert_int_equal(list.count, 1);
	get_socket(&list, fd);
}

/* More than the kernel says at once. */
static void hundreds_of_sockets_are_each_listed_once(void **state)
{
	enum { COUNT = 400 };
	const struct hosts *hosts = testbed(state);
	int fds[COUNT];

	for (unsigned i = 0; i < COUNT; i++)
		fds[i] = socket_at(hosts->host, SOCK_DGRAM, "0.0.0.0", 2000 + i);
	_cleanup_socket_list_ struct socket_list list = list_sockets(SOCKETS_LISTENING);
	assert_int_equal(list.count, COUNT);
	for (unsigned i = 0; i < COUNT; i++)
		assert_unconnected(get_socket(&list, fds[i]), "0.0.0.0", 2000 + i);
}

static void without_sockets_the_list_is_empty(void **state)
{
	testbed(state);
	_cleanup_socket_list_ struct socket_list list = list_sockets(ALL);
	assert_int_equal(list.count, 0);
}

/* --- Raw sockets --------------------------------------------------------------------------- */

static void assert_raw(const struct socket_list *list, int fd, int protocol, const char *local)
{
	const struct socket_info *info = find_socket(list, fd);

	if (!info)
		fail_msg("the raw socket of protocol %d is not listed", protocol);
	assert_true(info->raw);
	assert_int_equal(info->protocol, protocol);
	assert_int_equal(info->state, SOCKET_CLOSE);
	assert_int_equal(info->uid, geteuid());
	assert_unconnected(info, local, 0);
}

/* By sockets_list(), which asks the kernel as it can, and from /proc alone. */
static void raw_sockets_are_listed_by_protocol(void **state)
{
	const struct hosts *hosts = testbed(state);
	int icmp = open_socket(hosts->host, AF_INET, SOCK_RAW, IPPROTO_ICMP);
	int vrrp = open_socket(hosts->host, AF_INET, SOCK_RAW, VRRP);
	int icmp6 = open_socket(hosts->host, AF_INET6, SOCK_RAW, IPPROTO_ICMPV6);

	bind_to(vrrp, HOST, 0);
	bind_to(icmp6, HOST6, 0);
	_cleanup_socket_list_ struct socket_list list = list_sockets(SOCKETS_LISTENING);
	struct socket_collector collector = {.choice = SOCKETS_LISTENING};
	int code = sockets_read_proc_raw(AF_INET, &collector);
	int code6 = sockets_read_proc_raw(AF_INET6, &collector);
	_cleanup_socket_list_ struct socket_list from_proc = collector.list;
	assert_int_equal(code, 0);
	assert_int_equal(code6, 0);
	assert_int_equal(list.count, 3);
	assert_int_equal(from_proc.count, 3);
	assert_raw(&list, icmp, IPPROTO_ICMP, "0.0.0.0");
	assert_raw(&list, vrrp, VRRP, HOST);
	assert_raw(&list, icmp6, IPPROTO_ICMPV6, HOST6);
	assert_raw(&from_proc, icmp, IPPROTO_ICMP, "0.0.0.0");
	assert_raw(&from_proc, vrrp, VRRP, HOST);
	assert_raw(&from_proc, icmp6, IPPROTO_ICMPV6, HOST6);
}

static void a_raw_socket_with_a_peer_is_connected(void **state)
{
	const struct hosts *hosts = testbed(state);
	int fd = open_socket(hosts->host, AF_INET, SOCK_RAW, VRRP);

	connect_to(fd, PEER, 0);
	_cleanup_socket_list_ struct socket_list listening = list_sockets(SOCKETS_LISTENING);
	_cleanup_socket_list_ struct socket_list connected = list_sockets(SOCKETS_CONNECTED);
	assert_int_equal(listening.count, 0);
	assert_int_equal(connected.count, 1);
	assert_int_equal(find_socket(&connected, fd)->protocol, VRRP);
	assert_end(&find_socket(&connected, fd)->remote, PEER, 0);
}

/* --- Who listens --------------------------------------------------------------------------- */

/* That socket listens there; -1: none does. */
static void assert_listener(const struct socket_list *list, int protocol, const char *local,
			    unsigned port, int fd)
{
	struct endpoint end = end_of(local, port);
	const struct socket_info *info = sockets_listener(list, (__u8)protocol, &end);

	if (!info != (fd < 0) || (info && info->inode != inode_of(fd)))
		fail_msg("%s listens at %s port %u",
			 !info	  ? "nobody"
			 : fd < 0 ? "somebody"
				  : "another socket",
			 local, port);
}

static void a_listener_is_found_by_its_address_before_any_address(void **state)
{
	const struct hosts *hosts = testbed(state);
	int first = listen_at(hosts->host, HOST, 1000),
	    any = listen_at(hosts->host, "0.0.0.0", 1000);
	int any2 = listen_at(hosts->host, "0.0.0.0", 1001),
	    last = listen_at(hosts->host, HOST, 1001);
	int any6 = listen_on_v6(hosts, "::", 1002, 1), own6 = listen_at(hosts->host, HOST6, 1002);
	_cleanup_socket_list_ struct socket_list list = list_sockets(SOCKETS_LISTENING);

	assert_listener(&list, IPPROTO_TCP, HOST, 1000, first);
	assert_listener(&list, IPPROTO_TCP, INNER, 1000, any);
	assert_listener(&list, IPPROTO_TCP, HOST, 1001, last);
	assert_listener(&list, IPPROTO_TCP, INNER, 1001, any2);
	assert_listener(&list, IPPROTO_TCP, HOST6, 1002, own6);
	assert_listener(&list, IPPROTO_TCP, "fd99::1", 1002, any6);
	assert_listener(&list, IPPROTO_TCP, HOST, 1002, -1);
}

static void a_dual_listener_takes_both_families(void **state)
{
	const struct hosts *hosts = testbed(state);
	int dual = listen_on_v6(hosts, "::", 1000, 0), v6only = listen_on_v6(hosts, "::", 1001, 1);
	int mapped = listen_on_v6(hosts, "::ffff:" HOST, 1002, 0);
	_cleanup_socket_list_ struct socket_list list = list_sockets(SOCKETS_LISTENING);

	assert_listener(&list, IPPROTO_TCP, HOST, 1000, dual);
	assert_listener(&list, IPPROTO_TCP, HOST6, 1000, dual);
	assert_listener(&list, IPPROTO_TCP, HOST, 1001, -1);
	assert_listener(&list, IPPROTO_TCP, HOST6, 1001, v6only);
	assert_listener(&list, IPPROTO_TCP, HOST, 1002, mapped);
	assert_listener(&list, IPPROTO_TCP, HOST6, 1002, -1);
}

static void a_listener_elsewhere_does_not_count(void **state)
{
	const struct hosts *hosts = testbed(state);
	int server = socket_at(hosts->host, SOCK_DGRAM, "0.0.0.0", 2000);
	int client = socket_at(hosts->host, SOCK_DGRAM, HOST, 2001);

	connect_to(client, PEER, 53);
	listen_at(hosts->host, HOST, 1000);
	listen_at(hosts->host, "0.0.0.0", 1001);
	open_socket(hosts->host, AF_INET, SOCK_RAW, VRRP);
	open_socket(hosts->host, AF_INET, SOCK_RAW, IPPROTO_TCP);
	_cleanup_socket_list_ struct socket_list list = list_sockets(ALL);
	assert_listener(&list, IPPROTO_TCP, INNER, 1000, -1);
	assert_listener(&list, IPPROTO_TCP, HOST6, 1001, -1);
	assert_listener(&list, IPPROTO_TCP, HOST, 1002, -1);
	assert_listener(&list, IPPROTO_TCP, HOST, 0, -1);
	assert_listener(&list, IPPROTO_UDP, HOST, 1001, -1);
	assert_listener(&list, IPPROTO_TCP, HOST, 2000, -1);
	assert_listener(&list, IPPROTO_UDP, HOST, 2000, server);
	assert_listener(&list, IPPROTO_UDP, HOST, 2001, -1);
	assert_listener(&list, VRRP, HOST, 0, -1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		HOSTS_TEST(listeners_of_both_families_are_listed),
		HOSTS_TEST(a_connection_has_two_sides),
		HOSTS_TEST(connections_are_listed_only_if_they_are_asked_for),
		HOSTS_TEST(a_connection_that_nobody_has_accepted_has_no_inode),
		HOSTS_TEST(a_connection_that_is_being_opened_is_listed),
		HOSTS_TEST(a_connection_over_mapped_addresses_is_ipv4),
		HOSTS_TEST(udp_with_a_peer_is_connected),
		HOSTS_TEST(a_socket_of_an_interface_says_so),
		HOSTS_TEST(tcp_alone_is_listed_alone),
		HOSTS_TEST(hundreds_of_sockets_are_each_listed_once),
		HOSTS_TEST(without_sockets_the_list_is_empty),
		HOSTS_TEST(raw_sockets_are_listed_by_protocol),
		HOSTS_TEST(a_raw_socket_with_a_peer_is_connected),
		HOSTS_TEST(a_listener_is_found_by_its_address_before_any_address),
		HOSTS_TEST(a_dual_listener_takes_both_families),
		HOSTS_TEST(a_listener_elsewhere_does_not_count),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
