/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Frames of which only the first part is readable in place: the verdict must not depend on where
 * that part ends.
 */
#include "cases.h"
#include "judging.h"
#include "native.h"
#include "program.h"
#include "skipping.h"

#include <stdio.h>
#include <string.h>

static const struct answer allowed = ALLOWED_TCP_22;
static const struct answer malformed = {.reason = REASON_MALFORMED};

static struct slot slot;
static struct setting setting = {.tables.slot = &slot};
static struct built_frame built;

static void judge_at_every_split(const struct packet_case *packet)
{
	size_t length, last;

	assert_true(case_setting(packet, NATIVE_NOW, &setting));
	build_frame(packet->layers, &built);
	length = built.length - packet->cut;
	last = length < 5000 ? length : 5000;
	for (size_t linear = 0; linear <= last; linear++) {
		struct answer got = native_judge(&setting, packet->link, packet->nic, built.bytes,
						 length, linear);

		if (answer_equal(got, packet->expected))
			continue;
		printf("case: %s; %zu bytes in place\n", packet->name, linear);
		print_frame(built.bytes, length);
		printf("expected: %s\ngot: %s\n", answer_text(packet->expected), answer_text(got));
		fail();
	}
}

static void every_case_has_its_verdict_wherever_the_linear_part_ends(void **state)
{
	static const struct case_table *const tables[] = {
#define X(name) &cases_##name,
		CASE_TABLES(X)
#undef X
	};

	(void)state;
	for (size_t t = 0; t < sizeof(tables) / sizeof(*tables); t++)
		for (size_t i = 0; i < tables[t]->count; i++)
			judge_at_every_split(&tables[t]->cases[i]);
}

/* In the kernel, on a frame that the test run splits at some place below 4096 bytes. */
static void judge_long_frame(const struct layer *layers, struct answer expected)
{
	struct program_run run = {};

	build_frame(layers, &built);
	assert_int_equal(
		program_judge(LINK_ETHERNET, 0, built.bytes, built.length, expected, true, &run),
		0);
	if (!*run.fault && answer_equal(run.answer, expected))
		return;
	print_frame(built.bytes, built.length);
	printf("expected: %s\ngot: %s %s\n", answer_text(expected), answer_text(run.answer),
	       run.fault);
	fail();
}

static void need_fragments(void)
{
	const char *missing = program_open();

	if (missing)
		skip_because(missing);
	if (!program_has_fragments())
		skip_because("this kernel has no xdp.frags");
	assert_true(compile_text(CASE_POLICY, program_now(), &setting.tables));
	assert_int_equal(program_install(0, &setting.tables), 0);
}

static void a_datagram_of_8000_bytes_is_judged_by_its_port(void **state)
{
	static const struct layer open4[] = {
		ETHERNET(), IPV4(), UDP(.destination = 53), PAYLOAD(.size = 8000), {}};
	static const struct layer closed4[] = {
		ETHERNET(), IPV4(), UDP(.destination = 54), PAYLOAD(.size = 8000), {}};
	static const struct layer open6[] = {
		ETHERNET(), VLAN(), IPV6(), UDP(.destination = 53), PAYLOAD(.size = 8000), {}};
	static const struct layer closed6[] = {
		ETHERNET(), IPV6(), UDP(.destination = 54), PAYLOAD(.size = 8000), {}};

	(void)state;
	need_fragments();
	judge_long_frame(open4, (struct answer){REASON_ALLOW, COUNTS_UDP(53)});
	judge_long_frame(closed4, (struct answer){REASON_DEFAULT_DENY, COUNTS_UDP(54)});
	judge_long_frame(open6, (struct answer){REASON_ALLOW, COUNTS_UDP(53)});
	judge_long_frame(closed6, (struct answer){REASON_DEFAULT_DENY, COUNTS_UDP(54)});
}

static void a_length_is_compared_with_the_whole_of_a_long_frame(void **state)
{
	static const struct layer fits[] = {ETHERNET(),
					    IPV4(.length = 9000),
					    TCP(.destination = 22),
					    PAYLOAD(.size = 8960),
					    {}};
	static const struct layer exceeds[] = {ETHERNET(),
					       IPV4(.length = 9001),
					       TCP(.destination = 22),
					       PAYLOAD(.size = 8960),
					       {}};
	static const struct layer exceeds6[] = {ETHERNET(),
						IPV6(.length = 8981),
						TCP(.destination = 22),
						PAYLOAD(.size = 8960),
						{}};
	static const struct layer datagram[] = {ETHERNET(),
						IPV6(),
						UDP(.destination = 53, .length = 8969),
						PAYLOAD(.size = 8960),
						{}};

	(void)state;
	need_fragments();
	judge_long_frame(fits, allowed);
	judge_long_frame(exceeds, malformed);
	judge_long_frame(exceeds6, malformed);
	judge_long_frame(datagram, malformed);
}

static void the_bytes_of_a_long_frame_that_is_not_parsed_count_whole(void **state)
{
	static const struct layer mpls[] = {ETHERNET(.next = 0x8847), PAYLOAD(.size = 8000), {}};
	static const struct layer tags[] = {
		ETHERNET(), VLAN(), VLAN(), VLAN(), PAYLOAD(.size = 8000), {}};

	(void)state;
	need_fragments();
	judge_long_frame(mpls, (struct answer){.reason = REASON_NON_IP});
	judge_long_frame(tags, malformed);
}

/* The chain is long enough for the TCP header to stand before, across and behind the place where
 * the linear part of a test run ends. */
static void the_port_is_read_wherever_the_linear_part_ends(void **state)
{
	(void)state;
	need_fragments();
	for (unsigned options = 0; options <= 2040; options += 8) {
		struct layer layers[] = {ETHERNET(),
					 IPV6(),
					 DESTINATION(.options = 2040),
					 DESTINATION(.options = options),
					 TCP(.destination = 22),
					 PAYLOAD(.size = 6000),
					 {}};

		judge_long_frame(layers, allowed);
		layers[4].destination = 23;
		judge_long_frame(layers, (struct answer){REASON_DEFAULT_DENY, COUNTS_TCP(23)});
	}
}

static void a_chain_that_ends_far_behind_the_linear_part_is_walked(void **state)
{
	static const struct layer layers[] = {ETHERNET(),
					      VLAN(),
					      VLAN(),
					      PPPOE(),
					      IPV6(),
					      HOP_BY_HOP(.options = 2040),
					      DESTINATION(.options = 2040),
					      DESTINATION(.options = 2040),
					      DESTINATION(.options = 2040),
					      DESTINATION(.options = 2040),
					      DESTINATION(.options = 2040),
					      DESTINATION(.options = 2040),
					      DESTINATION(.options = 2040),
					      TCP(.destination = 22),
					      {}};

	(void)state;
	need_fragments();
	judge_long_frame(layers, allowed);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_case_has_its_verdict_wherever_the_linear_part_ends),
		cmocka_unit_test(a_datagram_of_8000_bytes_is_judged_by_its_port),
		cmocka_unit_test(a_length_is_compared_with_the_whole_of_a_long_frame),
		cmocka_unit_test(the_bytes_of_a_long_frame_that_is_not_parsed_count_whole),
		cmocka_unit_test(the_port_is_read_wherever_the_linear_part_ends),
		cmocka_unit_test(a_chain_that_ends_far_behind_the_linear_part_is_walked),
	};
	int failed = cmocka_run_group_tests_name("linear", tests, NULL, NULL);

	program_close();
	return failed;
}
