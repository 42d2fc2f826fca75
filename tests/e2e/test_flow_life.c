/* SPDX-License-Identifier: GPL-2.0-only */
/* Flows from their first packet to their last: what `flows` says of them, and what they outlive. */
#include "command.h"
#include "counter.h"
#include "probe.h"
#include "service.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { MINUTE = 60, DAY = 24 * 3600 };

static const struct family {
	int number;
	const char *guarded, *peer;
} both[] = {
	{AF_INET, "10.77.0.1", "10.77.0.2"},
	{AF_INET6, "fd77::1", "fd77::2"},
};

static void attach_default_deny(struct testbed *bed)
{
	portfw_ok(bed, "attach eth0");
	portfw_ok(bed, "allow tcp 22");
	portfw_ok(bed, "default deny");
}

/* --- Connections of the guarded host ------------------------------------------------------- */

/* An address and port; IPv4 as IPv6 sockets have it. */
static struct sockaddr_in6 end_of(const char *address, unsigned port)
{
	struct sockaddr_in6 end = {.sin6_family = AF_INET6, .sin6_port = htons((uint16_t)port)};
	char mapped[64];

	snprintf(mapped, sizeof(mapped), "%s%s", strchr(address, ':') ? "" : "::ffff:", address);
	assert_int_equal(inet_pton(AF_INET6, mapped, &end.sin6_addr), 1);
	return end;
}

static int open_on(struct testbed *bed, const struct host *host, int type)
{
	const int on = 1;
	const struct timeval patience = {.tv_sec = 10};

	host_enter(bed, host);
	int fd = socket(AF_INET6, type | SOCK_CLOEXEC, 0);
	host_leave(bed);
	assert_true(fd >= 0);
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
	setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof(patience));
	return fd;
}

/* A TCP connection that the guarded host opens to this port of the peer. The session carries what
 * the peer sends to it. */
static struct session open_outgoing(struct testbed *bed, const struct family *family, unsigned port)
{
	struct sockaddr_in6 end = end_of(family->peer, port);
	struct session session = {.server = open_on(bed, &bed->guarded, TCP)};
	int listener = open_on(bed, &bed->peer, TCP);

	assert_int_equal(bind(listener, (struct sockaddr *)&end, sizeof(end)), 0);
	assert_int_equal(listen(listener, 1), 0);
	assert_int_equal(connect(session.server, (struct sockaddr *)&end, sizeof(end)), 0);
	session.client = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
	assert_true(session.client >= 0);
	close(listener);
	return session;
}

/* Bytes arrive at both ends. */
static void check_carries(const struct session *session)
{
	struct session there = *session, back = {session->server, session->client};

	assert_true(session_carries(&back, true));
	assert_true(session_carries(&there, true));
}

static unsigned local_port(int fd)
{
	struct sockaddr_in6 end;
	socklen_t size = sizeof(end);

	assert_int_equal(getsockname(fd, (struct sockaddr *)&end, &size), 0);
	return ntohs(end.sin6_port);
}

/* A connection over each family. */
struct pair {
	struct session sessions[2];
};

static struct pair pair_open(struct testbed *bed)
{
	struct pair pair;

	for (size_t i = 0; i < 2; i++)
		pair.sessions[i] = open_outgoing(bed, &both[i], 8000);
	return pair;
}

static void pair_check(const struct pair *pair)
{
	check_carries(&pair->sessions[0]);
	check_carries(&pair->sessions[1]);
}

static void pair_close(struct pair *pair)
{
	session_close(&pair->sessions[0]);
	session_close(&pair->sessions[1]);
}

/* --- What `flows` says --------------------------------------------------------------------- */

static const char *text_of(const json_t *flow, const char *key)
{
	return json_string_value(json_object_get(flow, key));
}

static long long number_of(const json_t *flow, const char *key)
{
	const json_t *value = json_object_get(flow, key);

	assert_true(json_is_integer(value));
	return json_integer_value(value);
}

/* The only flow of this protocol between these addresses, to be released; NULL: there is none. */
static json_t *find_flow(struct testbed *bed, const char *proto, const struct family *family)
{
	json_t *answer = json_of(portfw_ok(bed, "flows --json")), *flow, *found = NULL;
	json_t *flows = json_object_get(answer, "flows");
	size_t i;

	assert_true(json_is_array(flows));
	assert_int_equal(json_array_size(flows), number_of(answer, "live"));
	json_array_foreach(flows, i, flow)
	{
		if (strcmp(text_of(flow, "proto"), proto) != 0 ||
		    strcmp(text_of(flow, "local"), family->guarded) != 0 ||
		    strcmp(text_of(flow, "remote"), family->peer) != 0)
			continue;
		assert_null(found);
		found = json_incref(flow);
	}
	json_decref(answer);
	return found;
}

/* For a packet that may have to wait for the neighbour's address before it leaves. */
static bool has_flow(struct testbed *bed, const char *proto, const struct family *family)
{
	json_t *flow = find_flow(bed, proto, family);

	json_decref(flow);
	return flow;
}

static void check_flow(struct testbed *bed, const char *proto, const struct family *family,
		       const char *origin, const char *flow_state, long long limit)
{
	json_t *flow = find_flow(bed, proto, family);
	enum { BUSY = 50 }; /* seconds since the last packet at most */

	assert_non_null(flow);
	assert_string_equal(text_of(flow, "origin"), origin);
	assert_string_equal(text_of(flow, "state"), flow_state);
	assert_in_range(number_of(flow, "age_seconds"), 0, BUSY);
	assert_in_range(number_of(flow, "idle_seconds"), 0, number_of(flow, "age_seconds"));
	assert_in_range(number_of(flow, "limit_seconds"), limit - BUSY, limit);
	json_decref(flow);
}

static void check_ports(struct testbed *bed, const char *proto, const struct family *family,
			unsigned local, unsigned remote)
{
	json_t *flow = find_flow(bed, proto, family);

	assert_non_null(flow);
	assert_int_equal(number_of(flow, "local_port"), local);
	assert_int_equal(number_of(flow, "remote_port"), remote);
	json_decref(flow);
}

static void an_outgoing_connection_is_listed_until_it_is_closed(void **state)
{
	struct testbed *bed = testbed(state);

	attach_default_deny(bed);
	struct pair pair = pair_open(bed);
	pair_check(&pair);
	for (size_t i = 0; i < 2; i++) {
		check_flow(bed, "tcp", &both[i], "seen", "open", 5 * DAY);
		check_ports(bed, "tcp", &both[i], local_port(pair.sessions[i].server), 8000);
	}
	pair_close(&pair);
	for (size_t i = 0; i < 2; i++)
		check_flow(bed, "tcp", &both[i], "seen", "closing", MINUTE);
}

static void an_outgoing_datagram_is_listed(void **state)
{
	struct testbed *bed = testbed(state);

	attach_default_deny(bed);
	for (size_t i = 0; i < 2; i++) {
		struct sockaddr_in6 end = end_of(both[i].peer, 5353);
		int fd = open_on(bed, &bed->guarded, UDP);
		assert_int_equal(sendto(fd, "x", 1, 0, (struct sockaddr *)&end, sizeof(end)), 1);
		wait_until(has_flow(bed, "udp", &both[i]));
		check_flow(bed, "udp", &both[i], "seen", "open", 3 * MINUTE);
		check_ports(bed, "udp", &both[i], local_port(fd), 5353);
		close(fd);
	}
}

static void an_own_ping_is_listed_and_that_of_another_is_not(void **state)
{
	static const char *const protocols[] = {"icmp", "icmp6"};
	struct testbed *bed = testbed(state);

	need_programs("ping");
	attach_default_deny(bed);
	for (size_t i = 0; i < 2; i++) {
		shell_ok(bed, &bed->peer, "ping -c1 -W8 %s", both[i].guarded);
		assert_null(find_flow(bed, protocols[i], &both[i]));
		shell_ok(bed, &bed->guarded, "ping -c1 -W8 %s", both[i].peer);
		check_flow(bed, protocols[i], &both[i], "seen", "open", MINUTE);
	}
}

static void a_session_that_others_open_is_not_listed(void **state)
{
	struct testbed *bed = testbed(state);

	listen_on(bed, TCP, 22);
	attach_default_deny(bed);
	for (size_t i = 0; i < 2; i++) {
		struct session session = session_open(bed, both[i].number, 22);
		struct session back = {session.server, session.client};
		assert_true(session_carries(&session, true));
		assert_true(session_carries(&back, true));
		assert_null(find_flow(bed, "tcp", &both[i]));
		session_close(&session);
		assert_null(find_flow(bed, "tcp", &both[i]));
	}
}

/* --- What they outlive --------------------------------------------------------------------- */

static void a_connection_outlives_every_short_timer(void **state)
{
	struct testbed *bed = testbed(state);

	if (!is_long_run())
		skip_because("takes 70 seconds: PORTFW_TEST_LONG=1 runs it");
	attach_default_deny(bed);
	struct pair pair = pair_open(bed);
	pair_check(&pair);
	nanosleep(&(struct timespec){.tv_sec = MINUTE + 10}, NULL);
	/* The peer speaks first. */
	assert_true(session_carries(&pair.sessions[0], true));
	assert_true(session_carries(&pair.sessions[1], true));
	pair_check(&pair);
	pair_close(&pair);
	assert_int_equal(packets_of(bed, "default-deny"), 0);
}

static void connections_outlive_changes_of_the_policy(void **state)
{
	struct testbed *bed = testbed(state);

	attach_default_deny(bed);
	struct pair pair = pair_open(bed);
	pair_check(&pair);
	file_put("/run/new", "default deny\nallow tcp 443\n");
	portfw_ok(bed, "apply /run/new");
	pair_check(&pair);
	portfw_ok(bed, "undo");
	pair_check(&pair);
	portfw_ok(bed, "default allow");
	portfw_ok(bed, "default deny");
	pair_check(&pair);
	portfw_ok(bed, "reset");
	portfw_ok(bed, "undo");
	pair_check(&pair);
	pair_close(&pair);
	assert_int_equal(packets_of(bed, "default-deny"), 0);
}

static void connections_outlive_trials(void **state)
{
	struct testbed *bed = testbed(state);

	attach_default_deny(bed);
	struct pair pair = pair_open(bed);
	portfw_ok(bed, "deny tcp all --confirm 5m");
	pair_check(&pair);
	portfw_ok(bed, "rollback");
	pair_check(&pair);
	portfw_ok(bed, "deny tcp all --confirm 1s");
	pair_check(&pair);
	nanosleep(&(struct timespec){.tv_sec = 1, .tv_nsec = 200000000}, NULL);
	pair_check(&pair);
	portfw_ok(bed, "deny tcp all --confirm 5m");
	portfw_ok(bed, "confirm");
	pair_check(&pair);
	pair_close(&pair);
	assert_int_equal(packets_of(bed, "deny"), 0);
	assert_int_equal(packets_of(bed, "default-deny"), 0);
}

static void connections_outlive_detach_and_attach(void **state)
{
	struct testbed *bed = testbed(state);

	attach_default_deny(bed);
	struct pair pair = pair_open(bed);
	portfw_ok(bed, "detach eth0");
	pair_check(&pair);
	portfw_ok(bed, "attach eth0");
	for (size_t i = 0; i < 2; i++) {
		assert_true(session_carries(&pair.sessions[i], true)); /* the peer speaks first */
		check_flow(bed, "tcp", &both[i], "seeded", "open", 5 * DAY);
		check_ports(bed, "tcp", &both[i], local_port(pair.sessions[i].server), 8000);
	}
	pair_check(&pair);
	pair_close(&pair);
	assert_int_equal(packets_of(bed, "default-deny"), 0);
}

/* --- Ways ---------------------------------------------------------------------------------- */

/* The peer answers what comes over link 0 over link 1. */
static void divert_answers(struct testbed *bed)
{
	const struct host *hosts[] = {&bed->guarded, &bed->peer};

	testbed_add_veth(bed, 1, "eth1");
	for (size_t i = 0; i < 2; i++)
		shell_ok(bed, hosts[i],
			 "for nic in all eth0 eth1; do\n"
			 "echo 0 >/proc/sys/net/ipv4/conf/$nic/rp_filter\n"
			 "done\n");
	shell_ok(bed, &bed->peer,
		 "ip route add 10.77.0.1/32 via 10.77.1.1 dev eth1\n"
		 "ip route add fd77::1/128 via fd77:1::1 dev eth1\n");
}

static unsigned long packets_in(struct testbed *bed, const char *nic)
{
	struct run *run =
		shell_ok(bed, &bed->guarded, "awk '$1 == \"%s:\" {print $3}' /proc/net/dev", nic);

	return strtoul(run->out, NULL, 10);
}

static void answers_may_come_in_on_another_attached_nic(void **state)
{
	enum { BYTES = 3000000, SEGMENT_MAX = 65536 };
	struct testbed *bed = testbed(state);

	divert_answers(bed);
	portfw_ok(bed, "attach eth0 eth1");
	portfw_ok(bed, "default deny");
	struct pair pair = pair_open(bed);
	pair_check(&pair);
	for (size_t i = 0; i < 2; i++) {
		unsigned long before = packets_in(bed, "eth1");
		assert_int_equal(session_transfer(&pair.sessions[i], BYTES), BYTES);
		assert_true(packets_in(bed, "eth1") >= before + BYTES / SEGMENT_MAX);
	}
	pair_close(&pair);
	assert_int_equal(packets_of(bed, "default-deny"), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TESTBED_TEST(an_outgoing_connection_is_listed_until_it_is_closed),
		TESTBED_TEST(an_outgoing_datagram_is_listed),
		TESTBED_TEST(an_own_ping_is_listed_and_that_of_another_is_not),
		TESTBED_TEST(a_session_that_others_open_is_not_listed),
		TESTBED_TEST(a_connection_outlives_every_short_timer),
		TESTBED_TEST(connections_outlive_changes_of_the_policy),
		TESTBED_TEST(connections_outlive_trials),
		TESTBED_TEST(connections_outlive_detach_and_attach),
		TESTBED_TEST(answers_may_come_in_on_another_attached_nic),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
