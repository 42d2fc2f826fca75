/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The verdict over compiled tables equals that of a naive reference: every pair and triple of rules
 * that overlap, then random policies. PORTFW_TEST_SEED repeats a run.
 */
#include <netinet/in.h>

#include "judge.h"
#include "random.h"
#include "reference.h"

static const char nics[MAX_NICS][IFNAMSIZ] = {[0] = "eth0", [5] = "eth1", [31] = "eth2"};
static const struct {
	unsigned index;
	const char *name;
} on[] = {{0, "eth0"}, {5, "eth1"}};

static uint64_t seed = 1;

/* Rules as they were given, and what became of them. */
struct bench {
	struct policy given, policy;
	struct slot *slot;
	struct compiled compiled;
};

static void bench_free(struct bench *bench)
{
	policy_free(&bench->given);
	policy_free(&bench->policy);
	compiled_free(&bench->compiled);
	free(bench->slot);
}
#define _cleanup_bench_ __attribute__((cleanup(bench_free)))

static void bench_init(struct bench *bench)
{
	*bench = (struct bench){.slot = slot_new()};
	policy_init(&bench->given);
	policy_init(&bench->policy);
	bench->compiled.slot = bench->slot;
}

static void bench_compile(struct bench *bench)
{
	struct error error = {0};

	policy_free(&bench->policy);
	compiled_free(&bench->compiled);
	assert_int_equal(policy_copy(&bench->given, &bench->policy), 0);
	assert_int_equal(policy_normalise(&bench->policy, NULL), 0);
	if (compile_policy(&bench->policy, nics, &bench->compiled, &error) != 0)
		fail_msg("%s", error.text);
}

static void bench_fail(const struct bench *bench, unsigned port, const char *nic,
		       const struct prefix *address, __s64 now, enum action action,
		       enum action expected)
{
	_cleanup_text_ char *text = text_of(&bench->policy);
	char source[WORDS_PREFIX_SIZE], time[WORDS_TIME_SIZE];

	words_print_prefix(address, source);
	words_print_time(now, time);
	if (strlen(text) < 4000)
		print_error("%s", text);
	fail_msg("tcp %u from %s on %s at %s: %d, not %d", port, source, nic, time, action,
		 expected);
}

/* What the program says the verdict rests on: a cell that says the same, if there is one. */
static void expect_match(const struct tables *tables, unsigned nic, const struct pkt *pkt,
			 enum action expected, const struct match *match)
{
	const struct class *class = &tables->slot->classes[match->class & 0xff];

	assert_int_equal(match->action, expected);
	if (match->class == CLASS_NONE)
		assert_int_equal(tables->slot->ports[PORT_TABLE_TCP][pkt->destination_port / 4] >>
						 pkt->destination_port % 4 * 2 &
					 3,
				 expected);
	else if (!class->nic_actions)
		assert_int_equal(class_action(tables, nic, match->class, match->source), expected);
	if (match->class == CLASS_NONE || class->nic_actions)
		assert_int_equal(match->source, 0);
}

/* Program, lookup and reference agree on both NICs. */
static void expect_agreement(const struct bench *bench, unsigned port, const struct prefix *address,
			     __s64 now)
{
	static const enum reason reasons[] = {REASON_DEFAULT_DENY, REASON_ALLOW, REASON_DENY};
	const struct pkt pkt = pkt_of(IPPROTO_TCP, port, address);
	struct tables tables;

	verdict_tables(&bench->compiled, JIFFIES(now), &tables);
	for (size_t i = 0; i < COUNT_OF(on); i++) {
		enum action expected =
			reference_action(bench->given.rules, bench->given.rule_count, IPPROTO_TCP,
					 port, on[i].name, address, now);
		enum action found = policy_lookup(&bench->policy, IPPROTO_TCP, (__u16)port,
						  on[i].name, address, now, NULL);
		enum action judged =
			judge(&bench->compiled, IPPROTO_TCP, port, on[i].index, address, now);
		struct match match;

		if (judged != expected)
			bench_fail(bench, port, on[i].name, address, now, judged, expected);
		if (found != expected)
			bench_fail(bench, port, on[i].name, address, now, found, expected);
		assert_int_equal(decide(&tables, on[i].index, &pkt, &match), reasons[expected]);
		expect_match(&tables, on[i].index, &pkt, expected, &match);
	}
}

/* --- The truth table ------------------------------------------------------------------------- */

enum { SCOPES = 10, ACTIONS = 3, PROBES = 8 };

struct family {
	struct prefix sources[SCOPES / 2]; /* each holds the next */
	struct prefix probes[PROBES];
};

static struct family family_of(unsigned number)
{
	static const char *const sources[][4] = {
		{"10.0.0.0/8", "10.20.0.0/16", "10.20.30.0/24", "10.20.30.40"},
		{"2001:db8::/32", "2001:db8:1::/48", "2001:db8:1:2::/64", "2001:db8:1:2::3"},
	};
	/* In each of these, in each but the smaller ones, in none; the other family. */
	static const char *const probes[][PROBES] = {
		{"10.20.30.40", "10.20.30.41", "10.20.31.40", "10.255.255.255", "11.0.0.0",
		 "9.255.255.255", "255.255.255.255", "2001:db8::1"},
		{"2001:db8:1:2::3", "2001:db8:1:2::4", "2001:db8:1:3::3", "2001:db8::",
		 "2001:db9::", "2001:db7:ffff:ffff:ffff:ffff:ffff:ffff", "::", "10.20.30.40"},
	};
	struct family family = {0};

	for (unsigned i = 0; i < 4; i++)
		family.sources[i + 1] = prefix_of(sources[number][i]);
	for (unsigned i = 0; i < PROBES; i++)
		family.probes[i] = prefix_of(probes[number][i]);
	return family;
}

static void add_rule(struct bench *bench, const struct family *family, unsigned scope,
		     unsigned action, __s64 until)
{
	struct rule rule = {
		.proto = IPPROTO_TCP,
		.low = 22,
		.high = 22,
		.action = (enum action)action,
		.source = family->sources[scope / 2],
		.until = action == ACTION_NONE ? 0 : until,
	};

	if (scope % 2)
		memcpy(rule.nic, "eth0", sizeof("eth0"));
	assert_int_equal(policy_append(&bench->given, &rule), 0);
}

/* Scopes in one order are enough: rules of different scopes do not see one another. */
static void all_triples(unsigned family_number, bool timed)
{
	const struct family family = family_of(family_number);
	_cleanup_bench_ struct bench bench;

	bench_init(&bench);
	for (unsigned number = 0; number < SCOPES * SCOPES * SCOPES * 27; number++) {
		unsigned scopes[] = {number % SCOPES, number / SCOPES % SCOPES,
				     number / SCOPES / SCOPES % SCOPES};
		unsigned actions = number / SCOPES / SCOPES / SCOPES;

		if (scopes[0] > scopes[1] || scopes[1] > scopes[2] || (timed && pick(10)))
			continue;
		policy_free(&bench.given);
		bench.given.default_action = ACTION_DENY;
		for (unsigned i = 0; i < 3; i++, actions /= ACTIONS)
			add_rule(&bench, &family, scopes[i], actions % ACTIONS,
				 timed && pick(3) ? TEST_NOW + 60 * (1 + pick(3)) : 0);
		bench_compile(&bench);
		for (unsigned i = 0; i < PROBES; i++)
			for (int minute = 0; minute <= (timed ? 3 : 0); minute++) {
				expect_agreement(&bench, 22, &family.probes[i],
						 TEST_NOW + 60 * minute);
				if (minute)
					expect_agreement(&bench, 22, &family.probes[i],
							 TEST_NOW + 60 * minute - 1);
			}
	}
}

static void every_pair_and_triple_of_rules_judges_ipv4_as_the_reference_does(void **state)
{
	(void)state;
	all_triples(0, false);
}

static void every_pair_and_triple_of_rules_judges_ipv6_as_the_reference_does(void **state)
{
	(void)state;
	all_triples(1, false);
}

static void timed_rules_judge_as_the_reference_does_before_and_after_each_deadline(void **state)
{
	(void)state;
	random_state = seed;
	all_triples(0, true);
	all_triples(1, true);
}

/* --- Random policies ------------------------------------------------------------------------- */

struct shape {
	unsigned prefixes, rules, timed_percent, ports;
	unsigned common; /* bits that all IPv6 prefixes share; 129: IPv4 */
};

static struct prefix pick_address(unsigned family, unsigned common)
{
	struct prefix address = {.family = (__u8)family, .length = family == 4 ? 32 : 128};
	uint64_t high = pick_bits(), low = pick_bits(), fixed = 0x2a01abcd12345678u;

	if (pick(2)) /* few bits differ: prefixes hold one another */
		high = (high & 0x0003000f00070f00u) | (fixed & ~0x0003000f00070f00u);
	if (family == 6 && common)
		high = common >= 64 ? fixed
				    : (fixed & ~(~0ull >> common)) | (high & ~0ull >> common);
	if (pick(3) == 0)
		low &= 0xff;
	for (unsigned i = 0; i < (family == 4 ? 4 : 8); i++)
		address.address[i] = (__u8)(high >> (56 - 8 * i));
	for (unsigned i = 8; i < 16 && family == 6; i++)
		address.address[i] = (__u8)(low >> (120 - 8 * i));
	return address;
}

static struct prefix pick_prefix(const struct shape *shape)
{
	unsigned family = shape->common > 128 ? 4 : 6, longest = family == 4 ? 32 : 128;
	struct prefix address = pick_address(family, shape->common > 128 ? 0 : shape->common);
	unsigned least = family == 6 ? shape->common : 0;

	return prefix_shortened(&address, pick(4) ? least + pick(longest - least + 1) : longest);
}

static struct rule pick_rule(const struct shape *shape, const struct prefix *prefixes)
{
	struct rule rule = {
		.proto = IPPROTO_TCP,
		.low = (__u16)pick(shape->ports),
		.action = pick(8) ? ACTION_ALLOW + pick(2) : ACTION_NONE,
	};

	rule.high = (__u16)(rule.low + pick(shape->ports - rule.low));
	if (pick(20))
		rule.source = prefixes[pick(shape->prefixes)];
	if (!pick(3))
		memcpy(rule.nic, pick(2) ? "eth0" : "eth1", sizeof("eth0"));
	if (rule.action != ACTION_NONE && pick(100) < shape->timed_percent)
		rule.until = TEST_NOW + 60 * (1 + pick(4));
	return rule;
}

/* At, just below and just above an end of a prefix, or anywhere. */
static struct prefix pick_probe(const struct shape *shape, const struct prefix *prefixes)
{
	struct prefix probe = prefixes[pick(shape->prefixes)];
	unsigned bytes = probe.family == 4 ? 4 : 16, where = pick(6);

	if (where == 0)
		return pick_address(probe.family, 0);
	for (unsigned bit = probe.length; where > 2 && bit < 8 * bytes; bit++)
		probe.address[bit / 8] |= (__u8)(0x80 >> bit % 8);
	for (unsigned i = bytes; i-- && where == 1;)
		if (probe.address[i]--)
			break;
	for (unsigned i = bytes; i-- && where == 5;)
		if (++probe.address[i])
			break;
	probe.length = (__u8)(8 * bytes);
	return probe;
}

static void try_shape(const struct shape *shape, unsigned probes, struct bench *bench)
{
	_cleanup_text_ struct prefix *prefixes = calloc(shape->prefixes, sizeof(*prefixes));

	assert_non_null(prefixes);
	bench_init(bench);
	bench->given.default_action = ACTION_DENY;
	for (unsigned i = 0; i < shape->prefixes; i++)
		prefixes[i] = pick_prefix(shape);
	for (unsigned i = 0; i < shape->rules; i++) {
		struct rule rule = pick_rule(shape, prefixes);

		assert_int_equal(policy_append(&bench->given, &rule), 0);
	}
	bench_compile(bench);
	for (; probes; probes--) {
		struct prefix probe = pick_probe(shape, prefixes);

		expect_agreement(bench, pick(shape->ports + 1), &probe,
				 TEST_NOW + (__s64)pick(5) * 60 - pick(2));
	}
}

static void random_policies_judge_as_the_reference_does(void **state)
{
	(void)state;
	for (unsigned round = 0; round < 150; round++) {
		_cleanup_bench_ struct bench bench;
		struct shape shape;

		random_state = seed + round;
		shape = (struct shape){.prefixes = 1 + pick(20),
				       .rules = 1 + pick(40),
				       .timed_percent = pick(60),
				       .ports = 1 + pick(6),
				       .common = pick(2) ? 129 : pick(100)};
		try_shape(&shape, 100, &bench);
	}
}

static void two_thousand_prefixes_judge_as_the_reference_does(void **state)
{
	static const struct shape shapes[] = {
		{2000, 3000, 2, 8, 129}, {2000, 3000, 2, 8, 0},	  {2000, 3000, 0, 40, 129},
		{2000, 3000, 0, 40, 29}, {2000, 2500, 5, 3, 129}, {2000, 2500, 5, 3, 60},
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(shapes); i++) {
		_cleanup_bench_ struct bench bench;

		random_state = seed + i;
		try_shape(&shapes[i], 600, &bench);
		assert_int_equal(bench.slot->sources4, i % 2 ? SOURCES_NONE : SOURCES_LARGE);
		assert_int_equal(bench.slot->sources6, i % 2 ? SOURCES_LARGE : SOURCES_NONE);
		assert_int_equal(bench.slot->large_cells, shapes[i].ports == 40);
	}
}

static void large_tables_of_ipv6_find_what_common_bits_hide(void **state)
{
	static const unsigned common[] = {0, 1, 2, 7, 12, 31, 32, 51, 52, 53, 63, 64, 100};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(common); i++) {
		const struct shape shape = {600, 800, 0, 1, common[i]};
		_cleanup_bench_ struct bench bench;

		random_state = seed + i;
		try_shape(&shape, 250, &bench);
		assert_int_equal(bench.slot->sources6, SOURCES_LARGE);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_pair_and_triple_of_rules_judges_ipv4_as_the_reference_does),
		cmocka_unit_test(every_pair_and_triple_of_rules_judges_ipv6_as_the_reference_does),
		cmocka_unit_test(
			timed_rules_judge_as_the_reference_does_before_and_after_each_deadline),
		cmocka_unit_test(random_policies_judge_as_the_reference_does),
		cmocka_unit_test(two_thousand_prefixes_judge_as_the_reference_does),
		cmocka_unit_test(large_tables_of_ipv6_find_what_common_bits_hide),
	};
	const char *given = getenv("PORTFW_TEST_SEED");
	int failed;

	if (given)
		seed = strtoull(given, NULL, 10);
	failed = cmocka_run_group_tests(tests, NULL, NULL);
	if (failed)
		print_error("repeat with PORTFW_TEST_SEED=%llu\n", (unsigned long long)seed);
	return failed;
}
