/* SPDX-License-Identifier: GPL-2.0-only */
/* Two network namespaces that share a bpffs and files, with NICs of the same index. */
#include "command.h"
#include "nic.h"
#include "probe.h"
#include "state.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

static void start(struct testbed *bed)
{
	listen_on(bed, TCP, 22);
	listen_on(bed, TCP, 23);
	portfw_ok(bed, "attach eth0");
	portfw_ok(bed, "deny tcp 23");
	portfw_ok(bed, "block 192.0.2.1");
}

/* The peer's eth0 has the index of the guarded host's. */
static void check_indices(struct testbed *bed)
{
	static const char script[] = "cat /proc/net/dev | grep -c eth0; ip -o link show eth0 | "
				     "cut -d: -f1";

	char *ours = shell_ok(bed, &bed->guarded, "%s", script)->out;
	assert_prints(shell_ok(bed, &bed->peer, "%s", script), ours);
}

static void from_another_one_nothing_is_changed_and_it_says_where(void **state)
{
	static const char *const commands[] = {"attach eth0",
					       "detach eth0",
					       "detach --all",
					       "restore",
					       "restore --boot",
					       "apply /run/p",
					       "allow tcp 23",
					       "deny tcp 22",
					       "default allow",
					       "reset",
					       "undo",
					       "block 10.9.9.9",
					       "lockdown keep 10.77.0.1",
					       "unlock",
					       "unblock 192.0.2.1",
					       "confirm",
					       "rollback",
					       "status",
					       "explain tcp 23 from 10.77.0.2",
					       "flows",
					       "list --runtime"};
	struct testbed *bed = testbed(state);
	unsigned program;

	start(bed);
	check_indices(bed);
	if (!testbed_fork(bed)) { /* a process that is in there */
		host_enter(bed, &bed->guarded);
		for (;;)
			pause();
	}
	program = nic_program(bed, "eth0");
	file_put("/run/p", "attach eth0\ndefault allow\n");
	char *before = testbed_record(bed);
	for (size_t i = 0; i < sizeof(commands) / sizeof(*commands); i++) {
		struct run *run = shell(bed, &bed->peer, "$PORTFW %s", commands[i]);

		run_expect(run, 1, __FILE__, __LINE__);
		assert_complains(run, "guards another network namespace");
		assert_complains(run, "nsenter --net=/proc/");
	}
	assert_unchanged(bed, before);
	assert_int_equal(nic_program(bed, "eth0"), program);
	assert_answers(bed, {TCP, 22, OPEN}, {TCP, 23, FILTERED});
}

static void its_name_is_told(void **state)
{
	struct testbed *bed = testbed(state);

	start(bed);
	shell_ok(bed, &bed->guarded,
		 "mkdir -p /run/netns; : >/run/netns/front; "
		 "mount --bind /proc/self/ns/net /run/netns/front");
	assert_complains(shell(bed, &bed->peer, "$PORTFW status"),
			 "`nsenter --net=/run/netns/front portfw");
	shell_ok(bed, &bed->peer, "nsenter --net=/run/netns/front $PORTFW deny tcp 22");
	assert_answers(bed, {TCP, 22, FILTERED}, {TCP, 23, FILTERED});
}

static void one_that_is_gone_is_replaced(void **state)
{
	struct testbed *bed = testbed(state);

	shell_ok(
		bed, &bed->guarded,
		"unshare --net sh -ec 'ip link set lo up; ip link add eth0 type veth peer name p0; "
		"ip link set eth0 up; $PORTFW attach eth0; $PORTFW deny tcp 23'");
	listen_on(bed, TCP, 22);
	listen_on(bed, TCP, 23);
	wait_until(portfw(bed, "restore")->status == 0); /* the kernel takes its time to end it */
	assert_true(nic_program(bed, "eth0"));
	assert_answers(bed, {TCP, 22, OPEN}, {TCP, 23, FILTERED});
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TESTBED_TEST(from_another_one_nothing_is_changed_and_it_says_where),
		TESTBED_TEST(its_name_is_told),
		TESTBED_TEST(one_that_is_gone_is_replaced),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
