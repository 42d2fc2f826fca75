/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The cost of a verdict by BPF_PROG_TEST_RUN, against a program that only drops.
 *
 * A test run repeats one frame, so everything is hot: the frame, the words of the tables that it
 * leads to, the branches. What cannot be seen this way: ports that change from packet to packet,
 * the cost of the driver, memory that another CPU writes. The kernel reports whole nanoseconds,
 * rounded down; a clock around the call would see the milliseconds that it waits for RCU.
 */
#include "bench.h"

#include "../packet/builder.h"
#include "../packet/judging.h"
#include "../packet/program.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "empty.skel.h"

#define ROUNDS 11
#define REPEAT 1000000
#define EMPTY_LIMIT 2.5 /* times the empty program */
#define FLAT_LIMIT 1.05 /* times the same with one rule, or 1 ns: the step of the clock */

static const struct cost_case {
	const char *name;
	const char *policy; /* NULL: 65,536 ports, every other one allowed */
	struct layer layers[8];
	bool unlimited; /* rare: shown, not judged */
} cases[] = {
	{.name = "IPv4 TCP, denied port",
	 .policy = "deny tcp 8080\n",
	 .layers = {ETHERNET(), IPV4(), TCP(.destination = 8080)}},
	{.name = "IPv4 TCP, denied port of 65,536",
	 .layers = {ETHERNET(), IPV4(), TCP(.destination = 8081)}},
	{.name = "IPv4 TCP, allowed port",
	 .policy = "default deny\nallow tcp 22\n",
	 .layers = {ETHERNET(), IPV4(), TCP(.destination = 22)}},
	{.name = "IPv4 TCP, default",
	 .policy = "default deny\nallow tcp 22\n",
	 .layers = {ETHERNET(), IPV4(), TCP(.destination = 23)}},
	{.name = "IPv4 UDP, denied port",
	 .policy = "deny udp 53\n",
	 .layers = {ETHERNET(), IPV4(), UDP(.destination = 53)}},
	{.name = "IPv4 TCP, rule on one NIC",
	 .policy = "deny tcp 8080 on eth0\n",
	 .layers = {ETHERNET(), IPV4(), TCP(.destination = 8080)}},
	{.name = "IPv6 TCP, denied port",
	 .policy = "deny tcp 8080\n",
	 .layers = {ETHERNET(), IPV6(), TCP(.destination = 8080)}},
	{.name = "IPv6 TCP, behind two extension headers",
	 .policy = "deny tcp 8080\n",
	 .layers = {ETHERNET(), IPV6(), HOP_BY_HOP(), DESTINATION(), TCP(.destination = 8080)},
	 .unlimited = true},
	{.name = "VLAN, IPv4 TCP, denied port",
	 .policy = "deny tcp 8080\n",
	 .layers = {ETHERNET(), VLAN(), IPV4(), TCP(.destination = 8080)}},
	{.name = "IPv4 ICMP echo, passed",
	 .policy = "default deny\n",
	 .layers = {ETHERNET(), IPV4(), ICMP(.type = 8)}},
	{.name = "ARP, passed",
	 .policy = "default deny\n",
	 .layers = {ETHERNET(.next = 0x0806), PAYLOAD(.size = 46)}},
};
#define CASE_COUNT (sizeof(cases) / sizeof(*cases))
enum { ONE_RULE = 0, ALL_PORTS = 1 }; /* indices of `cases` */

struct measured {
	struct slot *slot;
	struct built_frame frame;
	double nanoseconds[ROUNDS], ratios[ROUNDS], more[ROUNDS];
};

/* 32,768 intervals, a rule for each port of TCP. */
static char *all_ports_policy(void)
{
	size_t capacity = 1 << 20, length = 0;
	char *text = malloc(capacity);

	for (unsigned port = 0; text && port < PORT_COUNT; port += 2) {
		const char *start = port % 40 ? "," : "\nallow tcp ";

		length += (size_t)snprintf(text + length, capacity - length, "%s%u", start, port);
	}
	for (unsigned port = 1; text && port < PORT_COUNT; port += 2) {
		const char *start = port % 40 == 1 ? "\ndeny tcp " : ",";

		length += (size_t)snprintf(text + length, capacity - length, "%s%u", start, port);
	}
	return text;
}

static bool prepare(const struct cost_case *cost, struct measured *measured)
{
	char *text = cost->policy ? NULL : all_ports_policy();
	bool compiled;

	measured->slot = malloc(sizeof(*measured->slot));
	compiled = measured->slot && compile_text(text ?: cost->policy, measured->slot);
	free(text);
	build_frame(cost->layers, &measured->frame);
	return compiled;
}

/* Nanoseconds a packet; negative: the call failed. */
static double run(int fd, const struct built_frame *frame)
{
	LIBBPF_OPTS(bpf_test_run_opts, options, .data_in = frame->bytes,
		    .data_size_in = (__u32)frame->length, .repeat = REPEAT);

	if (bpf_prog_test_run_opts(fd, &options)) {
		perror("bench: test run");
		return -1;
	}
	return options.duration;
}

/* The empty program runs right before each case: what else the machine does then weighs on both. */
static bool measure(int empty, int portfw, struct measured *measured, double *empty_times)
{
	for (unsigned round = 0; round < ROUNDS; round++) {
		for (unsigned i = 0; i < CASE_COUNT; i++) {
			double alone = run(empty, &measured[i].frame), cost;

			memcpy(program_slot(), measured[i].slot, sizeof(struct slot));
			cost = run(portfw, &measured[i].frame);
			if (cost < 0 || alone <= 0)
				return false;
			measured[i].nanoseconds[round] = cost;
			measured[i].ratios[round] = cost / alone;
			empty_times[round * CASE_COUNT + i] = alone;
		}
		measured[ALL_PORTS].more[round] = measured[ALL_PORTS].nanoseconds[round] -
						  measured[ONE_RULE].nanoseconds[round];
	}
	return true;
}

static bool within(double value, double limit)
{
	printf("%s\n", value <= limit ? "ok" : "MISSED");
	return value <= limit;
}

/* The cost must not grow with the policy. */
static bool print_flatness(struct measured *measured)
{
	double one = bench_median(measured[ONE_RULE].nanoseconds, ROUNDS);
	double more = bench_median(measured[ALL_PORTS].more, ROUNDS);
	double limit = more <= 1 ? 1 + more / one : FLAT_LIMIT;

	printf("%-42s %+8.0f %8.2f %8.2f  ", "65,536 ports against 1 rule", more, 1 + more / one,
	       FLAT_LIMIT);
	return within(1 + more / one, limit);
}

static bool print(struct measured *measured, double *empty_times)
{
	bool good = true;

	printf("%-42s %8s %8s %8s\n", "one packet, hot, median of 11 rounds", "ns", "x empty",
	       "limit");
	printf("%-42s %8.0f %8.2f\n", "empty program",
	       bench_median(empty_times, ROUNDS * CASE_COUNT), 1.0);
	for (unsigned i = 0; i < CASE_COUNT; i++) {
		double ratio = bench_median(measured[i].ratios, ROUNDS);

		printf("%-42s %8.0f %8.2f", cases[i].name,
		       bench_median(measured[i].nanoseconds, ROUNDS), ratio);
		if (cases[i].unlimited) {
			printf("\n");
			continue;
		}
		printf(" %8.2f  ", EMPTY_LIMIT);
		good &= within(ratio, EMPTY_LIMIT);
	}
	return print_flatness(measured) && good;
}

/* Loading is what `attach` waits for; no limit, for it happens once. */
static void print_load_time(void)
{
	static const struct {
		enum link_type link;
		unsigned nic;
	} variants[] = {{LINK_ETHERNET, 1}, {LINK_RAW_IP, 0}, {LINK_RAW_IP, 1}};
	double times[3];

	for (unsigned i = 0; i < 3; i++) {
		double start = bench_now();

		program_fd(variants[i].link, variants[i].nic);
		times[i] = (bench_now() - start) / 1e6;
	}
	printf("%-42s %8.1f ms\n", "loading the object, median of 3", bench_median(times, 3));
}

bool bench_program(void)
{
	static struct measured measured[CASE_COUNT];
	double empty_times[ROUNDS * CASE_COUNT];
	const char *missing = program_open();
	struct empty_bpf *empty;
	bool good = true;

	if (missing) {
		fprintf(stderr, "bench: %s\n", missing);
		return false;
	}
	empty = empty_bpf__open_and_load();
	if (!empty) {
		perror("bench: the empty program");
		return false;
	}
	for (unsigned i = 0; i < CASE_COUNT; i++)
		good &= prepare(&cases[i], &measured[i]);
	good = good && measure(bpf_program__fd(empty->progs.empty_xdp),
			       program_fd(LINK_ETHERNET, 0), measured, empty_times);
	good = good && print(measured, empty_times);
	print_load_time();
	for (unsigned i = 0; i < CASE_COUNT; i++)
		free(measured[i].slot);
	empty_bpf__destroy(empty);
	program_close();
	return good;
}
