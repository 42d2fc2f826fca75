/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Random policies and frames: the native build and the program in the kernel against the model.
 * A failure prints the seed; PORTFW_TEST_SEED repeats it.
 */
#include "generator.h"
#include "judging.h"
#include "model.h"
#include "native.h"
#include "policy/reason.h"
#include "program.h"
#include "skipping.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define POLICIES 800
#define NATIVE_FRAMES 1250 /* for each policy */
#define KERNEL_FRAMES 125
#define LARGE_POLICIES 24
#define LARGE_NATIVE_FRAMES 600
#define LARGE_KERNEL_POLICIES 8
#define LARGE_KERNEL_FRAMES 300

/* One frame, and everything that its verdict depends on. */
struct trial {
	struct generator generator;
	struct random_policy policy;
	struct slot slot;
	struct setting setting;
	enum link_type link;
	unsigned nic;
	struct built_frame frame;
	struct answer expected;
};

static __u64 seed;

static int start(void **state)
{
	const char *wanted = getenv("PORTFW_TEST_SEED");
	static struct trial trial;

	seed = wanted ? strtoull(wanted, NULL, 0) : (__u64)time(NULL);
	generator_seed(&trial.generator, seed);
	trial.policy.model = model_policy_new();
	trial.setting.tables.slot = &trial.slot;
	*state = &trial;
	return trial.policy.model ? 0 : -1;
}

static int finish(void **state)
{
	struct trial *trial = *state;

	model_policy_free(trial->policy.model);
	compiled_free(&trial->setting.tables);
	return 0;
}

static void show_flow(const struct model_flow *flow)
{
	int family = flow->family == 4 ? AF_INET : AF_INET6;
	char local[INET6_ADDRSTRLEN], remote[INET6_ADDRSTRLEN];

	inet_ntop(family, flow->local, local, sizeof(local));
	inet_ntop(family, flow->remote, remote, sizeof(remote));
	printf("flow, protocol %u, local %s port %u, remote %s port %u, seconds left: %lld%s\n",
	       flow->proto, local, flow->local_port, remote, flow->remote_port,
	       flow->until - JUDGED_AT, flow->beats_deny ? ", beats a rule that denies" : "");
}

static void show_policy(const struct trial *trial)
{
	const struct model_policy *model = trial->policy.model;

	printf("PORTFW_TEST_SEED=%llu, policy:\n%s", seed, trial->policy.text);
	for (size_t i = 0; i < model->block_count; i++) {
		const struct model_prefix *from = &model->blocks[i].from;

		printf("blocked, IPv%d, seconds left: %lld: ", from->family,
		       model->blocks[i].until ? model->blocks[i].until - JUDGED_AT : -1);
		for (unsigned byte = 0; byte < (from->family == 4 ? 4 : 16); byte++)
			printf("%02x", from->address[byte]);
		printf("/%u\n", from->length);
	}
	for (size_t i = 0; i < model->flow_count; i++)
		show_flow(&model->flows[i]);
	if (model->lockdown)
		printf("lockdown is on and keeps %zu prefixes\n", model->keep_count);
}

/* The model's block list for the others. */
static void set_blocks(struct trial *trial)
{
	const struct model_policy *model = trial->policy.model;

	for (size_t i = 0; i < model->block_count; i++) {
		const struct model_block *block = &model->blocks[i];
		struct block_item *item = &trial->setting.blocked[i];

		*item = (struct block_item){.prefix.family = (__u8)block->from.family,
					    .prefix.length = (__u8)block->from.length};
		memcpy(item->prefix.address, block->from.address, 16);
		if (block->until)
			item->block.until = jiffies_at(block->until, trial->setting.now);
	}
	trial->setting.blocked_count = model->block_count;
}

static struct address6 table_address(int family, const unsigned char *bytes)
{
	struct address6 address = {};

	for (unsigned i = 0; i < 8; i++) {
		address.high = address.high << 8 | bytes[i];
		address.low = address.low << 8 | bytes[i + 8];
	}
	/* IPv4 as ::ffff:192.0.2.1 */
	return family == 6 ? address : (struct address6){0, 0xffffull << 32 | address.high >> 32};
}

/* The same of the flows. */
static void set_flows(struct trial *trial)
{
	const struct model_policy *model = trial->policy.model;

	for (size_t i = 0; i < model->flow_count; i++) {
		const struct model_flow *flow = &model->flows[i];

		trial->setting.flows[i] = (struct flow_entry){
			.key = {.local = table_address(flow->family, flow->local),
				.remote = table_address(flow->family, flow->remote),
				.local_port = (__u16)flow->local_port,
				.remote_port = (__u16)flow->remote_port,
				.protocol = (__u8)flow->proto},
			.flow = {.until = jiffies_at(flow->until, trial->setting.now),
				 .beats_deny = flow->beats_deny},
		};
	}
	trial->setting.flow_count = model->flow_count;
}

static void set_lockdown(struct trial *trial)
{
	const struct model_policy *model = trial->policy.model;

	trial->setting.lockdown = model->lockdown;
	trial->setting.keep_count = model->keep_count;
	for (size_t i = 0; i < model->keep_count; i++) {
		const struct model_prefix *kept = &model->keep[i];
		struct prefix *keep = &trial->setting.keep[i];

		*keep = (struct prefix){(__u8)kept->family, (__u8)kept->length, {}};
		memcpy(keep->address, kept->address, kept->family == 4 ? 4 : 16);
	}
}

static void next_policy(struct trial *trial, bool large, bool in_the_kernel)
{
	struct setting *setting = &trial->setting;

	trial->policy.near_times = !in_the_kernel;
	setting->now = in_the_kernel ? program_now() : NATIVE_NOW;
	if (large)
		generate_large_policy(&trial->generator, &trial->policy);
	else
		generate_policy(&trial->generator, &trial->policy);
	if (!compile_text(trial->policy.text, setting->now, &setting->tables)) {
		show_policy(trial);
		fail();
	}
	set_blocks(trial);
	set_flows(trial);
	set_lockdown(trial);
	if (!in_the_kernel)
		return;
	assert_int_equal(program_install(0, &setting->tables), 0);
	assert_int_equal(program_block(setting->blocked, setting->blocked_count), 0);
	assert_int_equal(program_flows(setting->flows, setting->flow_count), 0);
	program_lockdown(setting);
}

static void next_frame(struct trial *trial)
{
	trial->link = generator_below(&trial->generator, 4) ? LINK_ETHERNET : LINK_RAW_IP;
	trial->nic = generator_below(&trial->generator, MODEL_NICS);
	generate_frame(&trial->generator, trial->policy.model, trial->link, &trial->frame);
	trial->expected = model_judge(trial->policy.model, trial->link, trial->nic,
				      trial->frame.bytes, trial->frame.length);
}

static void disagree(const struct trial *trial, struct answer got, const char *fault)
{
	show_policy(trial);
	printf("%s link, eth%u, ", trial->link == LINK_RAW_IP ? "raw IP" : "Ethernet", trial->nic);
	print_frame(trial->frame.bytes, trial->frame.length);
	printf("model: %s\ngot: %s %s\n", answer_text(trial->expected), answer_text(got), fault);
	fail();
}

static void judge_natively(struct trial *trial, unsigned frames)
{
	for (unsigned i = 0; i < frames; i++) {
		struct answer got;
		size_t linear;

		next_frame(trial);
		linear = trial->frame.length;
		if (i % 4 == 0)
			linear = generator_below(&trial->generator, (unsigned)linear + 1);
		got = native_judge(&trial->setting, trial->link, trial->nic, trial->frame.bytes,
				   trial->frame.length, linear);
		if (!answer_equal(got, trial->expected))
			disagree(trial, got, "");
	}
}

static void judge_in_the_kernel(struct trial *trial, unsigned frames)
{
	for (unsigned i = 0; i < frames;) {
		struct program_run run = {};

		next_frame(trial);
		if (!program_takes(trial->frame.length))
			continue;
		i++;
		assert_int_equal(program_judge(trial->link, trial->nic, trial->frame.bytes,
					       trial->frame.length, trial->expected, false, &run),
				 0);
		/* Bytes of longer frames are test_linear's. */
		if ((*run.fault && trial->frame.length < PROGRAM_LINEAR_MIN) ||
		    !answer_equal(run.answer, trial->expected))
			disagree(trial, run.answer, run.fault);
	}
}

static void the_native_build_agrees_with_the_model(void **state)
{
	struct trial *trial = *state;

	for (unsigned policy = 0; policy < POLICIES; policy++) {
		next_policy(trial, false, false);
		judge_natively(trial, NATIVE_FRAMES);
	}
}

static void the_native_build_agrees_on_large_policies(void **state)
{
	struct trial *trial = *state;
	unsigned large4 = 0, large6 = 0, large_cells = 0;

	for (unsigned policy = 0; policy < LARGE_POLICIES; policy++) {
		next_policy(trial, true, false);
		large4 += trial->slot.sources4 == SOURCES_LARGE;
		large6 += trial->slot.sources6 == SOURCES_LARGE;
		large_cells += trial->slot.large_cells;
		judge_natively(trial, LARGE_NATIVE_FRAMES);
	}
	if (!large4 || !large6 || !large_cells)
		printf("PORTFW_TEST_SEED=%llu\n", seed);
	assert_true(large4 && large6 && large_cells);
}

static void the_program_agrees_with_the_model(void **state)
{
	struct trial *trial = *state;
	const char *missing = program_open();

	if (missing)
		skip_because(missing);
	for (unsigned policy = 0; policy < POLICIES; policy++) {
		next_policy(trial, false, true);
		judge_in_the_kernel(trial, KERNEL_FRAMES);
	}
}

static void the_program_agrees_on_large_policies(void **state)
{
	struct trial *trial = *state;
	const char *missing = program_open();

	if (missing)
		skip_because(missing);
	for (unsigned policy = 0; policy < LARGE_KERNEL_POLICIES; policy++) {
		next_policy(trial, true, true);
		judge_in_the_kernel(trial, LARGE_KERNEL_FRAMES);
	}
}

static void the_frames_reach_every_reason(void **state)
{
	/* Of 50,000 frames; 0: this build does not give the reason. */
	static const unsigned least[REASON_COUNT] = {
		[REASON_NON_IP] = 500,	       [REASON_MALFORMED] = 5000,
		[REASON_ICMP] = 1000,	       [REASON_BLOCKED] = 200,
		[REASON_DHCP] = 100,	       [REASON_FRAGMENT] = 1000,
		[REASON_ALLOW] = 1000,	       [REASON_DENY] = 1000,
		[REASON_DEFAULT_ALLOW] = 1000, [REASON_DEFAULT_DENY] = 1000,
		[REASON_REPLY] = 1000,	       [REASON_KEEP] = 100,
		[REASON_LOCKDOWN] = 500,
	};
	unsigned reached[REASON_COUNT] = {}, failed = 0;
	struct trial *trial = *state;

	for (unsigned i = 0; i < 50000; i++) {
		if (i % 100 == 0)
			next_policy(trial, false, false);
		next_frame(trial);
		reached[trial->expected.reason]++;
	}
	for (unsigned reason = 0; reason < REASON_COUNT; reason++) {
		if (reached[reason] >= least[reason] && !reached[reason] == !least[reason])
			continue;
		printf("PORTFW_TEST_SEED=%llu: %s came %u times, wanted %u\n", seed,
		       reason_name(reason), reached[reason], least[reason]);
		failed++;
	}
	assert_int_equal(failed, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(the_native_build_agrees_with_the_model, start,
						finish),
		cmocka_unit_test_setup_teardown(the_native_build_agrees_on_large_policies, start,
						finish),
		cmocka_unit_test_setup_teardown(the_program_agrees_with_the_model, start, finish),
		cmocka_unit_test_setup_teardown(the_program_agrees_on_large_policies, start,
						finish),
		cmocka_unit_test_setup_teardown(the_frames_reach_every_reason, start, finish),
	};
	int failed = cmocka_run_group_tests_name("model", tests, NULL, NULL);

	program_close();
	return failed;
}
