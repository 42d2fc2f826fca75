/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Large policies replaced under steady traffic: no packet of the denied port passes, none of the
 * allowed one drops. $PORTFW_TEST_REPLACEMENTS: how often, 200 if it is not set.
 */
#include "command.h"
#include "counter.h"
#include "probe.h"

#include <arpa/inet.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#define OPEN_PORT 53
#define CLOSED_PORT 54
#define BATCH 32 /* datagrams to each port, then a pause */
#define PAUSE_NS 1000000

/* One for each port on each link. */
struct stream {
	int fd;
	struct sockaddr_in to;
	struct iovec bytes;
	struct mmsghdr messages[BATCH];
};
struct traffic {
	pid_t pid;
	volatile unsigned long *sent; /* datagrams, shared with the child */
};

static void stream_open(struct testbed *bed, struct stream *stream, unsigned link, unsigned port)
{
	static char payload[32];
	char address[32];

	snprintf(address, sizeof(address), "10.77.%u.1", link);
	stream->to = (struct sockaddr_in){.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
	inet_pton(AF_INET, address, &stream->to.sin_addr);
	stream->bytes = (struct iovec){payload, sizeof(payload)};
	host_enter(bed, &bed->peer);
	stream->fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	host_leave(bed);
	for (size_t i = 0; i < BATCH; i++)
		stream->messages[i].msg_hdr = (struct msghdr){.msg_name = &stream->to,
							      .msg_namelen = sizeof(stream->to),
							      .msg_iov = &stream->bytes,
							      .msg_iovlen = 1};
}

/* A child that sends to both ports on both links until it is killed. */
static struct traffic traffic_start(struct testbed *bed)
{
	struct traffic traffic;
	struct stream streams[4];

	traffic.sent = mmap(NULL, sizeof(*traffic.sent), PROT_READ | PROT_WRITE,
			    MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	assert_ptr_not_equal(traffic.sent, MAP_FAILED);
	traffic.pid = testbed_fork(bed);
	if (traffic.pid)
		return traffic;
	for (unsigned i = 0; i < 4; i++)
		stream_open(bed, &streams[i], i / 2, i % 2 ? CLOSED_PORT : OPEN_PORT);
	for (;;) {
		for (unsigned i = 0; i < 4; i++) {
			int count = sendmmsg(streams[i].fd, streams[i].messages, BATCH, 0);
			*traffic.sent += count > 0 ? (unsigned)count : 0;
		}
		nanosleep(&(struct timespec){.tv_nsec = PAUSE_NS}, NULL);
	}
}

/* Thousands of rules of every kind, different ones for each seed, in which the ports of the traffic
 * have their verdicts in different ways. */
static void write_policy(const char *path, unsigned seed)
{
	FILE *file = fopen(path, "w");

	assert_non_null(file);
	if (seed == 0)
		fprintf(file, "default deny\nallow udp %d\n", OPEN_PORT);
	else
		fprintf(file,
			"default allow\n"
			"deny udp %d from 10.0.0.0/8\n"
			"allow udp %d from 10.77.0.0/16 on eth1\n",
			CLOSED_PORT, OPEN_PORT);
	for (unsigned i = 0; i < 2000; i++)
		fprintf(file, "%s tcp %u\n", i % 2 ? "allow" : "deny", 1000 + i * 3 + seed);
	for (unsigned i = 0; i < 2000; i++)
		fprintf(file, "%s udp %u-%u from 10.%u.%u.0/24\n", i % 3 ? "allow" : "deny",
			2000 + seed, 2500 + 10 * (i % 10), i >> 8, i & 255);
	for (unsigned i = 0; i < 100; i++)
		fprintf(file, "allow udp %u from fd01:%x::/32 until 2090-01-31T15:00:00Z\n",
			5000 + i % 10 + seed, i);
	fclose(file);
}

static unsigned replacements(void)
{
	const char *number = getenv("PORTFW_TEST_REPLACEMENTS");

	return number ? (unsigned)strtoul(number, NULL, 10) : 200;
}

/* Datagrams that wait in the listeners of the port; takes them out. */
static unsigned long received(struct testbed *bed, size_t listener)
{
	char buffer[64];
	unsigned long count = 0;

	while (recv(bed->listeners[listener].fd, buffer, sizeof(buffer), MSG_DONTWAIT) >= 0)
		count++;
	return count;
}

static void check_verdicts(struct testbed *bed)
{
	assert_int_equal(port_packets(bed, OPEN_PORT, VERDICT_DROP), 0);
	assert_int_equal(port_packets(bed, CLOSED_PORT, VERDICT_PASS), 0);
}

static void replacing_large_policies_opens_nothing_and_closes_nothing(void **state)
{
	struct testbed *bed = testbed(state);
	unsigned count = replacements();

	testbed_add_veth(bed, 1, "eth1");
	listen_on(bed, UDP, OPEN_PORT);
	listen_on(bed, UDP, CLOSED_PORT);
	write_policy("/run/0", 0);
	write_policy("/run/1", 1);
	portfw_ok(bed, "apply /run/0");
	portfw_ok(bed, "attach eth0 eth1");
	struct traffic traffic = traffic_start(bed);
	wait_until(*traffic.sent > 1000);
	int64_t start = now_ms();
	unsigned long sent = *traffic.sent;
	for (unsigned i = 1; i <= count; i++) {
		unsigned long before = *traffic.sent;
		portfw_ok(bed, "apply /run/%u", i % 2);
		if (i % 50 == 0)
			check_verdicts(bed);
		wait_until(*traffic.sent != before);
	}
	print_message("%u replacements, %lld packets/s to each port\n", count,
		      (long long)(*traffic.sent - sent) * 500 / (now_ms() - start + 1));
	testbed_kill(bed, traffic.pid);
	check_verdicts(bed);
	assert_true(port_packets(bed, OPEN_PORT, VERDICT_PASS) > 1000);
	assert_true(port_packets(bed, CLOSED_PORT, VERDICT_DROP) > 1000);
	assert_true(received(bed, 0) > 0);
	assert_int_equal(received(bed, 2), 0);
	munmap((void *)traffic.sent, sizeof(*traffic.sent));
}

static void counters_survive_every_replacement(void **state)
{
	enum { COUNT = 40, EACH = 10 };
	struct testbed *bed = testbed(state);

	write_policy("/run/0", 0);
	write_policy("/run/1", 1);
	portfw_ok(bed, "apply /run/0");
	portfw_ok(bed, "attach eth0");
	for (unsigned i = 0; i < COUNT; i++) {
		send_datagrams(bed, &bed->peer, AF_INET, CLOSED_PORT, 32, EACH);
		portfw_ok(bed, "apply /run/%u", i % 2);
	}
	wait_until(port_packets(bed, CLOSED_PORT, VERDICT_DROP) >= COUNT * EACH);
	assert_int_equal(port_packets(bed, CLOSED_PORT, VERDICT_DROP), COUNT * EACH);
	assert_int_equal(packets_of(bed, "deny") + packets_of(bed, "default-deny"), COUNT * EACH);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TESTBED_TEST(replacing_large_policies_opens_nothing_and_closes_nothing),
		TESTBED_TEST(counters_survive_every_replacement),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
