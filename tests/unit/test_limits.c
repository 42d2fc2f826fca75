/* SPDX-License-Identifier: GPL-2.0-only */
/* How much fits in compiled tables, and what is said past that. */
#include <netinet/in.h>

#include "judge.h"
#include "random.h"

static const char nics[MAX_NICS][IFNAMSIZ] = {[0] = "eth0"};

/* A policy that is made rule by rule, and its tables. */
struct made {
	struct policy policy;
	struct slot *slot;
	struct compiled compiled;
	struct error error;
};

static void made_free(struct made *made)
{
	policy_free(&made->policy);
	compiled_free(&made->compiled);
	free(made->slot);
}
#define _cleanup_made_ __attribute__((cleanup(made_free)))

static void made_init(struct made *made)
{
	*made = (struct made){.slot = slot_new()};
	policy_init(&made->policy);
	made->compiled.slot = made->slot;
}

static int made_compile(struct made *made)
{
	assert_int_equal(policy_normalise(&made->policy, NULL), 0);
	return compile_policy(&made->policy, nics, &made->compiled, &made->error);
}

static void expect_refused(struct made *made, const char *message)
{
	assert_int_equal(made_compile(made), -ENOSPC);
	assert_string_equal(made->error.text, message);
	assert_null(made->compiled.sources4);
	assert_null(made->compiled.sources6);
	assert_null(made->compiled.cells);
}

static struct prefix prefix4(uint32_t address, unsigned length)
{
	return (struct prefix){4,
			       (__u8)length,
			       {(__u8)(address >> 24), (__u8)(address >> 16), (__u8)(address >> 8),
				(__u8)address}};
}

/* 2001:db8:NUMBER::/64. */
static struct prefix prefix6(uint32_t number, unsigned length)
{
	return (struct prefix){6,
			       (__u8)length,
			       {0x20, 0x01, 0x0d, 0xb8, (__u8)(number >> 24), (__u8)(number >> 16),
				(__u8)(number >> 8), (__u8)number}};
}

static void add(struct made *made, unsigned port, struct prefix source, enum action action,
		__s64 until)
{
	const struct rule rule = {.proto = IPPROTO_TCP,
				  .low = (__u16)port,
				  .high = (__u16)port,
				  .action = action,
				  .source = source,
				  .until = until};

	assert_int_equal(policy_append(&made->policy, &rule), 0);
}

static enum action action_of(unsigned number)
{
	return number * 2654435761u >> 16 & 1 ? ACTION_ALLOW : ACTION_DENY;
}

static void expect_action(const struct made *made, unsigned port, struct prefix address,
			  enum action expected)
{
	char text[WORDS_PREFIX_SIZE];
	enum action action;

	address.length = address.family == 4 ? 32 : 128;
	action = judge(&made->compiled, IPPROTO_TCP, port, 0, &address, TEST_NOW);
	words_print_prefix(&address, text);
	if (action != expected)
		fail_msg("tcp %u from %s: %d, not %d", port, text, action, expected);
}

static void a_hundred_thousand_prefixes_answer_right(void **state)
{
	const struct prefix any = {0};
	_cleanup_made_ struct made made;

	(void)state;
	made_init(&made);
	for (unsigned i = 0; i < POLICY_SOURCES_MAX / 2; i++) {
		add(&made, 22, prefix4(i << 15, 18), action_of(i), 0);
		add(&made, 22, prefix6(i << 8, 64), action_of(i + 1), 0);
	}
	made.error.text[0] = '\0';
	if (made_compile(&made) != 0)
		fail_msg("%s", made.error.text);
	assert_int_equal(made.slot->sources4, SOURCES_LARGE);
	assert_int_equal(made.slot->sources6, SOURCES_LARGE);
	assert_int_equal(made.slot->large_cells, 0);
	for (unsigned i = 0; i < POLICY_SOURCES_MAX / 2; i++) {
		struct prefix last = prefix6(i << 8, 128);

		memset(last.address + 8, 0xff, 8);
		expect_action(&made, 22, prefix4(i << 15, 32), action_of(i));
		expect_action(&made, 22, prefix4((i << 15) + 0x3fff, 32), action_of(i));
		expect_action(&made, 22, prefix4((i << 15) + 0x4000, 32), ACTION_NONE);
		expect_action(&made, 22, prefix6(i << 8, 128), action_of(i + 1));
		expect_action(&made, 22, last, action_of(i + 1));
		expect_action(&made, 22, prefix6((i << 8) + 1, 128), ACTION_NONE);
	}
	add(&made, 23, any, ACTION_ALLOW, 0);
	compiled_free(&made.compiled);
	assert_int_equal(made_compile(&made), 0);
	add(&made, 23, prefix4(0xffffffff, 32), ACTION_ALLOW, 0);
	compiled_free(&made.compiled);
	expect_refused(&made, "more than 100000 distinct source prefixes");
}

static void cells_beyond_those_of_the_slot_answer_right(void **state)
{
	enum { PORTS = 120, SOURCES = 120 };
	_cleanup_made_ struct made made;

	(void)state;
	made_init(&made);
	for (unsigned port = 0; port < PORTS; port++)
		for (unsigned i = 0; i < SOURCES; i++)
			add(&made, 2 * port, prefix4(i << 8, 24), action_of(port * SOURCES + i), 0);
	if (made_compile(&made) != 0)
		fail_msg("%s", made.error.text);
	assert_int_equal(made.slot->large_cells, 1);
	for (unsigned port = 0; port < PORTS; port++)
		for (unsigned i = 0; i < SOURCES; i++) {
			expect_action(&made, 2 * port, prefix4((i << 8) + 7, 32),
				      action_of(port * SOURCES + i));
			expect_action(&made, 2 * port + 1, prefix4((i << 8) + 7, 32), ACTION_NONE);
		}
}

/* The last ports have a source each, so that all are classes; the first tell the sources apart. */
static void too_many_cells_are_refused(void **state)
{
	enum { BITS = 14, SOURCES = 1 << BITS };
	_cleanup_made_ struct made made;

	(void)state;
	made_init(&made);
	for (unsigned i = 1; i < SOURCES; i++)
		for (unsigned bit = 0; bit < BITS; bit++)
			if (i >> bit & 1)
				add(&made, 2 * bit, prefix4(i, 32), ACTION_ALLOW, 0);
	for (unsigned port = BITS; port < MAX_CLASSES; port++)
		add(&made, 2 * port, prefix4(port, 32), ACTION_DENY, 0);
	expect_refused(&made, "too many different sources for so many port behaviours: 4096000 "
			      "combinations, at most 2097152");
}

static void too_many_outcomes_are_refused(void **state)
{
	_cleanup_made_ struct made made;

	(void)state;
	made_init(&made);
	for (unsigned i = 0; i < OUTCOMES_MAX - 1; i++)
		add(&made, 22, prefix4(i, 32), ACTION_ALLOW, TEST_NOW + 1 + i);
	assert_int_equal(made_compile(&made), 0);
	expect_action(&made, 22, prefix4(4000, 32), ACTION_ALLOW);
	compiled_free(&made.compiled);
	add(&made, 22, prefix4(OUTCOMES_MAX, 32), ACTION_ALLOW, TEST_NOW + OUTCOMES_MAX);
	expect_refused(&made, "more than 4096 distinct combinations of actions, NICs and times");
}

/* The longer the prefix, the sooner it ends. */
static void too_many_times_in_a_row_are_refused(void **state)
{
	const struct prefix address = prefix6(0, 128);
	_cleanup_made_ struct made made;
	unsigned count = 0;

	(void)state;
	made_init(&made);
	for (; count < OUTCOME_STEPS_MAX - 1; count++)
		add(&made, 22, prefix6(0, 33 + count), count % 2 ? ACTION_ALLOW : ACTION_DENY,
		    TEST_NOW + 100 - count);
	assert_int_equal(made_compile(&made), 0);
	for (unsigned i = 0; i < count; i++)
		assert_int_equal(
			judge(&made.compiled, IPPROTO_TCP, 22, 0, &address, TEST_NOW + 99 - i),
			i % 2 ? ACTION_ALLOW : ACTION_DENY);
	assert_int_equal(judge(&made.compiled, IPPROTO_TCP, 22, 0, &address, TEST_NOW + 100),
			 ACTION_NONE);
	add(&made, 22, prefix6(0, 33 + count), ACTION_ALLOW, TEST_NOW + 1);
	expect_refused(&made, "what holds for a port and a source changes at more than 31 times");
}

static void equal_policies_compile_to_equal_bytes(void **state)
{
	enum { PORTS = 100, SOURCES = 200 };
	struct made made[2];

	(void)state;
	for (unsigned which = 0; which < 2; which++) {
		made_init(&made[which]);
		memset(made[which].slot, which ? 0x5a : 0xff, sizeof(struct slot));
		for (unsigned n = 0; n < PORTS * SOURCES; n++) {
			unsigned i = which ? n : PORTS * SOURCES - 1 - n;

			add(&made[which], i % PORTS,
			    i % 2 ? prefix4(i / PORTS * 512, 24) : prefix6(i / PORTS * 2, 64),
			    action_of(i), i % 7 ? 0 : TEST_NOW + i % 5);
		}
		assert_int_equal(made_compile(&made[which]), 0);
		assert_non_null(made[which].compiled.sources4);
		assert_non_null(made[which].compiled.sources6);
		assert_non_null(made[which].compiled.cells);
	}
	assert_memory_equal(made[0].slot, made[1].slot, sizeof(struct slot));
	assert_memory_equal(made[0].compiled.sources4, made[1].compiled.sources4,
			    sizeof(struct sources4_large));
	assert_memory_equal(made[0].compiled.sources6, made[1].compiled.sources6,
			    sizeof(struct sources6_large));
	assert_memory_equal(made[0].compiled.cells, made[1].compiled.cells,
			    sizeof(struct cells_large));
	made_free(&made[0]);
	made_free(&made[1]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_hundred_thousand_prefixes_answer_right),
		cmocka_unit_test(cells_beyond_those_of_the_slot_answer_right),
		cmocka_unit_test(too_many_cells_are_refused),
		cmocka_unit_test(too_many_outcomes_are_refused),
		cmocka_unit_test(too_many_times_in_a_row_are_refused),
		cmocka_unit_test(equal_policies_compile_to_equal_bytes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
