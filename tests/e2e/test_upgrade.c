/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Another version of portfw takes over what one attached, under traffic: no packet of a denied port
 * passes, no session breaks, nothing is lost; killed anywhere, the next restore ends it.
 * $PORTFW_TEST_UPGRADES: how often, 8 if it is not set.
 */
#include "command.h"
#include "counter.h"
#include "nic.h"
#include "state.h"
#include "traffic.h"

#include <signal.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#define CLOSED_PORT 54

/* --- Traffic --------------------------------------------------------------------------------- */

struct knocks {
	pid_t pid;
	volatile unsigned long *sent; /* datagrams to the closed port, shared with the child */
	size_t listener;
};

static struct knocks knocks_start(struct testbed *bed)
{
	struct knocks knocks = {.listener = bed->listener_count};

	listen_on(bed, UDP, CLOSED_PORT);
	knocks.sent = mmap(NULL, sizeof(*knocks.sent), PROT_READ | PROT_WRITE,
			   MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	assert_ptr_not_equal(knocks.sent, MAP_FAILED);
	knocks.pid = testbed_fork(bed);
	if (knocks.pid)
		return knocks;
	for (;;) {
		send_datagrams(bed, &bed->peer, AF_INET, CLOSED_PORT, 32, 20);
		send_datagrams(bed, &bed->peer, AF_INET6, CLOSED_PORT, 32, 20);
		*knocks.sent += 40;
		nanosleep(&(struct timespec){.tv_nsec = 200000}, NULL);
	}
}

/* None of them came through. */
static void knocks_stop(struct testbed *bed, struct knocks *knocks)
{
	char byte[64];

	testbed_kill(bed, knocks->pid);
	assert_true(*knocks->sent > 100);
	assert_true(packets_of(bed, "default-deny") > 0);
	for (size_t i = knocks->listener; i < bed->listener_count; i++)
		if (bed->listeners[i].type == UDP)
			assert_int_equal(
				recv(bed->listeners[i].fd, byte, sizeof(byte), MSG_DONTWAIT), -1);
	munmap((void *)knocks->sent, sizeof(*knocks->sent));
}

/* --- What is there --------------------------------------------------------------------------- */

static void start(struct testbed *bed)
{
	testbed_add_veth(bed, 1, "eth1");
	portfw_ok(bed, "attach eth0 eth1");
	portfw_ok(bed, "allow tcp 22 for 1h comment kept");
	portfw_ok(bed, "allow tcp 23 on eth1");
	portfw_ok(bed, "--force default deny");
	portfw_ok(bed, "block 192.0.2.1 192.0.2.0/25 2001:db8::/32 for 1h");
}

#define SESSIONS(bed)                                               \
	traffic_start(bed, INCOMING(TCP, GUARDED4, 22, .count = 2), \
		      INCOMING(TCP, GUARDED6, 22, .count = 1),      \
		      OUTGOING(TCP, PEER4, 2200, .count = 2),       \
		      OUTGOING(UDP, PEER6, 5300, .count = 2),       \
		      OUTGOING(TCP, PEER4, 2300, .count = 1, .fresh = true))

static void check_policy(struct testbed *bed)
{
	struct run *status = portfw_ok(bed, "status");

	assert_says(status, "blocked: 3 addresses (192.0.2.0/25, ");
	assert_says(status, "in sync with");
	assert_says(portfw_ok(bed, "list --runtime"), "allow tcp 22 until ");
	assert_says(portfw_ok(bed, "list --runtime"), "allow tcp 23 on eth1\n");
}

/* --- Without a hole -------------------------------------------------------------------------- */

static unsigned upgrades(void)
{
	const char *number = getenv("PORTFW_TEST_UPGRADES");

	return number ? (unsigned)strtoul(number, NULL, 10) : 8;
}

static void other_programs_of_the_same_version_take_over_without_a_hole(void **state)
{
	struct testbed *bed = testbed(state);
	struct traffic *sessions;
	struct knocks knocks;

	start(bed);
	sessions = SESSIONS(bed);
	knocks = knocks_start(bed);
	for (unsigned i = 0; i < upgrades(); i++) {
		unsigned before = nic_program(bed, "eth0");

		bed->program = i % 2 ? NULL : TESTBED_VARIANT;
		assert_complains(portfw_ok(bed, "restore"),
				 "eth1: runs the programs of this portfw");
		assert_int_not_equal(nic_program(bed, "eth0"), before);
		before = nic_program(bed, "eth1");
		assert_complains_not(portfw_ok(bed, "restore --boot"), "runs the programs");
		assert_int_equal(nic_program(bed, "eth1"), before);
	}
	assert_goes_on(sessions);
	knocks_stop(bed, &knocks);
	check_policy(bed);
	traffic_stop(sessions);
}

static void another_version_takes_over_without_a_hole(void **state)
{
	struct testbed *bed = testbed(state);
	struct traffic *sessions;
	const unsigned count = (upgrades() + 3) / 4;
	struct knocks knocks;
	long long counted;

	start(bed);
	sessions = SESSIONS(bed);
	knocks = knocks_start(bed);
	for (unsigned i = 0; i < count; i++) {
		bed->program = NULL;
		counted = packets_of(bed, "allow");
		bed->program = TESTBED_NEWER;
		assert_complains(portfw_fails(bed, 1, "allow tcp 80"), "run `portfw restore`");
		assert_complains(portfw_fails(bed, 1, "status"), "run `portfw restore`");
		assert_complains(portfw_ok(bed, i % 2 ? "restore" : "restore --boot"), "upgraded");
		assert_true(packets_of(bed, "allow") >= counted);
		check_policy(bed);
		assert_goes_on(sessions);
		/* Back again, which opens it for a moment: not while somebody knocks. */
		if (i + 1 == count)
			break;
		kill(knocks.pid, SIGSTOP);
		portfw_ok(bed, "detach --all --runtime");
		bed->program = NULL;
		portfw_ok(bed, "restore");
		portfw_ok(bed, "block 192.0.2.1 192.0.2.0/25 2001:db8::/32 for 1h");
		assert_goes_on(sessions);
		kill(knocks.pid, SIGCONT);
	}
	knocks_stop(bed, &knocks);
	traffic_stop(sessions);
}

/* --- What is carried over -------------------------------------------------------------------- */

static void lockdown_holds_from_before_to_after(void **state)
{
	struct testbed *bed = testbed(state);

	start(bed);
	listen_on(bed, TCP, 22);
	portfw_ok(bed, "lockdown keep 10.9.9.9,fd09::/16 for 1h");
	assert_answers(bed, {TCP, 22, FILTERED});
	bed->program = TESTBED_NEWER;
	portfw_ok(bed, "restore");
	assert_says(portfw_ok(bed, "status"), "LOCKDOWN: only to and from 10.9.9.9, fd09::/16");
	assert_answers(bed, {TCP, 22, FILTERED});
	portfw_ok(bed, "unlock");
	assert_answers(bed, {TCP, 22, OPEN});
}

static void a_trial_runs_on_with_what_it_falls_back_to(void **state)
{
	struct testbed *bed = testbed(state);
	double left;

	start(bed);
	listen_on(bed, TCP, 24);
	portfw_ok(bed, "--confirm 1h allow tcp 24");
	left = trial_left(bed);
	bed->program = TESTBED_NEWER;
	portfw_fails(bed, 1, "restore"); /* upgrades, and leaves the trial to be decided */
	assert_true(trial_left(bed) > 0 && trial_left(bed) <= left);
	assert_answers(bed, {TCP, 24, OPEN});
	portfw_ok(bed, "rollback");
	assert_answers(bed, {TCP, 24, FILTERED});
	check_policy(bed);
}

static void lockdown_upgrades_by_itself_and_cuts(void **state)
{
	struct testbed *bed = testbed(state);

	start(bed);
	listen_on(bed, TCP, 22);
	bed->program = TESTBED_NEWER;
	portfw_ok(bed, "lockdown keep 10.9.9.9");
	assert_answers(bed, {TCP, 22, FILTERED});
	portfw_ok(bed, "unlock");
	assert_answers(bed, {TCP, 22, OPEN});
	check_policy(bed);
}

static void pins_of_a_newer_version_are_for_lockdown_alone(void **state)
{
	static const char *const refused[] = {"restore", "allow tcp 80",   "status", "detach --all",
					      "unlock",	 "restore --boot", "flows"};
	struct testbed *bed = testbed(state);
	unsigned program;

	bed->program = TESTBED_NEWER;
	start(bed);
	listen_on(bed, TCP, 22);
	listen_on(bed, TCP, 25);
	bed->program = NULL;
	program = nic_program(bed, "eth0");
	for (size_t i = 0; i < sizeof(refused) / sizeof(*refused); i++)
		assert_complains(portfw_fails(bed, 1, "%s", refused[i]), "newer portfw");
	assert_int_equal(nic_program(bed, "eth0"), program);
	assert_answers(bed, {TCP, 22, OPEN}, {TCP, 25, FILTERED});
	assert_complains(portfw_ok(bed, "lockdown keep 10.9.9.9"), "is replaced");
	assert_answers(bed, {TCP, 22, FILTERED});
	portfw_ok(bed, "unlock");
	assert_answers(bed, {TCP, 22, OPEN}, {TCP, 25, FILTERED});
	check_policy(bed);
}

/* --- Killed ---------------------------------------------------------------------------------- */

static void killed_at(struct testbed *bed, const char *program, const char *point)
{
	struct knocks knocks;

	bed->program = NULL;
	start(bed);
	knocks = knocks_start(bed);
	bed->program = program;
	bed->fault = point;
	assert_int_equal(portfw(bed, "restore")->status, 128 + SIGKILL);
	/* Killed a second time, where it begins anew. */
	assert_int_equal(portfw(bed, "restore")->status, 128 + SIGKILL);
	bed->fault = NULL;
	portfw_ok(bed, "restore");
	check_policy(bed);
	knocks_stop(bed, &knocks);
	assert_answers(bed, {TCP, 25, FILTERED});
	assert_prints(shell_ok(bed, &bed->guarded, "ls $PORTFW_PIN_DIR | grep next || :"), "");
}

static void killed_anywhere_the_next_restore_ends_it(void **state)
{
	static const char *const points[] = {"upgrade-created", "upgrade-completed", "program-swap",
					     "program-swapped", "pin-move"};
	struct testbed *bed = testbed(state);

	for (size_t i = 0; i < sizeof(points) / sizeof(*points); i++) {
		killed_at(bed, TESTBED_NEWER, points[i]);
		portfw_ok(bed, "detach --all");
		shell_ok(bed, &bed->guarded, "ip link del eth1; rm -f $PORTFW_POLICY");
	}
}

static void killed_between_two_programs_the_next_restore_ends_it(void **state)
{
	static const char *const points[] = {"program-swap", "program-swapped"};
	struct testbed *bed = testbed(state);

	for (size_t i = 0; i < sizeof(points) / sizeof(*points); i++) {
		killed_at(bed, TESTBED_VARIANT, points[i]);
		portfw_ok(bed, "detach --all");
		shell_ok(bed, &bed->guarded, "ip link del eth1; rm -f $PORTFW_POLICY");
	}
}

static void killed_when_all_but_the_directory_has_moved_it_is_done(void **state)
{
	struct testbed *bed = testbed(state);

	start(bed);
	bed->program = TESTBED_NEWER;
	bed->fault = "pins-moved";
	assert_int_equal(portfw(bed, "restore")->status, 128 + SIGKILL);
	bed->fault = NULL;
	check_policy(bed);
	portfw_ok(bed, "allow tcp 80");
	portfw_ok(bed, "detach --all");
	assert_int_equal(access(bed->pin_dir, F_OK), -1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TESTBED_TEST(other_programs_of_the_same_version_take_over_without_a_hole),
		TESTBED_TEST(another_version_takes_over_without_a_hole),
		TESTBED_TEST(lockdown_holds_from_before_to_after),
		TESTBED_TEST(a_trial_runs_on_with_what_it_falls_back_to),
		TESTBED_TEST(lockdown_upgrades_by_itself_and_cuts),
		TESTBED_TEST(pins_of_a_newer_version_are_for_lockdown_alone),
		TESTBED_TEST(killed_anywhere_the_next_restore_ends_it),
		TESTBED_TEST(killed_between_two_programs_the_next_restore_ends_it),
		TESTBED_TEST(killed_when_all_but_the_directory_has_moved_it_is_done),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
