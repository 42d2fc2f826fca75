/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The commands of an incident and of booting, where something else is broken: after each of them no
 * port that was closed is open, and what it says is true. test_lockdown_faults.c and
 * test_block_faults.c have what keeps files from being written, test_boot.c broken files.
 */
#include "command.h"
#include "nic.h"
#include "probe.h"
#include "state.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define KEPT "10.1.2.3"
#define HOSTILE "10.1.2.4"

/* --- What is broken -------------------------------------------------------------------------- */

struct fault {
	const char *name;
	const char *script;  /* on the guarded host */
	const char *program; /* that runs the command; NULL: the one under test */
	bool reopens; /* the NIC is another one by now: everything passes until it is attached */
	bool leaves;  /* what leaves is not watched */
	bool unsaved; /* block and unblock cannot save */
};

#define WITHOUT(pin)                                                        \
	{                                                                   \
		.name = pin " missing", .script = "rm $PORTFW_PIN_DIR/" pin \
	}

static const struct fault faults[] = {
	{.name = "nothing", .script = ":"},
	WITHOUT("control"),
	WITHOUT("slots"),
	WITHOUT("counters"),
	WITHOUT("sources4"),
	WITHOUT("sources6"),
	WITHOUT("cells"),
	WITHOUT("blocks"),
	WITHOUT("block-prefixes4"),
	WITHOUT("block-prefixes6"),
	WITHOUT("flows"),
	WITHOUT("clock"),
	WITHOUT("explain"),
	WITHOUT("policy-*"),
	{.name = "egress-0 missing", .script = "rm $PORTFW_PIN_DIR/egress-0", .leaves = true},
	{.name = "all pins but the links missing",
	 .script = "cd $PORTFW_PIN_DIR && ls | grep -v -e xdp -e egress | xargs rm"},
	{.name = "a pin of something else",
	 .script = "cd $PORTFW_PIN_DIR && mv explain slots && mv cells control"},
	{.name = "another ABI version", .script = ":", .program = TESTBED_NEWER},
	{.name = "another build", .script = ":", .program = TESTBED_VARIANT},
	{.name = "no run directory",
	 .script = "rm -r $PORTFW_RUN_DIR; : >$PORTFW_RUN_DIR",
	 .unsaved = true},
	{.name = "the NIC renamed",
	 .script = "ip link set eth0 down; ip link set eth0 name lan0; ip link set lan0 up; "
		   "ip addr add fd77:0::1/64 dev lan0 nodad; ip route add 10.1.0.0/16 via "
		   "10.77.0.2 || :"},
	{.name = "the links' pins missing",
	 .script = "rm $PORTFW_PIN_DIR/xdp-0 $PORTFW_PIN_DIR/egress-0",
	 .reopens = true,
	 .leaves = true},
};
#define FAULT_COUNT (sizeof(faults) / sizeof(*faults))

/* --- What holds ------------------------------------------------------------------------------ */

static bool answers(struct testbed *bed, const char *source, unsigned port, enum answer expected)
{
	bool right = false;

	bed->source = source;
	for (unsigned i = 0; i < 20 && !right; i++)
		right = knock(bed, TCP, port, expected);
	bed->source = NULL;
	return right;
}

static void must(struct testbed *bed, const struct fault *fault, const struct run *run,
		 const char *source, unsigned port, enum answer expected)
{
	if (!answers(bed, source, port, expected))
		fail_msg("%s, then `%s`: tcp %u from %s is not %s; it said: %s%s", fault->name,
			 run->command, port, source, expected == OPEN ? "open" : "filtered",
			 run->out, run->err);
}

static void must_end(const struct fault *fault, const struct run *run, int status)
{
	if (run->status != status)
		fail_msg("%s, then `%s`: exit status %d instead of %d; it said: %s%s", fault->name,
			 run->command, run->status, status, run->out, run->err);
}

/* tcp 22 is open, 23 is denied, HOSTILE not blocked. */
static void start(struct testbed *bed)
{
	bed->program = NULL;
	portfw_ok(bed, "attach eth0");
	portfw_ok(bed, "deny tcp 23");
	portfw_ok(bed, "block 192.0.2.1");
}

static void breaks(struct testbed *bed, const struct fault *fault)
{
	shell_ok(bed, &bed->guarded, "%s", fault->script);
	bed->program = fault->program;
}

/* As it was before start(). */
static void clean(struct testbed *bed)
{
	shell_ok(
		bed, &bed->guarded,
		"[ -d $PORTFW_RUN_DIR ] || rm -f $PORTFW_RUN_DIR\n"
		"ip link show eth0 >/dev/null 2>&1 || { ip link set lan0 down; ip link set lan0 name "
		"eth0; ip link set eth0 up; ip addr add fd77:0::1/64 dev eth0 nodad; "
		"ip route add 10.1.0.0/16 via 10.77.0.2 || :; }");
	portfw_ok(bed, "detach --all");
	bed->program = NULL;
	shell_ok(bed, &bed->guarded,
		 "rm -f $PORTFW_POLICY* ${PORTFW_POLICY%%/*}/blocks ${PORTFW_POLICY%%/*}/lockdown");
}

static void prepare(struct testbed *bed)
{
	listen_on(bed, TCP, 22);
	listen_on(bed, TCP, 23);
	testbed_add_address(bed, KEPT);
	testbed_add_address(bed, HOSTILE);
}

/* --- The commands ---------------------------------------------------------------------------- */

static void lockdown_cuts_whatever_is_broken(void **state)
{
	struct testbed *bed = testbed(state);

	prepare(bed);
	for (size_t i = 0; i < FAULT_COUNT; i++) {
		const struct fault *fault = &faults[i];
		const struct run *run;

		start(bed);
		breaks(bed, fault);
		run = portfw(bed, "lockdown keep " KEPT);
		must_end(fault, run, 0);
		assert_says(run, "locked down");
		must(bed, fault, run, KEPT, 22, OPEN);
		must(bed, fault, run, HOSTILE, 22, FILTERED);
		must(bed, fault, run, HOSTILE, 23, FILTERED);
		if (fault->leaves &&
		    shell(bed, &bed->guarded, "ping -c 1 -W 1 " HOSTILE)->status == 0)
			fail_msg("%s, then `%s`: the host still reaches others", fault->name,
				 run->command);
		clean(bed);
	}
}

static void unlock_lifts_it_and_the_policy_holds(void **state)
{
	struct testbed *bed = testbed(state);

	prepare(bed);
	for (size_t i = 0; i < FAULT_COUNT; i++) {
		const struct fault *fault = &faults[i];
		const struct run *run;

		/* Another version says that it takes restore. */
		if (fault->program || fault->reopens)
			continue;
		start(bed);
		portfw_ok(bed, "lockdown keep " KEPT);
		breaks(bed, fault);
		run = portfw(bed, "unlock");
		must_end(fault, run, 0);
		assert_says(run, "unlocked");
		must(bed, fault, run, HOSTILE, 22, OPEN);
		must(bed, fault, run, HOSTILE, 23, FILTERED);
		clean(bed);
	}
}

static void block_blocks_whatever_is_broken(void **state)
{
	struct testbed *bed = testbed(state);

	prepare(bed);
	for (size_t i = 0; i < FAULT_COUNT; i++) {
		const struct fault *fault = &faults[i];
		const struct run *run;

		if (fault->reopens)
			continue;
		start(bed);
		breaks(bed, fault);
		run = portfw(bed, "block " HOSTILE);
		must_end(fault, run, fault->unsaved ? 5 : 0);
		must(bed, fault, run, HOSTILE, 22, FILTERED);
		must(bed, fault, run, KEPT, 22, OPEN);
		must(bed, fault, run, KEPT, 23, FILTERED);
		clean(bed);
	}
}

/* The unit's command, where an instance is there already. */
static void restore_at_boot_mends_what_is_broken(void **state)
{
	struct testbed *bed = testbed(state);

	prepare(bed);
	for (size_t i = 0; i < FAULT_COUNT; i++) {
		const struct fault *fault = &faults[i];
		const struct run *run;
		bool renamed = strcmp(fault->name, "the NIC renamed") == 0;

		start(bed);
		breaks(bed, fault);
		run = portfw(bed, "restore --boot");
		must_end(fault, run, renamed ? 1 : 0);
		must(bed, fault, run, KEPT, 22, OPEN);
		must(bed, fault, run, KEPT, 23, FILTERED);
		must_end(fault, portfw(bed, "status"), 0);
		clean(bed);
	}
}

/* --- A NIC that is another one --------------------------------------------------------------- */

static void recreate(struct testbed *bed)
{
	shell_ok(bed, &bed->guarded, "ip link del eth0");
	testbed_add_veth(bed, 0, "eth0");
	shell_ok(bed, &bed->peer,
		 "ip addr add " KEPT "/32 dev eth0; ip addr add " HOSTILE "/32 dev eth0");
	shell_ok(bed, &bed->guarded,
		 "ip route add " KEPT " via 10.77.0.2; ip route add " HOSTILE " via 10.77.0.2");
}

static void a_nic_that_was_made_anew_is_cut_by_lockdown_and_guarded_by_restore(void **state)
{
	static const struct fault fault = {.name = "the NIC deleted and made anew"};
	struct testbed *bed = testbed(state);
	const struct run *run;

	listen_on(bed, TCP, 22);
	listen_on(bed, TCP, 23);
	start(bed);
	recreate(bed);
	run = portfw(bed, "lockdown keep " KEPT);
	must_end(&fault, run, 0);
	must(bed, &fault, run, HOSTILE, 22, FILTERED);
	must(bed, &fault, run, KEPT, 22, OPEN);
	portfw_ok(bed, "unlock");
	must(bed, &fault, run, HOSTILE, 23, FILTERED);
	recreate(bed);
	run = portfw(bed, "restore --boot");
	must_end(&fault, run, 0);
	must(bed, &fault, run, HOSTILE, 22, OPEN);
	must(bed, &fault, run, HOSTILE, 23, FILTERED);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TESTBED_TEST(lockdown_cuts_whatever_is_broken),
		TESTBED_TEST(unlock_lifts_it_and_the_policy_holds),
		TESTBED_TEST(block_blocks_whatever_is_broken),
		TESTBED_TEST(restore_at_boot_mends_what_is_broken),
		TESTBED_TEST(a_nic_that_was_made_anew_is_cut_by_lockdown_and_guarded_by_restore),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
