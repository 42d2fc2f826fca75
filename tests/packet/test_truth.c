/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Every pair and every triple of rules for one port that overlap: with any source, a prefix or an
 * address in it, on one NIC or on all, allowing or denying. The native build and the program
 * against the model.
 */
#include "builder.h"
#include "judging.h"
#include "model.h"
#include "native.h"
#include "program.h"
#include "skipping.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>

#define KERNEL_STRIDE 7 /* the program is asked about every seventh triple */

/* Each source lies in the one before it; so does each of the addresses. */
#define NESTED 5
static const struct family {
	int family;
	unsigned lengths[NESTED]; /* the first is any source */
	const char *sources[NESTED], *addresses[NESTED];
} families[] = {
	{4,
	 {0, 8, 16, 24, 32},
	 {NULL, "10.0.0.0/8", "10.1.0.0/16", "10.1.2.0/24", "10.1.2.3"},
	 {"11.1.2.3", "10.2.2.3", "10.1.3.3", "10.1.2.4", "10.1.2.3"}},
	{6,
	 {0, 32, 48, 64, 128},
	 {NULL, "2001:db8::/32", "2001:db8:1::/48", "2001:db8:1:2::/64", "2001:db8:1:2::3"},
	 {"2001:db9:1:2::3", "2001:db8:2:2::3", "2001:db8:1:3::3", "2001:db8:1:2::4",
	  "2001:db8:1:2::3"}},
};

/* Rule n of a family: source n / 4, then the NIC, then the action. */
#define RULES (NESTED * 4)

struct table {
	const struct family *family;
	bool in_the_kernel, default_allow;
	struct model_policy *model;
	struct slot slot;
	struct setting setting;
	struct built_frame frames[NESTED];
	char text[512];
};

static void add_rule(struct table *table, unsigned number)
{
	const struct family *family = table->family;
	unsigned source = number / 4;
	struct model_rule rule = {
		.action = number % 2 ? ACTION_ALLOW : ACTION_DENY,
		.proto = 6,
		.low = 22,
		.high = 22,
		.nic = number / 2 % 2 ? 0 : MODEL_EVERY_NIC,
	};
	size_t length = strlen(table->text);

	snprintf(table->text + length, sizeof(table->text) - length, "%s tcp 22%s%s%s\n",
		 number % 2 ? "allow" : "deny", source ? " from " : "",
		 source ? family->sources[source] : "", number / 2 % 2 ? " on eth0" : "");
	if (source) {
		char address[INET6_ADDRSTRLEN] = "";

		memcpy(address, family->sources[source], strcspn(family->sources[source], "/"));
		rule.from.family = family->family;
		rule.from.length = family->lengths[source];
		inet_pton(family->family == 4 ? AF_INET : AF_INET6, address, rule.from.address);
	}
	assert_true(model_rule(table->model, &rule));
}

static struct answer judge(struct table *table, unsigned nic, const struct built_frame *frame,
			   struct answer expected)
{
	struct program_run run = {};

	if (!table->in_the_kernel)
		return native_judge(&table->setting, LINK_ETHERNET, nic, frame->bytes,
				    frame->length, frame->length);
	assert_int_equal(program_judge(LINK_ETHERNET, nic, frame->bytes, frame->length, expected,
				       false, &run),
			 0);
	return run.answer;
}

static void compare(struct table *table)
{
	for (unsigned i = 0; i < NESTED * MODEL_NICS; i++) {
		const struct built_frame *frame = &table->frames[i / MODEL_NICS];
		unsigned nic = i % MODEL_NICS;
		struct answer expected =
			model_judge(table->model, LINK_ETHERNET, nic, frame->bytes, frame->length);
		struct answer got = judge(table, nic, frame, expected);

		if (answer_equal(got, expected))
			continue;
		printf("policy:\n%sfrom %s on eth%u\nmodel: %s\ngot: %s\n", table->text,
		       table->family->addresses[i / MODEL_NICS], nic, answer_text(expected),
		       answer_text(got));
		fail();
	}
}

static void judge_rules(struct table *table, const unsigned *rules, unsigned count)
{
	table->default_allow = !table->default_allow;
	snprintf(table->text, sizeof(table->text), "default %s\n",
		 table->default_allow ? "allow" : "deny");
	model_clear(table->model, table->default_allow, JUDGED_AT);
	for (unsigned i = 0; i < count; i++)
		add_rule(table, rules[i]);
	assert_true(compile_text(table->text, table->setting.now, &table->setting.tables));
	if (table->in_the_kernel)
		assert_int_equal(program_install(0, &table->setting.tables), 0);
	compare(table);
}

static void judge_family(struct table *table, const struct family *family)
{
	unsigned n[3];

	table->family = family;
	for (unsigned i = 0; i < NESTED; i++) {
		struct layer layers[] = {
			ETHERNET(), IPV4(.from = family->addresses[i]), TCP(.destination = 22), {}};

		layers[1].kind = family->family == 4 ? LAYER_IPV4 : LAYER_IPV6;
		build_frame(layers, &table->frames[i]);
	}
	for (n[0] = 0; n[0] < RULES; n[0]++) {
		for (n[1] = 0; n[1] < RULES; n[1]++) {
			unsigned step = table->in_the_kernel ? KERNEL_STRIDE : 1;

			judge_rules(table, n, 2);
			for (n[2] = (n[0] + n[1]) % step; n[2] < RULES; n[2] += step)
				judge_rules(table, n, 3);
		}
	}
}

static void judge_all(bool in_the_kernel)
{
	static struct table table;

	table.in_the_kernel = in_the_kernel;
	table.setting.tables.slot = &table.slot;
	table.setting.now = NATIVE_NOW;
	table.model = model_policy_new();
	assert_non_null(table.model);
	for (size_t i = 0; i < sizeof(families) / sizeof(*families); i++)
		judge_family(&table, &families[i]);
	model_policy_free(table.model);
	compiled_free(&table.setting.tables);
}

static void the_native_build_judges_pairs_and_triples_of_rules(void **state)
{
	(void)state;
	judge_all(false);
}

static void the_program_judges_pairs_and_triples_of_rules(void **state)
{
	const char *missing = program_open();

	(void)state;
	if (missing)
		skip_because(missing);
	judge_all(true);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_native_build_judges_pairs_and_triples_of_rules),
		cmocka_unit_test(the_program_judges_pairs_and_triples_of_rules),
	};
	int failed = cmocka_run_group_tests_name("truth", tests, NULL, NULL);

	program_close();
	return failed;
}
