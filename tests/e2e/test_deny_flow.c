/* SPDX-License-Identifier: GPL-2.0-only */
/* What rules and blocks do to connections that exist. */
#include "command.h"
#include "counter.h"
#include "flood.h"
#include "state.h"
#include "traffic.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* --- Rules ---------------------------------------------------------------------------------- */

/* Sessions from the peer and connections to it, all with the same local port. */
struct pair {
	struct traffic *session, *connection;
};

static struct pair start_pair(struct testbed *bed, unsigned port)
{
	struct pair pair;

	/* The listener comes last: nobody could bind to its port after it. */
	pair.connection =
		traffic_start(bed, OUTGOING(TCP, PEER4, 5000, .source_port = port, .count = 1),
			      OUTGOING(TCP, PEER6, 5000, .source_port = port, .count = 1));
	pair.session = traffic_start(bed, INCOMING(TCP, GUARDED4, port, .count = 2),
				     INCOMING(TCP, GUARDED6, port, .count = 2));
	return pair;
}

static void stop_pair(struct pair *pair)
{
	traffic_stop(pair->session);
	traffic_stop(pair->connection);
}

/* The sessions of others end, what this host opened goes on. */
static void check_sessions_end(struct pair *pair)
{
	assert_cut(pair->session);
	assert_goes_on(pair->connection);
	assert_cut(pair->session);
}

static void denying_a_port_ends_sessions_of_others_alone(void **state)
{
	struct testbed *bed = testbed(state);

	portfw_ok(bed, "attach eth0");
	struct pair pair = start_pair(bed, 9000);
	portfw_ok(bed, "deny tcp 9000");
	check_sessions_end(&pair);
	portfw_ok(bed, "allow tcp 9000");
	assert_goes_on(pair.session);
	portfw_ok(bed, "deny tcp all");
	check_sessions_end(&pair);
	stop_pair(&pair);
}

static void denying_an_allowed_port_ends_sessions_under_default_deny(void **state)
{
	struct testbed *bed = testbed(state);

	portfw_ok(bed, "attach eth0");
	portfw_ok(bed, "allow tcp 9000");
	portfw_ok(bed, "default deny");
	struct pair pair = start_pair(bed, 9000);
	portfw_ok(bed, "deny tcp 9000");
	check_sessions_end(&pair);
	stop_pair(&pair);
}

static void deleting_the_rule_that_allows_ends_sessions_under_default_deny(void **state)
{
	struct testbed *bed = testbed(state);

	portfw_ok(bed, "attach eth0");
	portfw_ok(bed, "allow tcp 22");
	portfw_ok(bed, "default deny");
	struct pair pair = start_pair(bed, 22);
	portfw_ok(bed, "--force delete tcp 22");
	check_sessions_end(&pair);
	portfw_ok(bed, "allow tcp 22");
	assert_goes_on(pair.session);
	portfw_ok(bed, "--force reset");
	portfw_ok(bed, "--force default deny");
	check_sessions_end(&pair);
	stop_pair(&pair);
}

/* --- Datagrams ----------------------------------------------------------------------------- */

/* A server of the guarded host on one socket without a peer, and the peer's socket. */
struct talk {
	int server, client;
	struct sockaddr_storage client_address;
	socklen_t size;
};

static int bind_datagrams(struct testbed *bed, const struct host *host, int family, unsigned port)
{
	struct sockaddr_in6 six = {.sin6_family = AF_INET6, .sin6_port = htons((uint16_t)port)};
	struct sockaddr_in four = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
	const struct sockaddr *address = (struct sockaddr *)&four;
	socklen_t size = sizeof(four);
	int one = 1;

	if (family == AF_INET6) {
		address = (struct sockaddr *)&six;
		size = sizeof(six);
	}
	host_enter(bed, host);
	int fd = socket(family, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	host_leave(bed);
	assert_true(fd >= 0);
	if (family == AF_INET6)
		setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &one, sizeof(one));
	assert_int_equal(bind(fd, address, size), 0);
	return fd;
}

static struct talk start_talk(struct testbed *bed, int family, unsigned port)
{
	struct talk talk = {.server = bind_datagrams(bed, &bed->guarded, family, port),
			    .client = bind_datagrams(bed, &bed->peer, family, 4000)};
	struct sockaddr_in6 six = {.sin6_family = AF_INET6, .sin6_port = htons((uint16_t)port)};
	struct sockaddr_in four = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};

	inet_pton(AF_INET, GUARDED4, &four.sin_addr);
	inet_pton(AF_INET6, GUARDED6, &six.sin6_addr);
	if (family == AF_INET)
		assert_int_equal(connect(talk.client, (struct sockaddr *)&four, sizeof(four)), 0);
	else
		assert_int_equal(connect(talk.client, (struct sockaddr *)&six, sizeof(six)), 0);
	talk.size = sizeof(talk.client_address);
	struct sockaddr_storage *address = &talk.client_address;
	address->ss_family = (sa_family_t)family;
	if (family == AF_INET)
		inet_pton(AF_INET, PEER4, &((struct sockaddr_in *)address)->sin_addr);
	else
		inet_pton(AF_INET6, PEER6, &((struct sockaddr_in6 *)address)->sin6_addr);
	((struct sockaddr_in *)address)->sin_port = htons(4000); /* the same place in both */
	talk.size = family == AF_INET ? sizeof(four) : sizeof(six);
	return talk;
}

static void stop_talk(struct talk *talk)
{
	close(talk->server);
	close(talk->client);
}

static unsigned take(int fd)
{
	char buffer[64];
	unsigned count = 0;

	while (recv(fd, buffer, sizeof(buffer), 0) > 0)
		count++;
	return count;
}

/* Both send every 10 ms, the server unasked. What it sends arrives, and of what the peer sends so
 * many datagrams. */
static void talk_on(struct talk *talk, unsigned rounds, unsigned expected)
{
	unsigned to_server = 0, to_client = 0;

	for (unsigned i = 0; i < rounds; i++) {
		assert_int_equal(sendto(talk->server, "s", 1, 0,
					(struct sockaddr *)&talk->client_address, talk->size),
				 1);
		assert_int_equal(send(talk->client, "c", 1, 0), 1);
		usleep(10000);
		to_server += take(talk->server);
		to_client += take(talk->client);
	}
	wait_until((to_client += take(talk->client)) >= rounds);
	wait_until((to_server += take(talk->server)) >= expected);
	assert_int_equal(to_server, expected);
}

/* The server talked before the rule, and goes on: nothing comes back. */
static void check_silence(struct testbed *bed, unsigned port, const char *before)
{
	static const int families[] = {AF_INET, AF_INET6};

	for (size_t i = 0; i < 2; i++) {
		portfw_ok(bed, "%s", before);
		struct talk talk = start_talk(bed, families[i], port);
		talk_on(&talk, 10, 10);
		portfw_ok(bed, "deny udp %u", port);
		take(talk.server);
		talk_on(&talk, 30, 0);
		portfw_ok(bed, "delete udp %u", port);
		portfw_ok(bed, "deny udp all");
		take(talk.server);
		talk_on(&talk, 10, 0);
		stop_talk(&talk);
		portfw_ok(bed, "delete udp all");
	}
}

static void a_udp_server_gets_nothing_after_its_port_is_denied(void **state)
{
	struct testbed *bed = testbed(state);

	portfw_ok(bed, "attach eth0");
	check_silence(bed, 7000, "delete udp 7000");
	check_silence(bed, 7001, "allow udp 7001");
	portfw_ok(bed, "--force default deny");
	check_silence(bed, 7002, "allow udp 7002");
	/* Its own packets come first, and make a flow. */
	check_silence(bed, 7003, "delete udp 7003");
}

static void a_udp_server_gets_nothing_where_the_rule_was_there_before(void **state)
{
	struct testbed *bed = testbed(state);

	portfw_ok(bed, "attach eth0");
	portfw_ok(bed, "deny udp 7000");
	struct talk four = start_talk(bed, AF_INET, 7000);
	struct talk six = start_talk(bed, AF_INET6, 7000);
	talk_on(&four, 10, 0);
	talk_on(&six, 10, 0);
	stop_talk(&four);
	stop_talk(&six);
}

static void a_connected_udp_socket_gets_answers_whatever_rules_deny(void **state)
{
	struct testbed *bed = testbed(state);

	portfw_ok(bed, "attach eth0");
	portfw_ok(bed, "deny udp all");
	struct traffic *later = traffic_start(bed, OUTGOING(UDP, PEER4, 5300, .count = 3),
					      OUTGOING(UDP, PEER6, 5300, .count = 3));
	portfw_ok(bed, "delete udp all");
	struct traffic *earlier = traffic_start(bed, OUTGOING(UDP, PEER4, 5301, .count = 3),
						OUTGOING(UDP, PEER6, 5301, .count = 3));
	portfw_ok(bed, "deny udp 1-65535");
	assert_goes_on(later);
	assert_goes_on(earlier);
	portfw_ok(bed, "--force default deny");
	assert_goes_on(later);
	assert_goes_on(earlier);
	traffic_stop(later);
	traffic_stop(earlier);
}

/* --- Blocks -------------------------------------------------------------------------------- */

static double outgoing_blocked(struct testbed *bed)
{
	return status_number(bed, (const char *const[]){"counters", "outgoing", "reasons",
							"blocked", "packets", NULL});
}

/* Nothing arrives at the peer any more, whatever this host sends; then all goes on. */
static void check_block(struct testbed *bed, struct traffic *traffic, const char *addresses)
{
	double before = outgoing_blocked(bed);

	portfw_ok(bed, "block %s", addresses);
	assert_cut(traffic); /* what was on its way has arrived */
	struct capture capture = capture_start(bed, "eth0");
	wait_until(outgoing_blocked(bed) >= before + 10);
	assert_cut(traffic);
	assert_int_equal(capture_count(&capture), 0);
	capture_stop(&capture);
	portfw_ok(bed, "unblock %s", addresses);
	assert_goes_on(traffic);
}

static void a_block_silences_connections_both_ways(void **state)
{
	static const char *const both[] = {"10.77.0.2 fd77::2", "10.77.0.0/24 fd77::/48",
					   "0.0.0.0/0 ::/0"};
	struct testbed *bed = testbed(state);

	portfw_ok(bed, "attach eth0");
	portfw_ok(bed, "default deny");
	struct traffic *traffic = traffic_start(
		bed, OUTGOING(TCP, PEER4, 5000, .count = 3), OUTGOING(TCP, PEER6, 5000, .count = 3),
		OUTGOING(UDP, PEER4, 5000, .count = 1), OUTGOING(UDP, PEER6, 5000, .count = 1));
	for (size_t i = 0; i < sizeof(both) / sizeof(both[0]); i++)
		check_block(bed, traffic, both[i]);
	struct run *status = portfw_ok(bed, "status");
	assert_says(status, "dropped (out)");
	traffic_stop(traffic);
}

static void a_block_is_of_one_address_alone(void **state)
{
	struct testbed *bed = testbed(state);

	testbed_add_address(bed, "10.1.2.3");
	testbed_add_address(bed, "fd01:102::3");
	portfw_ok(bed, "attach eth0");
	portfw_ok(bed, "default deny");
	struct traffic *other = traffic_start(bed, OUTGOING(TCP, "10.1.2.3", 5001, .count = 2),
					      OUTGOING(TCP, "fd01:102::3", 5001, .count = 2));
	struct traffic *traffic = traffic_start(bed, OUTGOING(TCP, PEER4, 5000, .count = 2),
						OUTGOING(TCP, PEER6, 5000, .count = 2));
	portfw_ok(bed, "block 10.1.2.3 fd01:102::3");
	assert_cut(other);
	assert_goes_on(traffic);
	assert_cut(other);
	portfw_ok(bed, "unblock 10.1.2.3 fd01:102::3");
	assert_goes_on(other);
	traffic_stop(other);
	traffic_stop(traffic);
}

static void a_blocked_neighbour_is_still_looked_for(void **state)
{
	struct testbed *bed = testbed(state);

	portfw_ok(bed, "attach eth0");
	portfw_ok(bed, "block " PEER4 " fd77::2");
	shell_ok(bed, &bed->guarded, "ip -4 neigh flush all; ip -6 neigh flush all");
	send_datagrams(bed, &bed->guarded, AF_INET, 5000, 32, 1);
	send_datagrams(bed, &bed->guarded, AF_INET6, 5000, 32, 1);
	wait_until(shell(bed, &bed->guarded,
			 "ip neigh show " PEER4 " dev eth0 | grep lladdr &&"
			 " ip neigh show fd77::2 dev eth0 | grep lladdr")
			   ->status == 0);
	assert_true(outgoing_blocked(bed) >= 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TESTBED_TEST(denying_a_port_ends_sessions_of_others_alone),
		TESTBED_TEST(denying_an_allowed_port_ends_sessions_under_default_deny),
		TESTBED_TEST(deleting_the_rule_that_allows_ends_sessions_under_default_deny),
		TESTBED_TEST(a_udp_server_gets_nothing_after_its_port_is_denied),
		TESTBED_TEST(a_udp_server_gets_nothing_where_the_rule_was_there_before),
		TESTBED_TEST(a_connected_udp_socket_gets_answers_whatever_rules_deny),
		TESTBED_TEST(a_block_silences_connections_both_ways),
		TESTBED_TEST(a_block_is_of_one_address_alone),
		TESTBED_TEST(a_blocked_neighbour_is_still_looked_for),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
