/* SPDX-License-Identifier: GPL-2.0-only */
/* Which slot the program in the kernel reads: the control word, and the deadline of a trial. */
#include "cases.h"
#include "judging.h"
#include "program.h"
#include "skipping.h"

#include <stdio.h>
#include <time.h>

#define FAR 100000000 /* jiffies: more than a day */

enum { ACTIVE = 2, FALLBACK = 1 };

static struct slot slot;
static struct compiled tables = {.slot = &slot};

static void install(unsigned index, const char *policy)
{
	assert_true(compile_text(policy, program_now(), &tables));
	assert_int_equal(program_install(index, &tables), 0);
}

/* The active slot allows port 22, the fallback denies it, the others have no rule. */
static int fill_slots(void **state)
{
	(void)state;
	if (program_open())
		return 0;
	for (unsigned i = 0; i < SLOT_COUNT; i++)
		install(i, "default deny\n");
	install(ACTIVE, "default deny\nallow tcp 22\n");
	install(FALLBACK, "default deny\ndeny tcp 22\n");
	return 0;
}

static int no_trial(void **state)
{
	(void)state;
	if (!program_open())
		program_control(CONTROL_WORD(0));
	compiled_free(&tables);
	return 0;
}

static void expect(const struct layer *layers, enum reason reason)
{
	static struct built_frame frame;
	struct answer expected = {reason, COUNTS_TCP(22)};
	struct program_run run = {};

	build_frame(layers, &frame);
	assert_int_equal(
		program_judge(LINK_ETHERNET, 0, frame.bytes, frame.length, expected, false, &run),
		0);
	assert_string_equal(run.fault, "");
	assert_string_equal(answer_text(run.answer), answer_text(expected));
}

static void judges(__u64 word, enum reason reason)
{
	static const struct layer layers[] = {ETHERNET(), IPV4(), TCP(.destination = 22), {}};
	const char *missing = program_open();

	if (missing)
		skip_because(missing);
	program_control(word);
	expect(layers, reason);
}

static void without_a_trial_the_active_slot_judges(void **state)
{
	(void)state;
	judges(CONTROL_WORD(ACTIVE), REASON_ALLOW);
	judges(CONTROL_WORD(FALLBACK), REASON_DENY);
	judges(CONTROL_WORD(3), REASON_DEFAULT_DENY);
}

static void without_a_deadline_the_fallback_does_not_count(void **state)
{
	(void)state;
	judges(CONTROL_TRIAL(ACTIVE, FALLBACK, 0), REASON_ALLOW);
}

static void before_the_deadline_the_active_slot_judges(void **state)
{
	(void)state;
	judges(CONTROL_TRIAL(ACTIVE, FALLBACK, program_now() + FAR), REASON_ALLOW);
}

static void behind_the_deadline_the_fallback_judges(void **state)
{
	(void)state;
	judges(CONTROL_TRIAL(ACTIVE, FALLBACK, 1), REASON_DENY);
	judges(CONTROL_TRIAL(ACTIVE, FALLBACK, program_now() - 1), REASON_DENY);
}

static void at_the_deadline_the_fallback_judges(void **state)
{
	(void)state;
	judges(CONTROL_TRIAL(ACTIVE, FALLBACK, program_now()), REASON_DENY);
}

static void the_highest_deadline_lies_ahead(void **state)
{
	(void)state;
	judges(CONTROL_TRIAL(ACTIVE, FALLBACK, CONTROL_DEADLINE_MASK), REASON_ALLOW);
}

static void each_slot_has_tables_of_its_own(void **state)
{
	static const struct layer layers[] = {
		ETHERNET(), IPV4(.from = "10.0.0.9"), TCP(.destination = 22), {}};
	static char text[2][32768];
	const char *missing = program_open();

	(void)state;
	if (missing)
		skip_because(missing);
	for (unsigned i = 0; i < 2; i++) {
		size_t length = 0;

		for (unsigned n = 0; n < 400; n++)
			length +=
				(size_t)snprintf(text[i] + length, sizeof(text[i]) - length,
						 "%s tcp 22 from 10.0.%u.%u\n",
						 (n + i) % 2 ? "allow" : "deny", n / 250, n % 250);
		install(i ? FALLBACK : ACTIVE, text[i]);
		assert_int_equal(slot.sources4, SOURCES_LARGE);
	}
	program_control(CONTROL_TRIAL(ACTIVE, FALLBACK, program_now() + FAR));
	expect(layers, REASON_ALLOW);
	program_control(CONTROL_TRIAL(ACTIVE, FALLBACK, 1));
	expect(layers, REASON_DENY);
}

static void the_clock_goes_forward(void **state)
{
	const struct timespec pause = {.tv_nsec = 50000000};
	const char *missing = program_open();
	__u64 before;

	(void)state;
	if (missing)
		skip_because(missing);
	before = program_now();
	nanosleep(&pause, NULL);
	assert_true(before && program_now() > before);
}

#define TRIAL(test) cmocka_unit_test_setup_teardown(test, fill_slots, no_trial)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TRIAL(without_a_trial_the_active_slot_judges),
		TRIAL(without_a_deadline_the_fallback_does_not_count),
		TRIAL(before_the_deadline_the_active_slot_judges),
		TRIAL(behind_the_deadline_the_fallback_judges),
		TRIAL(at_the_deadline_the_fallback_judges),
		TRIAL(the_highest_deadline_lies_ahead),
		TRIAL(each_slot_has_tables_of_its_own),
		cmocka_unit_test(the_clock_goes_forward),
	};
	int failed = cmocka_run_group_tests_name("trial", tests, NULL, NULL);

	program_close();
	return failed;
}
