/* SPDX-License-Identifier: GPL-2.0-only */
/* What a path tells the guarded host about its own packets under default deny: a third host behind
 * the peer, which routes over a link with a smaller MTU. */
#include "command.h"
#include "counter.h"
#include "probe.h"
#include "service.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const struct family {
	int number;
	const char *peer, *far;
	const char *nowhere; /* the router has no way to it, */
	int error;	     /* and says so */
} both[] = {
	{AF_INET, "10.77.0.2", "10.99.0.2", "10.98.0.1", EHOSTUNREACH},
	{AF_INET6, "fd77:0::2", "fd99::2", "fd98::1", ENETUNREACH},
};

/* The peer becomes a router to a host on another link, whose MTU is 1300. That host announces
 * segments of 1460 bytes nevertheless, as one further away would. */
static struct host make_far_host(struct testbed *bed)
{
	struct host far = {"far", -1};

	assert_int_equal(unshare(CLONE_NEWNET), 0);
	far.net = open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC);
	assert_true(far.net >= 0);
	host_leave(bed);
	shell_ok(
		bed, &bed->peer,
		"ip link add far0 mtu 1300 type veth peer name eth0 mtu 1300 netns /proc/%d/fd/%d\n"
		"ip addr add 10.99.0.1/24 dev far0\n"
		"ip addr add fd99::1/64 dev far0 nodad\n"
		"ip link set far0 up\n"
		"ip route add unreachable 10.98.0.0/16\n"
		"ip route add unreachable fd98::/16\n"
		"echo 1 >/proc/sys/net/ipv4/ip_forward\n"
		"echo 1 >/proc/sys/net/ipv6/conf/all/forwarding\n",
		(int)getpid(), far.net);
	shell_ok(bed, &far,
		 "ip link set lo up\n"
		 "ip addr add 10.99.0.2/24 dev eth0\n"
		 "ip addr add fd99::2/64 dev eth0 nodad\n"
		 "ip link set eth0 up\n"
		 "ip route add default via 10.99.0.1 advmss 1460\n"
		 "ip route add default via fd99::1 advmss 1440\n");
	shell_ok(bed, &bed->guarded,
		 "ip route add default via 10.77.0.2; ip route add default via fd77:0::2");
	return far;
}

static void attach_default_deny(struct testbed *bed)
{
	portfw_ok(bed, "attach eth0");
	portfw_ok(bed, "default deny");
}

/* Such a rule speaks of queries, not of errors. */
static void attach_deny_icmp(struct testbed *bed)
{
	attach_default_deny(bed);
	portfw_ok(bed, "deny icmp");
	portfw_ok(bed, "deny icmp6");
}

static void an_upload_finds_the_mtu_of_its_path(void **state)
{
	struct testbed *bed = testbed(state);

	need_programs("iperf3");
	struct host far = make_far_host(bed);
	iperf_start(bed, &far);
	attach_default_deny(bed);
	for (size_t i = 0; i < 2; i++) {
		long long errors = packets_of(bed, "icmp");
		shell_ok(bed, &bed->guarded, "timeout 25 iperf3 -c %s -n 30M", both[i].far);
		assert_says(shell_ok(bed, &bed->guarded, "ip route get %s", both[i].far),
			    "mtu 1300");
		assert_true(packets_of(bed, "icmp") > errors);
	}
	assert_int_equal(packets_of(bed, "default-deny"), 0);
	close(far.net);
}

static void a_rule_against_icmp_leaves_path_mtu_discovery_alone(void **state)
{
	struct testbed *bed = testbed(state);

	need_programs("iperf3");
	struct host far = make_far_host(bed);
	iperf_start(bed, &far);
	attach_deny_icmp(bed);
	for (size_t i = 0; i < 2; i++) {
		shell_ok(bed, &bed->guarded, "timeout 25 iperf3 -c %s -n 5M", both[i].far);
		assert_says(shell_ok(bed, &bed->guarded, "ip route get %s", both[i].far),
			    "mtu 1300");
	}
	assert_int_equal(packets_of(bed, "deny"), 0);
	close(far.net);
}

/* A connected socket of the guarded host; connecting may fail, *err receives why. */
static int call(struct testbed *bed, int family, int type, const char *address, int *err)
{
	struct sockaddr_in to4 = {.sin_family = AF_INET, .sin_port = htons(9999)};
	struct sockaddr_in6 to6 = {.sin6_family = AF_INET6, .sin6_port = htons(9999)};
	const struct timeval patience = {.tv_sec = 10};

	host_enter(bed, &bed->guarded);
	int fd = socket(family, type | SOCK_CLOEXEC, 0);
	host_leave(bed);
	assert_true(fd >= 0);
	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
	setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof(patience));
	inet_pton(family, address, family == AF_INET ? (void *)&to4.sin_addr : &to6.sin6_addr);
	int code = family == AF_INET ? connect(fd, (struct sockaddr *)&to4, sizeof(to4))
				     : connect(fd, (struct sockaddr *)&to6, sizeof(to6));
	*err = code ? errno : 0;
	return fd;
}

static void a_datagram_to_a_closed_port_is_refused(void **state)
{
	struct testbed *bed = testbed(state);

	attach_deny_icmp(bed);
	for (size_t i = 0; i < 2; i++) {
		char answer;
		int err, fd = call(bed, both[i].number, UDP, both[i].peer, &err);
		assert_int_equal(err, 0);
		assert_int_equal(send(fd, "x", 1, 0), 1);
		assert_int_equal(recv(fd, &answer, 1, 0), -1);
		assert_int_equal(errno, ECONNREFUSED);
		close(fd);
	}
}

static void a_connection_to_a_closed_port_is_refused(void **state)
{
	struct testbed *bed = testbed(state);

	attach_default_deny(bed);
	for (size_t i = 0; i < 2; i++) {
		int err, fd = call(bed, both[i].number, TCP, both[i].peer, &err);
		assert_int_equal(err, ECONNREFUSED);
		close(fd);
	}
	assert_int_equal(packets_of(bed, "reply"), 2);
}

static void a_connection_that_the_router_cannot_forward_fails_at_once(void **state)
{
	struct testbed *bed = testbed(state);
	struct host far = make_far_host(bed);

	attach_deny_icmp(bed);
	for (size_t i = 0; i < 2; i++) {
		int err, fd = call(bed, both[i].number, TCP, both[i].nowhere, &err);
		assert_int_equal(err, both[i].error);
		close(fd);
	}
	close(far.net);
}

static void a_packet_that_runs_out_of_hops_is_reported(void **state)
{
	struct testbed *bed = testbed(state);

	need_programs("ping");
	struct host far = make_far_host(bed);
	attach_deny_icmp(bed);
	for (size_t i = 0; i < 2; i++) {
		struct run *run = shell(bed, &bed->guarded, "ping -n -t1 -c1 -W8 %s", both[i].far);
		assert_int_equal(run->status, 1);
		assert_says(run, both[i].number == AF_INET ? "Time to live exceeded" : "Hop limit");
	}
	close(far.net);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TESTBED_TEST(an_upload_finds_the_mtu_of_its_path),
		TESTBED_TEST(a_rule_against_icmp_leaves_path_mtu_discovery_alone),
		TESTBED_TEST(a_datagram_to_a_closed_port_is_refused),
		TESTBED_TEST(a_connection_to_a_closed_port_is_refused),
		TESTBED_TEST(a_connection_that_the_router_cannot_forward_fails_at_once),
		TESTBED_TEST(a_packet_that_runs_out_of_hops_is_reported),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
