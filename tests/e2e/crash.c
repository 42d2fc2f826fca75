/* SPDX-License-Identifier: GPL-2.0-only */
#include "crash.h"

#include "command.h"
#include "nic.h"
#include "probe.h"
#include "state.h"
#include "tables.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define OPEN_PORT 60 /* of UDP, in the old policy */
#define OTHER_PORT 61

#define POINTS_MAX 100

/* --- The states ---------------------------------------------------------------------------- */

struct state {
	char *file;   /* policy file and block list */
	char *kernel; /* the policy, a trial, what becomes of packets */
	bool trial;
	bool agree; /* the two say the same */
};

static void state_free(struct state *state)
{
	free(state->file);
	free(state->kernel);
}
#define _cleanup_state_ __attribute__((cleanup(state_free)))

/* Takes the mode out of "attach eth0 native": where the file has no such line it is written out. */
static char *without_mode(const char *text)
{
	char *copy = strdup(text), *mode = strstr(copy, " native");

	if (mode)
		memmove(mode, mode + strlen(" native"), strlen(mode + strlen(" native")) + 1);
	return copy;
}

static bool is_isolated(struct testbed *bed)
{
	return strncmp(portfw_ok(bed, "status")->out, "LOCKDOWN", 8) == 0;
}

static void read_kernel(struct testbed *bed, struct state *state)
{
	uint64_t blocked = tables_blocked(bed);
	bool open = tables_verdict(bed, OPEN_PORT) == VERDICT_PASS;
	bool other = tables_verdict(bed, OTHER_PORT) == VERDICT_PASS;
	char *running = without_mode(portfw_ok(bed, "list --runtime")->out);
	char *saved = without_mode(portfw_ok(bed, "list")->out);

	blocked = tables_blocked(bed) - blocked;
	state->trial = trial_left(bed) >= 0;
	bool isolated = is_isolated(bed);
	state->agree = strcmp(saved, running) == 0 && !strstr(state->file, "block ") == !blocked &&
		       !strstr(state->file, "keep ") == !isolated;
	assert_true(asprintf(&state->kernel, "%s%s%sudp %d %s, udp %d %s, the peer is %s\n",
			     running, isolated ? "locked down\n" : "",
			     state->trial ? "on trial\n" : "", OPEN_PORT, open ? "passes" : "drops",
			     OTHER_PORT, other ? "passes" : "drops",
			     blocked ? "blocked" : "not blocked") >= 0);
	free(running);
	free(saved);
}

static struct state state_read(struct testbed *bed)
{
	struct state state = {0};

	state.file = strdup(shell(bed, &bed->guarded,
				  "cat $PORTFW_POLICY ${PORTFW_POLICY%%/*}/blocks "
				  "${PORTFW_POLICY%%/*}/lockdown 2>/dev/null || :")
				    ->out);
	/* Nothing enforces the file: that is drift. */
	if (nic_program(bed, "eth0"))
		read_kernel(bed, &state);
	else
		state.kernel = strdup("nothing is attached\n");
	return state;
}

/* --- Beginnings ---------------------------------------------------------------------------- */

/* No trial, no block, nothing to undo; the old policy in the file and, unless the scenario begins
 * detached, in force. */
static void begin(struct testbed *bed, const struct scenario *scenario)
{
	static const char policy[] = "default deny\nallow udp 60\n";

	if (trial_left(bed) >= 0)
		portfw_ok(bed, "rollback");
	if (scenario->detached || !nic_program(bed, "eth0"))
		portfw_ok(bed, "detach --all --runtime");
	portfw_ok(bed, "unlock");
	shell_ok(bed, &bed->guarded, "rm -f $PORTFW_POLICY* ${PORTFW_POLICY%%/*}/blocks");
	file_put(bed->policy, policy);
	if (!scenario->detached)
		portfw_ok(bed, "attach eth0");
	if (!scenario->detached)
		portfw_ok(bed, "restore");
	shell_ok(bed, &bed->guarded, "rm -f $PORTFW_POLICY.*");
	for (size_t i = 0; i < 3 && scenario->before[i]; i++)
		portfw_ok(bed, "%s", scenario->before[i]);
}

/* --- Endings ------------------------------------------------------------------------------- */

static void fail_state(const struct scenario *scenario, const char *point, const char *what,
		       const char *found, const char *old, const char *new)
{
	fflush(stdout);
	fprintf(stderr, "portfw %s, killed at %s: %s:\n%s--- old:\n%s--- new:\n%s---\n",
		scenario->words, point, what, found, old, new);
	fail();
}

static void check_whole(const struct scenario *scenario, const char *point,
			const struct state *found, const struct state *old, const struct state *new)
{
	if (strcmp(found->file, old->file) != 0 && strcmp(found->file, new->file) != 0)
		fail_state(scenario, point, "the file is neither", found->file, old->file,
			   new->file);
	if (strcmp(found->kernel, old->kernel) != 0 && strcmp(found->kernel, new->kernel) != 0)
		fail_state(scenario, point, "the kernel is neither", found->kernel, old->kernel,
			   new->kernel);
}

/* `status` knows of a difference; then restore, or the end of the trial, brings both together, and
 * the next change works. */
static void check_mended(struct testbed *bed, const struct scenario *scenario, const char *point,
			 const struct state *found)
{
	struct run *status = portfw_ok(bed, "status");

	if (!found->trial && !strstr(status->out, "drift") != found->agree)
		fail_state(scenario, point, "wrong about drift", status->out, found->file,
			   found->kernel);
	if (found->trial)
		portfw_ok(bed, "rollback");
	portfw_ok(bed, "restore");
	/* What a killed command left attached, and the file does not name, is detached. */
	if (!strstr(portfw_ok(bed, "list")->out, "attach eth0")) {
		assert_int_equal(nic_program(bed, "eth0"), 0);
		assert_int_equal(pin_count(bed, "egress-"), 0);
		portfw_ok(bed, "attach eth0");
	}
	_cleanup_state_ struct state mended = state_read(bed);
	status = portfw_ok(bed, "status");
	if (!mended.agree || strstr(status->out, "drift"))
		fail_state(scenario, point, "restore did not mend", status->out, mended.file,
			   mended.kernel);
	portfw_ok(bed, "allow udp 99");
	assert_says(portfw_ok(bed, "list"), "99");
}

static void check_point(struct testbed *bed, const struct scenario *scenario, const char *point,
			const struct state *old, const struct state *new)
{
	begin(bed, scenario);
	bed->fault = point;
	portfw_fails(bed, 128 + SIGKILL, "%s", scenario->words);
	bed->fault = NULL;
	_cleanup_state_ struct state found = state_read(bed);
	check_whole(scenario, point, &found, old, new);
	check_mended(bed, scenario, point, &found);
}

/* What the command is meant to do, found by letting it. Returns the points that it comes to, a line
 * each. */
static const char *learn(struct testbed *bed, const struct scenario *scenario, struct state *old,
			 struct state *new)
{
	begin(bed, scenario);
	*old = state_read(bed);
	bed->fault = "trace";
	const char *passed = portfw_ok(bed, "%s", scenario->words)->err;
	bed->fault = NULL;
	*new = state_read(bed);
	assert_true(strcmp(old->file, new->file) != 0 || strcmp(old->kernel, new->kernel) != 0);
	return passed;
}

/* --- The points ---------------------------------------------------------------------------- */

static struct {
	char *names[POINTS_MAX];
	size_t count;
} points;

static void list_points(struct testbed *bed)
{
	if (points.count)
		return;
	if (access(TESTBED_FAULTY, X_OK))
		fail_msg("there is no fault build (build/fault/portfw)");
	bed->fault = "list";
	char *text = portfw_ok(bed, "status")->out;
	bed->fault = NULL;
	for (char *name = strtok(text, "\n"); name; name = strtok(NULL, "\n")) {
		assert_true(points.count < POINTS_MAX);
		points.names[points.count++] = strdup(name);
	}
	assert_true(points.count > 10);
}

static bool has_line(const char *text, const char *line)
{
	size_t length = strlen(line);

	for (; *text; text += strcspn(text, "\n") + 1)
		if (strncmp(text, line, length) == 0 && text[length] == '\n')
			return true;
	return false;
}

/* Of every scenario, whichever program it belongs to. */
static void prepare(struct testbed *bed)
{
	list_points(bed);
	file_put("/run/other", "default allow\ndeny udp 60\nallow tcp 1-1000 from 10.0.0.0/8\n");
}

void crash_check(struct testbed *bed, const struct scenario *scenario)
{
	_cleanup_state_ struct state old = {0}, new = {0};

	prepare(bed);
	const char *passed = learn(bed, scenario, &old, &new);
	for (size_t i = 0; i < points.count; i++)
		if (has_line(passed, points.names[i]))
			check_point(bed, scenario, points.names[i], &old, &new);
}

/* test_upgrade.c kills at these. */
static bool is_of_upgrade(const char *point)
{
	static const char *const names[] = {"program-swap",    "program-swapped",
					    "upgrade-created", "upgrade-completed",
					    "pin-move",	       "pins-moved"};

	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++)
		if (strcmp(point, names[i]) == 0)
			return true;
	return false;
}

void crash_check_points(struct testbed *bed, const struct scenario *const *scenarios)
{
	bool reached[POINTS_MAX] = {false};

	prepare(bed);
	for (; *scenarios; scenarios++) {
		_cleanup_state_ struct state old = {0}, new = {0};
		const char *passed = learn(bed, *scenarios, &old, &new);
		for (size_t i = 0; i < points.count; i++)
			reached[i] |= has_line(passed, points.names[i]);
	}
	for (size_t i = 0; i < points.count; i++)
		if (!reached[i] && !is_of_upgrade(points.names[i]))
			fail_msg("no command came to %s", points.names[i]);
}
