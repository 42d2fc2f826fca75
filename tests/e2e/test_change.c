/* SPDX-License-Identifier: GPL-2.0-only */
/* Changes under traffic: one whole policy judges each packet. */
#include "command.h"
#include "counter.h"
#include "probe.h"

#include <poll.h>
#include <sys/mman.h>
#include <time.h>

#define OPEN_PORT 53
#define CLOSED_PORT 54
#define CHANGES 60

/* A child that sends to both ports without a pause; the number it has sent to each is shared. */
static volatile unsigned *start_traffic(struct testbed *bed)
{
	volatile unsigned *sent = mmap(NULL, sizeof(*sent), PROT_READ | PROT_WRITE,
				       MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	assert_ptr_not_equal(sent, MAP_FAILED);
	if (testbed_fork(bed) != 0)
		return sent;
	for (;;) {
		send_datagrams(bed, &bed->peer, AF_INET, OPEN_PORT, 32, 1);
		send_datagrams(bed, &bed->peer, AF_INET, CLOSED_PORT, 32, 1);
		++*sent;
		nanosleep(&(struct timespec){.tv_nsec = 50000}, NULL);
	}
}

/* Another policy, in which the ports of the traffic keep their verdicts. */
static void change(struct testbed *bed, unsigned round)
{
	switch (round % 6) {
	case 0:
		portfw_ok(bed, "allow udp 1000-2000");
		break;
	case 1:
		file_put("/run/other", "default deny\nallow udp 1-53 on eth0\ndeny udp 54-99\n");
		portfw_ok(bed, "apply /run/other");
		break;
	case 2:
		portfw_ok(bed, "deny udp 54 on eth0");
		break;
	case 3:
		file_put("/run/other", "default allow\ndeny udp 54-60\n");
		portfw_ok(bed, "apply /run/other");
		break;
	case 4:
		portfw_ok(bed, "deny tcp 1-65535");
		break;
	default:
		file_put("/run/other", "default deny\nallow udp 53\n");
		portfw_ok(bed, "apply /run/other");
	}
}

static void no_change_opens_a_denied_port_or_closes_an_allowed_one(void **state)
{
	struct testbed *bed = testbed(state);

	portfw_ok(bed, "attach eth0");
	portfw_ok(bed, "default deny");
	portfw_ok(bed, "allow udp %d", OPEN_PORT);
	volatile unsigned *sent = start_traffic(bed);
	wait_until(*sent > 100);
	for (unsigned round = 0; round < CHANGES; round++) {
		unsigned before = *sent;
		change(bed, round);
		wait_until(*sent != before);
	}
	testbed_kill(bed, bed->children[0]);
	assert_true(port_packets(bed, OPEN_PORT, VERDICT_PASS) > 100);
	assert_true(port_packets(bed, CLOSED_PORT, VERDICT_DROP) > 100);
	assert_int_equal(port_packets(bed, OPEN_PORT, VERDICT_DROP), 0);
	assert_int_equal(port_packets(bed, CLOSED_PORT, VERDICT_PASS), 0);
	munmap((void *)sent, sizeof(*sent));
}

static void attaching_another_nic_leaves_no_gap(void **state)
{
	struct testbed *bed = testbed(state);

	testbed_add_veth(bed, 1, "eth1");
	portfw_ok(bed, "attach eth0");
	portfw_ok(bed, "deny udp %d on eth0", CLOSED_PORT);
	volatile unsigned *sent = start_traffic(bed);
	wait_until(*sent > 100);
	for (unsigned round = 0; round < 5; round++) {
		portfw_ok(bed, "attach eth1");
		portfw_ok(bed, "detach eth1");
	}
	testbed_kill(bed, bed->children[0]);
	assert_int_equal(port_packets(bed, OPEN_PORT, VERDICT_DROP), 0);
	assert_int_equal(port_packets(bed, CLOSED_PORT, VERDICT_PASS), 0);
	munmap((void *)sent, sizeof(*sent));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TESTBED_TEST(no_change_opens_a_denied_port_or_closes_an_allowed_one),
		TESTBED_TEST(attaching_another_nic_leaves_no_gap),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
