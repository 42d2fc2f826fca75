/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Random policies and frames: the native build and the program in the kernel against the model.
 * A failure prints the seed; PORTFW_TEST_SEED repeats it.
 */
#include "generator.h"
#include "judging.h"
#include "model.h"
#include "native.h"
#include "program.h"
#include "skipping.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define POLICIES 800
#define NATIVE_FRAMES 1250 /* for each policy */
#define KERNEL_FRAMES 50

/* One frame, and everything that its verdict depends on. */
struct trial {
	struct generator generator;
	struct random_policy policy;
	struct slot slot;
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
	*state = &trial;
	return trial.policy.model ? 0 : -1;
}

static int finish(void **state)
{
	struct trial *trial = *state;

	free(trial->policy.model);
	return 0;
}

static void next_policy(struct trial *trial)
{
	generate_policy(&trial->generator, &trial->policy);
	if (!compile_text(trial->policy.text, &trial->slot)) {
		printf("PORTFW_TEST_SEED=%llu, policy:\n%s", seed, trial->policy.text);
		fail();
	}
}

static void next_frame(struct trial *trial)
{
	trial->link = generator_below(&trial->generator, 4) ? LINK_ETHERNET : LINK_RAW_IP;
	trial->nic = generator_below(&trial->generator, MODEL_NICS);
	generate_frame(&trial->generator, trial->link, &trial->frame);
	trial->expected = model_judge(trial->policy.model, trial->link, trial->nic,
				      trial->frame.bytes, trial->frame.length);
}

static void disagree(const struct trial *trial, struct answer got, const char *fault)
{
	printf("PORTFW_TEST_SEED=%llu, policy:\n%s", seed, trial->policy.text);
	printf("%s link, eth%u, ", trial->link == LINK_RAW_IP ? "raw IP" : "Ethernet", trial->nic);
	print_frame(trial->frame.bytes, trial->frame.length);
	printf("model: %s\ngot: %s %s\n", answer_text(trial->expected), answer_text(got), fault);
	fail();
}

static void the_native_build_agrees_with_the_model(void **state)
{
	struct trial *trial = *state;

	for (unsigned policy = 0; policy < POLICIES; policy++) {
		next_policy(trial);
		for (unsigned i = 0; i < NATIVE_FRAMES; i++) {
			struct answer got;
			size_t linear;

			next_frame(trial);
			linear = trial->frame.length;
			if (i % 4 == 0)
				linear = generator_below(&trial->generator, (unsigned)linear + 1);
			got = native_judge(&trial->slot, trial->link, trial->nic,
					   trial->frame.bytes, trial->frame.length, linear);
			if (!answer_equal(got, trial->expected))
				disagree(trial, got, "");
		}
	}
}

static void the_program_agrees_with_the_model(void **state)
{
	struct trial *trial = *state;
	const char *missing = program_open();

	if (missing)
		skip_because(missing);
	for (unsigned policy = 0; policy < POLICIES; policy++) {
		next_policy(trial);
		memcpy(program_slot(), &trial->slot, sizeof(trial->slot));
		for (unsigned i = 0; i < KERNEL_FRAMES;) {
			struct program_run run = {};

			next_frame(trial);
			if (!program_takes(trial->frame.length))
				continue;
			i++;
			assert_int_equal(program_judge(trial->link, trial->nic, trial->frame.bytes,
						       trial->frame.length, trial->expected, false,
						       &run),
					 0);
			/* Bytes of longer frames are test_linear's. */
			if ((*run.fault && trial->frame.length < PROGRAM_LINEAR_MIN) ||
			    !answer_equal(run.answer, trial->expected))
				disagree(trial, run.answer, run.fault);
		}
	}
}

static void the_frames_reach_every_reason(void **state)
{
	/* Of 50,000 frames; 0: this build does not give the reason. */
	static const unsigned least[REASON_COUNT] = {
		[REASON_NON_IP] = 500, [REASON_MALFORMED] = 5000,     [REASON_ICMP] = 1000,
		[REASON_DHCP] = 100,   [REASON_FRAGMENT] = 1000,      [REASON_ALLOW] = 1000,
		[REASON_DENY] = 1000,  [REASON_DEFAULT_ALLOW] = 1000, [REASON_DEFAULT_DENY] = 1000,
	};
	unsigned reached[REASON_COUNT] = {}, failed = 0;
	struct trial *trial = *state;

	for (unsigned i = 0; i < 50000; i++) {
		if (i % 100 == 0)
			next_policy(trial);
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
		cmocka_unit_test_setup_teardown(the_program_agrees_with_the_model, start, finish),
		cmocka_unit_test_setup_teardown(the_frames_reach_every_reason, start, finish),
	};
	int failed = cmocka_run_group_tests_name("model", tests, NULL, NULL);

	program_close();
	return failed;
}
