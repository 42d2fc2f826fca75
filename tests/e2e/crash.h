/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Commands that are killed before and after each of their steps, at the points that the fault build
 * names. Whatever was done by then: kernel and file each have the old or the new policy whole, the
 * next command works, `status` tells whether the two differ, and `restore` mends it.
 *
 * Each command is killed at many points, and each of them takes some 20 commands. So the scenarios
 * are dealt to four programs that take about as long: each must end in time on a slow machine too.
 */
#ifndef E2E_CRASH_H
#define E2E_CRASH_H

#include "testbed.h"

/* A command that is killed, and those that come before it. */
struct scenario {
	const char *words;
	const char *before[3];
	bool detached; /* begins with no NIC attached */
};

/* All of them: X(name of the test, the scenario), by the program that they belong to. */
#define CRASH_CHANGES(X)                               \
	X(a_rule, .words = "allow udp 61")             \
	X(a_whole_policy, .words = "apply /run/other") \
	X(a_reset, .words = "reset")                   \
	X(an_undo, .words = "undo", .before = {"allow udp 61"})

#define CRASH_TRIALS(X)                                                                    \
	X(a_trial, .words = "--confirm 1h allow udp 61")                                   \
	X(a_second_trial, .words = "--confirm 1h deny udp 60",                             \
	  .before = {"--confirm 1h allow udp 61"})                                         \
	X(an_attach_on_trial, .words = "attach --confirm 1h eth0", .detached = true)       \
	X(a_confirmation, .words = "confirm", .before = {"--confirm 1h apply /run/other"}) \
	X(a_rollback, .words = "rollback", .before = {"--confirm 1h apply /run/other"})

#define CRASH_INCIDENTS(X)                                                         \
	X(a_block, .words = "block 10.77.0.2")                                     \
	X(an_unblock, .words = "unblock 10.77.0.2", .before = {"block 10.77.0.2"}) \
	X(a_lockdown, .words = "lockdown keep 10.9.9.9")                           \
	X(an_unlock, .words = "unlock", .before = {"lockdown keep 10.9.9.9"})      \
	X(a_restore, .words = "restore", .before = {"block 10.77.0.2", "detach --all --runtime"})

#define CRASH_ATTACHMENTS(X)                                   \
	X(an_attach, .words = "attach eth0", .detached = true) \
	X(a_detach, .words = "detach eth0")

/* X for the test of a scenario, and for its place among the tests of a program. */
#define CRASH_DEFINE(name, ...)                                                     \
	static void name(void **state)                                              \
	{                                                                           \
		crash_check(testbed(state), &(const struct scenario){__VA_ARGS__}); \
	}
#define CRASH_TEST(name, ...) TESTBED_TEST(name),

/* Kills the command at each point that it comes to. */
void crash_check(struct testbed *bed, const struct scenario *scenario);

/* Fails if there is a point that none of these commands comes to: it would not be tested.
 * `scenarios` ends with NULL. */
void crash_check_points(struct testbed *bed, const struct scenario *const *scenarios);

#endif
