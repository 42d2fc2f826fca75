/* SPDX-License-Identifier: GPL-2.0-only */
/* What the kernel is asked about the network and about processes, and the ends of connections. */
#include "hosts.h"

#include <errno.h>
#include <fcntl.h>
#include <libmnl/libmnl.h>
#include <linux/inet_diag.h>
#include <linux/rtnetlink.h>
#include <linux/sock_diag.h>
#include <net/if.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "host/netlink.h"
#include "host/network.h"
#include "host/processes.h"

#define LOOPBACK_IFINDEX 1

/* --- Endpoints ----------------------------------------------------------------------------- */

static void endpoints_are_printed_as_people_write_them(void **state)
{
	static const struct {
		const char *address;
		unsigned port;
		const char *text;
	} cases[] = {
		{"203.0.113.7", 51234, "203.0.113.7:51234"},
		{"0.0.0.0", 0, "0.0.0.0:0"},
		{"2001:db8:0:0:0:0:0:1", 22, "[2001:db8::1]:22"},
		{"::", 65535, "[::]:65535"},
		{"::ffff:192.0.2.1", 80, "192.0.2.1:80"},
		{"ffff:eeee:dddd:cccc:bbbb:aaaa:9999:8888", 65535,
		 "[ffff:eeee:dddd:cccc:bbbb:aaaa:9999:8888]:65535"},
	};
	char text[ENDPOINT_SIZE], address[ENDPOINT_ADDRESS_SIZE];

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct endpoint end = end_of(cases[i].address, cases[i].port);

		endpoint_print(&end, text);
		assert_string_equal(text, cases[i].text);
		endpoint_print_address(&end, address);
		assert_non_null(strstr(text, address));
	}
}

static void endpoints_are_compared_by_family_address_and_port(void **state)
{
	struct endpoint one = end_of("192.0.2.1", 22), other = end_of("192.0.2.1", 23);
	struct endpoint mapped = end_of("::ffff:192.0.2.1", 22), next = end_of("192.0.2.2", 22);
	struct endpoint any4 = end_of("0.0.0.0", 22), any6 = end_of("::", 22);

	(void)state;
	assert_true(endpoint_equal(&one, &mapped));
	assert_false(endpoint_equal(&one, &other));
	assert_true(endpoint_same_address(&one, &other));
	assert_false(endpoint_same_address(&one, &next));
	assert_false(endpoint_equal(&any4, &any6)); /* the same bytes */
	assert_int_equal(endpoint_address_family(&mapped), AF_INET);
	assert_int_equal(endpoint_address_length(&mapped), 4);
	assert_int_equal(endpoint_address_family(&any6), AF_INET6);
	assert_int_equal(endpoint_address_length(&any6), 16);
}

static void special_addresses_are_known(void **state)
{
	static const struct {
		const char *address;
		bool any, loopback;
	} cases[] = {
		{"0.0.0.0", true, false},   {"::", true, false},
		{"127.0.0.1", false, true}, {"127.255.0.9", false, true},
		{"::1", false, true},	    {"126.0.0.1", false, false},
		{"::2", false, false},	    {"::ffff:127.0.0.1", false, true},
		{"7f00::", false, false},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct endpoint end = end_of(cases[i].address, 1);

		if (endpoint_is_any(&end) != cases[i].any ||
		    endpoint_is_loopback(&end) != cases[i].loopback)
			fail_msg("%s is taken for something else", cases[i].address);
	}
}

/* --- Processes ----------------------------------------------------------------------------- */

#define PROGRAM "test_lookups"

static struct process_list find_processes(const __u64 *inodes, size_t count)
{
	struct process_list list = {NULL, 0, NULL, 0, 0};
	struct error error = {""};

	if (processes_find(inodes, count, &list, &error))
		fail_msg("processes_find: %s", error.text);
	return list;
}

static void assert_owner(const struct process_list *list, const struct socket_owner *owner,
			 pid_t pid)
{
	assert_in_range(owner->process, 0, list->process_count - 1);
	assert_int_equal(list->processes[owner->process].pid, pid);
	assert_int_equal(list->processes[owner->process].uid, geteuid());
	assert_string_equal(list->processes[owner->process].name, PROGRAM);
}

static void a_socket_belongs_to_the_process_that_holds_it(void **state)
{
	const struct hosts *hosts = testbed(state);
	int fd = listen_at(hosts->host, "0.0.0.0", 22), other = listen_at(hosts->host, HOST, 23);
	int again = dup(fd);
	__u64 inode = inode_of(fd);
	size_t count = 0;

	_cleanup_process_list_ struct process_list list = find_processes(&inode, 1);
	close(again);
	assert_int_equal(list.process_count, 1);
	assert_int_equal(list.owner_count, 1);
	const struct socket_owner *owner = processes_owner(&list, inode, &count);
	assert_non_null(owner);
	assert_int_equal(count, 1);
	assert_owner(&list, owner, getpid());
	assert_null(processes_owner(&list, inode_of(other), &count)); /* nobody asked */
	assert_int_equal(count, 0);
}

/* A copy of this process that lives until the descriptor it returns is closed, which happens at the
 * latest when this process ends. It goes by another name, but does not hold `closed`. */
static pid_t start_child(int closed, int *leash)
{
	int ends[2], ready[2];
	char byte;

	assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
	assert_int_equal(pipe2(ready, O_CLOEXEC), 0);
	pid_t pid = fork();
	if (pid == 0) {
		close(ends[1]);
		close(closed);
		prctl(PR_SET_NAME, "sshd");
		if (write(ready[1], "x", 1) == 1 && read(ends[0], &byte, 1) >= 0)
			_exit(0);
		_exit(1);
	}
	close(ends[0]);
	close(ready[1]);
	assert_true(pid > 0);
	assert_int_equal(read(ready[0], &byte, 1), 1);
	close(ready[0]);
	*leash = ends[1];
	return pid;
}

static void a_child_that_shares_a_socket_owns_it_too(void **state)
{
	const struct hosts *hosts = testbed(state);
	int shared = listen_at(hosts->host, HOST, 22), kept = listen_at(hosts->host, HOST, 23);
	int leash = -1, status = -1;
	__u64 shared_inode = inode_of(shared), kept_inode = inode_of(kept);
	pid_t child = start_child(kept, &leash);
	size_t count = 0, kept_count = 0;

	_cleanup_process_list_ struct process_list list = find_processes(NULL, 0);
	close(leash);
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_int_equal(status, 0);
	const struct socket_owner *owners = processes_owner(&list, shared_inode, &count);
	assert_int_equal(count, 2);
	assert_true(owners[0].process < owners[1].process);
	assert_owner(&list, &owners[child < getpid()], getpid());
	assert_owner(&list, &owners[child > getpid()], child);
	owners = processes_owner(&list, kept_inode, &kept_count);
	assert_int_equal(kept_count, 1);
	assert_owner(&list, &owners[0], getpid());

	_cleanup_process_list_ struct process_list later = find_processes(&shared_inode, 1);
	assert_int_equal(later.owner_count, 1); /* the child has ended */
}

static void a_socket_that_nobody_holds_has_no_owner(void **state)
{
	const struct hosts *hosts = testbed(state);
	int fd = listen_at(hosts->host, HOST, 22);
	const __u64 inodes[] = {0, inode_of(fd)};
	size_t count = 1;

	_cleanup_process_list_ struct process_list list = find_processes(inodes, 2);
	_cleanup_process_list_ struct process_list none = find_processes(inodes, 0);
	assert_null(processes_owner(&list, 0, &count));
	assert_int_equal(count, 0);
	assert_non_null(processes_owner(&list, inodes[1], NULL));
	assert_int_equal(none.process_count + none.owner_count, 0);
}

/* --- The network --------------------------------------------------------------------------- */

static struct network read_network(void)
{
	struct network network = {NULL, 0, NULL, 0};
	struct error error = {""};

	if (network_read(&network, &error))
		fail_msg("network_read: %s", error.text);
	return network;
}

static unsigned index_of(const char *name)
{
	unsigned ifindex = if_nametoindex(name);

	if (!ifindex)
		fail_msg("there is no %s", name);
	return ifindex;
}

static bool carries(const struct network *network, const char *nic, const char *upper)
{
	return network_carries(network, index_of(nic), index_of(upper));
}

static void own_addresses_are_local(void **state)
{
	static const char *const own[] = {HOST,	       HOST6,	    INNER, "10.77.0.1",
					  "127.0.0.1", "127.9.9.9", "::1", "::ffff:10.88.0.1"};
	static const char *const others[] = {PEER,	    PEER6,     GUEST, "10.77.0.2",
					     "10.88.0.255", "0.0.0.0", "::"};
	const struct hosts *hosts = testbed(state);

	run_at(hosts->host, "ip addr add 10.77.0.1 peer 10.77.0.2 dev eth1");
	_cleanup_network_ struct network network = read_network();
	for (size_t i = 0; i < sizeof(own) / sizeof(*own); i++) {
		struct endpoint end = end_of(own[i], 22);

		if (!network_is_local(&network, &end))
			fail_msg("%s is not local", own[i]);
	}
	for (size_t i = 0; i < sizeof(others) / sizeof(*others); i++) {
		struct endpoint end = end_of(others[i], 22);

		if (network_is_local(&network, &end))
			fail_msg("%s is local", others[i]);
	}
}

static void interfaces_are_described(void **state)
{
	const struct hosts *hosts = testbed(state);

	run_at(hosts->host, "ip link add br0 type bridge; ip link set eth1 master br0");
	_cleanup_network_ struct network network = read_network();
	const struct interface *eth1 = network_interface(&network, index_of("eth1"));
	const struct interface *lo = network_interface(&network, LOOPBACK_IFINDEX);
	assert_non_null(eth1);
	assert_string_equal(eth1->name, "eth1");
	assert_string_equal(eth1->kind, "veth");
	assert_int_equal(eth1->master, index_of("br0"));
	assert_int_equal(eth1->lower, 0); /* its peer is not below it */
	assert_true(eth1->flags & IFF_UP);
	assert_non_null(lo);
	assert_string_equal(lo->name, "lo");
	assert_true(lo->flags & IFF_LOOPBACK);
	assert_null(network_interface(&network, 9999));
}

static void a_bridge_is_carried_by_its_ports(void **state)
{
	const struct hosts *hosts = testbed(state);

	run_at(hosts->host, "ip link add br0 type bridge; ip link set eth1 master br0");
	_cleanup_network_ struct network network = read_network();
	assert_true(carries(&network, "eth1", "br0"));
	assert_true(carries(&network, "br0", "br0"));
	assert_false(carries(&network, "eth1", "eth0"));
	assert_false(carries(&network, "eth0", "br0"));
	assert_false(carries(&network, "br0", "eth1"));
	assert_false(carries(&network, "lo", "br0"));
	assert_false(network_carries(&network, index_of("eth1"), 9999));
}

static void skip_without_macvlan(void)
{
	if (run_script("ip link add try link eth0 type macvlan 2>/dev/null && ip link del try"))
		skip_because("needs a kernel with macvlan");
}

static void a_macvlan_is_carried_by_what_it_is_on(void **state)
{
	const struct hosts *hosts = testbed(state);

	skip_without_macvlan();
	run_at(hosts->host, "ip link add br0 type bridge; ip link set eth1 master br0\n"
			    "ip link add mac0 link eth0 type macvlan\n"
			    "ip link add mac1 link br0 type macvlan");
	_cleanup_network_ struct network network = read_network();
	assert_true(carries(&network, "eth0", "mac0"));
	assert_true(carries(&network, "br0", "mac1"));
	assert_true(carries(&network, "eth1", "mac1")); /* by the bridge */
	assert_false(carries(&network, "mac0", "eth0"));
	assert_false(carries(&network, "eth0", "mac1"));
	assert_false(carries(&network, "eth1", "mac0"));
}

/* That interface may have the number of one of this host. */
static void what_is_on_an_interface_of_another_host_is_carried_by_none(void **state)
{
	const struct hosts *hosts = testbed(state);
	char script[256];

	skip_without_macvlan();
	snprintf(script, sizeof(script),
		 "ip link add mac0 link eth0 type macvlan; ip link set mac0 netns /proc/%d/fd/%d",
		 (int)getpid(), hosts->host);
	run_at(hosts->peer, script);
	_cleanup_network_ struct network network = read_network();
	for (size_t i = 0; i < network.interface_count; i++) {
		const struct interface *interface = &network.interfaces[i];

		if (carries(&network, interface->name, "mac0") !=
		    (strcmp(interface->name, "mac0") == 0))
			fail_msg("%s carries an interface of another host, or mac0 not itself",
				 interface->name);
	}
}

static void the_ends_of_a_veth_pair_do_not_carry_each_other(void **state)
{
	const struct hosts *hosts = testbed(state);

	run_at(hosts->host, "ip link add one type veth peer name other");
	_cleanup_network_ struct network network = read_network();
	assert_false(carries(&network, "one", "other"));
	assert_false(carries(&network, "other", "one"));
	assert_true(carries(&network, "one", "one"));
}

/* --- Routes -------------------------------------------------------------------------------- */

/* Negative errno, or the interface. */
static int route_from(const char *local, const char *remote)
{
	struct endpoint from = end_of(local, 22), to = end_of(remote, 443);
	unsigned ifindex = 0;
	int code = network_route(&to, &from, &ifindex);

	return code ? code : (int)ifindex;
}

static int route_to(const char *remote)
{
	struct endpoint to = end_of(remote, 443);
	unsigned ifindex = 0;
	int code = network_route(&to, NULL, &ifindex);

	return code ? code : (int)ifindex;
}

static void packets_to_oneself_leave_by_loopback(void **state)
{
	static const char *const own[] = {HOST, HOST6, INNER, "127.0.0.1", "::1"};

	testbed(state);
	for (size_t i = 0; i < sizeof(own) / sizeof(*own); i++)
		if (route_to(own[i]) != LOOPBACK_IFINDEX)
			fail_msg("packets to %s do not leave by loopback", own[i]);
}

static void packets_to_others_leave_by_their_nic(void **state)
{
	const struct hosts *hosts = testbed(state);

	run_at(hosts->host, "ip route add 203.0.113.0/24 via " GUEST "\n"
			    "ip -6 route add 2001:db8::/32 via " PEER6);
	assert_int_equal(route_to(PEER), index_of("eth0"));
	assert_int_equal(route_to(PEER6), index_of("eth0"));
	assert_int_equal(route_to(GUEST), index_of("eth1"));
	assert_int_equal(route_to("203.0.113.7"), index_of("eth1"));
	assert_int_equal(route_to("2001:db8::1"), index_of("eth0"));
	assert_int_equal(route_from(HOST, "203.0.113.7"), index_of("eth1"));
	assert_int_equal(route_from("0.0.0.0", PEER), index_of("eth0"));
	assert_int_equal(route_from(HOST6, PEER6), index_of("eth0"));
}

static void a_route_may_depend_on_the_own_address(void **state)
{
	const struct hosts *hosts = testbed(state);

	run_at(hosts->host, "ip route add 203.0.113.0/24 via " PEER "\n"
			    "ip route add default via " GUEST " table 100\n"
			    "ip rule add from " INNER " table 100");
	assert_int_equal(route_from(HOST, "203.0.113.7"), index_of("eth0"));
	assert_int_equal(route_from(INNER, "203.0.113.7"), index_of("eth1"));
}

static void what_cannot_be_reached_has_no_route(void **state)
{
	const struct hosts *hosts = testbed(state);

	run_at(hosts->host, "ip route add unreachable 198.51.100.0/24\n"
			    "ip route add blackhole 192.0.2.0/24\n"
			    "ip -6 route add unreachable 2001:db8:1::/48\n"
			    "ip -6 route add blackhole 2001:db8:2::/48");
	assert_int_equal(route_to("203.0.113.7"), -ENETUNREACH);
	assert_int_equal(route_to("2001:db8::1"), -ENETUNREACH);
	assert_int_equal(route_to("198.51.100.7"), -EHOSTUNREACH);
	assert_int_equal(route_to("2001:db8:1::1"), -EHOSTUNREACH);
	assert_int_equal(route_to("192.0.2.7"), -EINVAL);
	assert_int_equal(route_to("2001:db8:2::1"), -EINVAL);
	assert_true(route_from(GUEST, PEER) <
		    0); /* not this host's; the errno depends on the kernel */
}

/* --- Netlink ------------------------------------------------------------------------------- */

enum { STOP = -EDOM };

/* Counts the messages of an answer. */
static int count_message(const struct nlmsghdr *message, void *context)
{
	(void)message;
	++*(unsigned *)context;
	return 0;
}

static int stop_at_once(const struct nlmsghdr *message, void *context)
{
	count_message(message, context);
	return STOP;
}

static struct nlmsghdr *make_request(char *buffer, unsigned type, unsigned flags)
{
	struct nlmsghdr *message = mnl_nlmsg_put_header(buffer);

	mnl_nlmsg_put_extra_header(message, 64);
	message->nlmsg_type = (__u16)type;
	message->nlmsg_flags = (__u16)flags;
	return message;
}
#define REQUEST_SIZE 256

static void an_unknown_request_is_refused_at_once(void **state)
{
	static const struct {
		int family;
		unsigned type;
	} cases[] = {{NETLINK_ROUTE, 0xfff0}, {NETLINK_SOCK_DIAG, 99}, {NETLINK_NETFILTER, 0xff00}};
	char buffer[REQUEST_SIZE] __attribute__((aligned(MNL_ALIGNTO)));
	unsigned messages = 0;

	testbed(state);
	for (size_t i = 0; i < 2 * sizeof(cases) / sizeof(*cases); i++) {
		unsigned flags = i % 2 ? NLM_F_DUMP : 0;
		struct nlmsghdr *request = make_request(buffer, cases[i / 2].type, flags);
		int64_t began = now_ms();
		int code =
			netlink_ask(cases[i / 2].family, request, count_message, NULL, &messages);

		if (code >= 0 || code < -4095 || now_ms() - began > 1000)
			fail_msg("family %d answers %d after %d ms", cases[i / 2].family, code,
				 (int)(now_ms() - began));
	}
	assert_int_equal(messages, 0);
}

static void a_protocol_that_nobody_lists_is_unsupported(void **state)
{
	char buffer[REQUEST_SIZE] __attribute__((aligned(MNL_ALIGNTO)));
	struct nlmsghdr *request = mnl_nlmsg_put_header(buffer);
	struct inet_diag_req_v2 *diag = mnl_nlmsg_put_extra_header(request, sizeof(*diag));
	int64_t began = now_ms();
	unsigned messages = 0;

	testbed(state);
	request->nlmsg_type = SOCK_DIAG_BY_FAMILY;
	request->nlmsg_flags = NLM_F_DUMP;
	diag->sdiag_family = AF_INET;
	diag->sdiag_protocol = 200;
	int code = netlink_ask(NETLINK_SOCK_DIAG, request, count_message, NULL, &messages);
	assert_true(netlink_unsupported(code));
	assert_int_equal(messages, 0);
	assert_in_range(now_ms() - began, 0, 1000);
	assert_true(netlink_ask(NETLINK_ROUTE + 30, request, count_message, NULL, &messages) < 0);
	assert_false(netlink_unsupported(0) || netlink_unsupported(-ENOMEM));
}

static void an_error_of_the_reader_ends_an_answer(void **state)
{
	char buffer[REQUEST_SIZE] __attribute__((aligned(MNL_ALIGNTO)));
	struct nlmsghdr *request;
	unsigned messages = 0;

	testbed(state);
	request = make_request(buffer, RTM_GETLINK, NLM_F_DUMP);
	assert_int_equal(netlink_ask(NETLINK_ROUTE, request, count_message, NULL, &messages), 0);
	assert_true(messages >= 3); /* lo, eth0, eth1 */
	messages = 0;
	request = make_request(buffer, RTM_GETLINK, NLM_F_DUMP);
	assert_int_equal(netlink_ask(NETLINK_ROUTE, request, stop_at_once, NULL, &messages), STOP);
	assert_int_equal(messages, 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(endpoints_are_printed_as_people_write_them),
		cmocka_unit_test(endpoints_are_compared_by_family_address_and_port),
		cmocka_unit_test(special_addresses_are_known),
		HOSTS_TEST(a_socket_belongs_to_the_process_that_holds_it),
		HOSTS_TEST(a_child_that_shares_a_socket_owns_it_too),
		HOSTS_TEST(a_socket_that_nobody_holds_has_no_owner),
		HOSTS_TEST(own_addresses_are_local),
		HOSTS_TEST(interfaces_are_described),
		HOSTS_TEST(a_bridge_is_carried_by_its_ports),
		HOSTS_TEST(a_macvlan_is_carried_by_what_it_is_on),
		HOSTS_TEST(what_is_on_an_interface_of_another_host_is_carried_by_none),
		HOSTS_TEST(the_ends_of_a_veth_pair_do_not_carry_each_other),
		HOSTS_TEST(packets_to_oneself_leave_by_loopback),
		HOSTS_TEST(packets_to_others_leave_by_their_nic),
		HOSTS_TEST(a_route_may_depend_on_the_own_address),
		HOSTS_TEST(what_cannot_be_reached_has_no_route),
		HOSTS_TEST(an_unknown_request_is_refused_at_once),
		HOSTS_TEST(a_protocol_that_nobody_lists_is_unsupported),
		HOSTS_TEST(an_error_of_the_reader_ends_an_answer),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
