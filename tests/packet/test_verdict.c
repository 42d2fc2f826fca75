/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The case tables: each frame through the native build of parse and decide, one test a case, and
 * through the program in the kernel, one test a theme. Policies are text, compiled as the commands
 * compile them.
 */
#include "cases.h"
#include "judging.h"
#include "native.h"
#include "program.h"
#include "skipping.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct case_table *const tables[] = {
#define X(name) &cases_##name,
	CASE_TABLES(X)
#undef X
};
#define TABLE_COUNT (sizeof(tables) / sizeof(*tables))

/* The bytes of a case, in memory of exactly their number. */
static unsigned char *case_frame(const struct packet_case *packet, size_t *length)
{
	static struct built_frame built;
	unsigned char *frame;

	build_frame(packet->layers, &built);
	*length = built.length - packet->cut;
	frame = malloc(*length ? *length : 1);
	assert_non_null(frame);
	memcpy(frame, built.bytes, *length);
	return frame;
}

static struct slot slot;
static struct setting setting = {.tables.slot = &slot};

static void print_flow(const struct known_flow *flow)
{
	printf("flow: protocol %u, local %s port %u, remote %s port %u%s%s\n", flow->protocol,
	       flow->local, flow->local_port, flow->remote, flow->remote_port,
	       flow->over ? ", over" : "", flow->beats_deny ? ", beats a rule that denies" : "");
}

static void report(const struct packet_case *packet, const unsigned char *frame, size_t length,
		   struct answer got, const char *fault)
{
	printf("case: %s\n", packet->name);
	printf("policy: %s", case_policy(packet));
	for (size_t i = 0; i < setting.blocked_count; i++)
		printf("blocked: %s\n", packet->blocked[i].address);
	for (size_t i = 0; i < setting.flow_count; i++)
		print_flow(&packet->flows[i]);
	print_frame(frame, length);
	printf("expected: %s\ngot: %s %s\n", answer_text(packet->expected), answer_text(got),
	       fault);
}

static void the_native_build_judges(void **state)
{
	const struct packet_case *packet = *state;
	struct answer got;
	unsigned char *frame;
	size_t length;
	bool same;

	assert_true(case_setting(packet, NATIVE_NOW, &setting));
	frame = case_frame(packet, &length);
	got = native_judge(&setting, packet->link, packet->nic, frame, length, length);
	same = answer_equal(got, packet->expected);
	if (!same)
		report(packet, frame, length, got, "");
	free(frame);
	assert_true(same);
}

enum result { GOOD, BAD, NOT_RUN };

/* One case in the kernel; BAD: it said so. */
static enum result judge_in_the_kernel(const struct packet_case *packet)
{
	struct program_run run = {};
	unsigned char *frame;
	size_t length;
	bool good;
	int code;

	assert_true(case_setting(packet, program_now(), &setting));
	assert_int_equal(program_install(0, &setting.tables), 0);
	assert_int_equal(program_block(setting.blocked, setting.blocked_count), 0);
	assert_int_equal(program_flows(setting.flows, setting.flow_count), 0);
	program_lockdown(&setting);
	frame = case_frame(packet, &length);
	if (!program_takes(length)) {
		free(frame);
		/* Shorter than any frame: no test run takes it; longer than a page: some do. */
		return length < PROGRAM_FRAME_MIN ? GOOD : NOT_RUN;
	}
	code = program_judge(packet->link, packet->nic, frame, length, packet->expected, true,
			     &run);
	if (code)
		snprintf(run.fault, sizeof(run.fault), "test run: %s", strerror(-code));
	good = !code && !*run.fault && answer_equal(run.answer, packet->expected);
	if (!good)
		report(packet, frame, length, run.answer, run.fault);
	free(frame);
	return good ? GOOD : BAD;
}

static void the_program_judges(void **state)
{
	const struct case_table *table = *state;
	const char *missing = program_open();
	unsigned results[] = {[GOOD] = 0, [BAD] = 0, [NOT_RUN] = 0};

	if (missing)
		skip_because(missing);
	for (size_t i = 0; i < table->count; i++)
		results[judge_in_the_kernel(&table->cases[i])]++;
	assert_int_equal(results[BAD], 0);
	if (results[NOT_RUN])
		skip_because("this kernel has no xdp.frags: long frames were not run");
}

int main(void)
{
	struct CMUnitTest *tests;
	size_t count = TABLE_COUNT;
	int failed;

	for (size_t t = 0; t < TABLE_COUNT; t++)
		count += tables[t]->count;
	tests = calloc(count, sizeof(*tests));
	if (!tests)
		return 1;
	count = 0;
	for (size_t t = 0; t < TABLE_COUNT; t++) {
		for (size_t i = 0; i < tables[t]->count; i++)
			tests[count++] = (struct CMUnitTest){
				.name = tables[t]->cases[i].name,
				.test_func = the_native_build_judges,
				.initial_state = (void *)&tables[t]->cases[i],
			};
		tests[count++] = (struct CMUnitTest){
			.name = tables[t]->name,
			.test_func = the_program_judges,
			.initial_state = (void *)tables[t],
		};
	}
	failed = _cmocka_run_group_tests("verdict", tests, count, NULL, NULL);
	program_close();
	free(tests);
	return failed;
}
