/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Whether a packet leaves, and what it does to the flow table: the native build of bpf/leave.h and
 * bpf/learn.h, one test a case, and the egress program in the kernel.
 */
#include "learn_cases.h"
#include "native.h"
#include "program.h"
#include "skipping.h"

#include <errno.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define TCP_ACK 0x10
#define TCX_NEXT 0xffffffff /* what the egress program returns */
#define TC_ACT_SHOT 2

/* --- One case -------------------------------------------------------------------------------- */

static struct slot slot;
static struct setting setting = {.tables.slot = &slot};
static struct built_frame frame;

static struct flow_entry entry_of(const struct stored *stored, __u64 now)
{
	struct flow_entry entry;

	assert_true(read_flow(&stored->ends, now, &entry));
	entry.flow = (struct flow){
		.until = now + (__u64)(stored->left * (__s64)TICKS),
		.refreshed = now - (__u64)stored->silent * TICKS,
		.created = now - (__u64)stored->age * TICKS,
		.state = stored->state,
		.origin = stored->origin,
		.beats_deny = stored->beats_deny,
	};
	return entry;
}

static void prepare(const struct learn_case *learn, __u64 now)
{
	assert_true(compile_text(learn->policy ?: "default deny\n", now, &setting.tables));
	setting.now = now;
	setting.flow_count = learn->before.ends.local ? 1 : 0;
	setting.blocked_count = learn->blocked ? 1 : 0;
	if (setting.flow_count)
		setting.flows[0] = entry_of(&learn->before, now);
	setting.blocked[0] = (struct block_item){};
	if (learn->block_over)
		setting.blocked[0].block.until = jiffies_at(JUDGED_AT - 1, now);
	if (learn->blocked)
		assert_true(read_address(learn->blocked, &setting.blocked[0].prefix));
	assert_true(
		read_lockdown(learn->keep, sizeof(learn->keep) / sizeof(*learn->keep), &setting));
	memcpy(setting.outside, learn->outside, sizeof(setting.outside));
	build_frame(learn->layers, &frame);
}

/* Whether a time in the table is so many jiffies behind the moment of the run. */
static bool is_time(__u64 value, __u64 wanted, __u64 spent)
{
	return value - wanted <= spent;
}

static bool flow_as_wanted(const struct flow *got, const struct flow *wanted, __u64 spent)
{
	return is_time(got->until, wanted->until, spent) &&
	       is_time(got->refreshed, wanted->refreshed, spent) &&
	       is_time(got->created, wanted->created, spent) && got->state == wanted->state &&
	       got->origin == wanted->origin && got->beats_deny == wanted->beats_deny;
}

static void print_flow(const char *what, const struct flow *flow, __u64 now)
{
	printf("%s: state %u, origin %u, beats a rule that denies: %u; seconds left %.2f, since "
	       "refreshed %.2f, since created %.2f\n",
	       what, flow->state, flow->origin, flow->beats_deny,
	       (double)(__s64)(flow->until - now) / TICKS,
	       (double)(__s64)(now - flow->refreshed) / TICKS,
	       (double)(__s64)(now - flow->created) / TICKS);
}

/* What is in some flow table. */
struct table {
	size_t count;
	bool (*find)(const struct flow_key *key, struct flow *flow);
};

/* The only flow of the case, byte by byte, or none. */
static bool is_unchanged(const struct table *table, const struct flow_entry *before)
{
	struct flow got;

	if (table->count != (before ? 1 : 0))
		return false;
	return !before ||
	       (table->find(&before->key, &got) && !memcmp(&got, &before->flow, sizeof(got)));
}

/* Whether the table is as the case demands; `spent`: jiffies that may have gone by since `now`. */
static bool table_as_wanted(const struct learn_case *learn, const struct table *table, __u64 now,
			    __u64 spent)
{
	struct flow_entry before = {}, after;
	bool known = learn->before.ends.local;
	struct flow got;
	bool same;

	if (known)
		before = entry_of(&learn->before, now);
	if (learn->no_effect)
		return is_unchanged(table, known ? &before : NULL);
	after = entry_of(&learn->after, now);
	same = known && !memcmp(&before.key, &after.key, sizeof(after.key));
	if (!table->find(&after.key, &got) || table->count != (known && !same ? 2 : 1))
		return false;
	if (flow_as_wanted(&got, &after.flow, spent))
		return true;
	print_flow("wanted", &after.flow, now);
	print_flow("got", &got, now);
	return false;
}

static void report(const struct learn_case *learn, size_t count)
{
	printf("case: %s\npolicy: %s", learn->name, learn->policy ?: "default deny\n");
	print_frame(frame.bytes, frame.length);
	printf("flows then: %zu\n", count);
}

static bool find_in_setting(const struct flow_key *key, struct flow *flow)
{
	for (size_t i = 0; i < setting.flow_count; i++) {
		if (memcmp(&setting.flows[i].key, key, sizeof(*key)) != 0)
			continue;
		*flow = setting.flows[i].flow;
		return true;
	}
	return false;
}

static void the_native_build_learns(void **state)
{
	const struct learn_case *learn = *state;
	struct table table = {.find = find_in_setting};
	enum reason reason;
	bool good;

	prepare(learn, NATIVE_NOW);
	reason = native_depart(&setting, learn->link, learn->nic, frame.bytes, frame.length,
			       (struct native_origin){learn->connected, learn->ingress});
	table.count = setting.flow_count;
	good = reason == learn->dropped && table_as_wanted(learn, &table, NATIVE_NOW, 0);
	if (!good)
		report(learn, table.count);
	assert_int_equal(reason, learn->dropped);
	assert_true(good);
}

/* --- In the kernel --------------------------------------------------------------------------- */

static void need_program(void)
{
	const char *missing = program_open();

	if (missing)
		skip_because(missing);
}

/* Whether test runs take an ingress_ifindex. */
static bool takes_ingress(void)
{
	struct program_departure departure;

	return program_depart(LINK_ETHERNET, 0, (const unsigned char *)"0123456789012345", 16, 1,
			      &departure) != -EINVAL;
}

static bool counters_as_wanted(const struct learn_case *learn,
			       const struct program_departure *departure, bool entered)
{
	bool good = departure->learnt == entered && !departure->failed;

	for (unsigned reason = 0; reason < REASON_COUNT; reason++) {
		const struct counter *rose = &departure->outgoing[reason];
		bool counts = reason && reason == learn->dropped;

		good &= rose->packets == counts && rose->bytes == (counts ? frame.length : 0);
	}
	return good;
}

static bool departs_as_wanted(const struct learn_case *learn)
{
	struct table table = {.find = program_flow};
	struct program_departure departure = {};
	__u64 now = program_now(), spent;
	bool good;
	int code;

	prepare(learn, now);
	assert_int_equal(program_install(0, &setting.tables), 0);
	assert_int_equal(program_block(setting.blocked, setting.blocked_count), 0);
	assert_int_equal(program_flows(setting.flows, setting.flow_count), 0);
	program_outside(setting.outside, 2);
	program_lockdown(&setting);
	code = program_depart(learn->link, learn->nic, frame.bytes, frame.length, learn->ingress,
			      &departure);
	spent = program_now() - now;
	table.count = program_flow_count();
	good = !code && departure.code == (learn->dropped ? TC_ACT_SHOT : TCX_NEXT) &&
	       table_as_wanted(learn, &table, now, spent) &&
	       counters_as_wanted(learn, &departure, table.count > setting.flow_count);
	if (good)
		return true;
	report(learn, table.count);
	printf("test run: %s; returned %d, flows learnt %llu, failed %llu, packets blocked %llu, "
	       "locked down %llu\n",
	       strerror(-code), (int)departure.code, departure.learnt, departure.failed,
	       departure.outgoing[REASON_BLOCKED].packets,
	       departure.outgoing[REASON_LOCKDOWN].packets);
	return false;
}

static void run_in_the_kernel(const struct learn_case *cases, size_t count)
{
	unsigned bad = 0, left_out = 0;
	bool ingress;

	need_program();
	ingress = takes_ingress();
	for (size_t i = 0; i < count; i++) {
		if (cases[i].native_only)
			continue;
		if (cases[i].ingress && !ingress)
			left_out++;
		else
			bad += !departs_as_wanted(&cases[i]);
	}
	assert_int_equal(bad, 0);
	if (left_out)
		skip_because(
			"this kernel takes no ingress_ifindex: forwarded packets were not run");
}

static void the_program_learns(void **state)
{
	(void)state;
	run_in_the_kernel(learn_cases, learn_case_count);
}

static void the_program_drops_and_lets_leave(void **state)
{
	(void)state;
	run_in_the_kernel(leave_cases, leave_case_count);
}

/* The sender of a test run is a socket that is closed, as that of what the stack answers. */
static void what_the_stack_answers_does_not_prolong_a_closing_flow(void **state)
{
	static const struct learn_case learn = {
		.name = "an ACK of the stack's own does not prolong a closing flow",
		.no_effect = true,
		.before = {BETWEEN_4(6, PORTS), .state = FLOW_CLOSING, .left = 20, .silent = 40},
		.layers = {ETHERNET(), IPV4(), TCP(OUT, .flags = TCP_ACK)},
	};

	(void)state;
	need_program();
	assert_true(departs_as_wanted(&learn));
}

/* Entries that another CPU has set aside for itself do not count as free. */
static void stay_on_this_cpu(void)
{
	cpu_set_t cpus;

	CPU_ZERO(&cpus);
	CPU_SET((unsigned)sched_getcpu(), &cpus);
	assert_int_equal(sched_setaffinity(0, sizeof(cpus), &cpus), 0);
}

/* Lets a SYN from this port leave. */
static void open_flow(unsigned port, struct flow_key *key)
{
	const struct layer layers[] = {
		ETHERNET(), IPV4(), TCP(.source = (__u16)port, .destination = 443), {}};
	const struct known_flow ends = {
		.protocol = 6, ENDS_4, .local_port = (__u16)port, .remote_port = 443};
	struct program_departure departure;
	struct flow_entry entry;

	build_frame(layers, &frame);
	assert_int_equal(program_depart(LINK_ETHERNET, 0, frame.bytes, frame.length, 0, &departure),
			 0);
	assert_int_equal(departure.code, TCX_NEXT);
	assert_int_equal(departure.learnt, 1);
	assert_int_equal(departure.failed, 0);
	assert_true(read_flow(&ends, 0, &entry));
	*key = entry.key;
}

static void a_full_table_takes_every_new_flow(void **state)
{
	struct flow_key key;
	struct flow flow;

	(void)state;
	need_program();
	stay_on_this_cpu();
	assert_int_equal(program_make_flow_table(FLOWS_MIN), 0);
	for (unsigned port = 1; port <= 1000; port++) {
		open_flow(port, &key);
		assert_true(program_flow(&key, &flow));
		assert_in_range(program_flow_count(), 1, FLOWS_MIN);
	}
}

#define TABLE_SIZE 4096
#define NEWEST 1024

/* The kernel's LRU is not exact and drops many at a time, but old ones first. */
static void a_full_table_keeps_the_newest_flows(void **state)
{
	static struct flow_key keys[4 * TABLE_SIZE];
	unsigned there = 0;
	struct flow flow;

	(void)state;
	need_program();
	stay_on_this_cpu();
	assert_int_equal(program_make_flow_table(TABLE_SIZE), 0);
	for (unsigned port = 0; port < 4 * TABLE_SIZE; port++)
		open_flow(port, &keys[port]);
	for (unsigned port = 4 * TABLE_SIZE - NEWEST; port < 4 * TABLE_SIZE; port++)
		there += program_flow(&keys[port], &flow);
	assert_int_equal(there, NEWEST);
}

/* One test for each case; returns their number. */
static size_t add_native(struct CMUnitTest *tests, const struct learn_case *cases, size_t count)
{
	for (size_t i = 0; i < count; i++)
		tests[i] = (struct CMUnitTest){
			.name = cases[i].name,
			.test_func = the_native_build_learns,
			.initial_state = (void *)&cases[i],
		};
	return count;
}

int main(void)
{
	static const struct CMUnitTest in_the_kernel[] = {
		cmocka_unit_test(the_program_learns),
		cmocka_unit_test(the_program_drops_and_lets_leave),
		cmocka_unit_test(what_the_stack_answers_does_not_prolong_a_closing_flow),
		cmocka_unit_test(a_full_table_takes_every_new_flow),
		cmocka_unit_test(a_full_table_keeps_the_newest_flows),
	};
	size_t count = sizeof(in_the_kernel) / sizeof(*in_the_kernel);
	struct CMUnitTest *tests =
		calloc(count + learn_case_count + leave_case_count, sizeof(*tests));
	int failed;

	if (!tests)
		return 1;
	memcpy(tests, in_the_kernel, sizeof(in_the_kernel));
	count += add_native(&tests[count], learn_cases, learn_case_count);
	count += add_native(&tests[count], leave_cases, leave_case_count);
	failed = _cmocka_run_group_tests("learn", tests, count, NULL, NULL);
	compiled_free(&setting.tables);
	program_close();
	free(tests);
	return failed;
}
