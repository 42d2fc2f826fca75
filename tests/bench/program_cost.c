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
#include <endian.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "empty.skel.h"

#define ROUNDS 11
#define REPEAT 1000000
#define EMPTY_LIMIT 2.5 /* times the empty program */
#define SOURCES_LIMIT 3.5
#define FLAT_LIMIT 1.05 /* times the same in a small policy, or 1 ns: the step of the clock */

static char *all_ports(void);
static char *prefixes_100(void);
static char *prefixes_10000(void);

/* Indices of `cases` that are compared with others: one soon after the other. */
enum {
	ONE_RULE,
	ALL_PORTS,
	NO_SOURCE,
	PREFIX_1,
	PREFIXES_10000,
	PREFIXES_100,
	PREFIX6_1,
	PREFIXES6_10000,
};

static const struct cost_case {
	const char *name;
	const char *policy;
	char *(*make_policy)(void); /* if there is no policy; to be freed */
	struct layer layers[8];
	double limit;	/* times the empty program; 0: EMPTY_LIMIT */
	bool unlimited; /* rare: shown, not judged */
	bool blocks;	/* the block list is full */
} cases[] = {
	[ONE_RULE] = {.name = "IPv4 TCP, denied port",
		      .policy = "deny tcp 8080\n",
		      .layers = {ETHERNET(), IPV4(), TCP(.destination = 8080)}},
	[ALL_PORTS] = {.name = "IPv4 TCP, denied port of 65,536",
		       .make_policy = all_ports,
		       .layers = {ETHERNET(), IPV4(), TCP(.destination = 8081)}},
	[NO_SOURCE] = {.name = "IPv4 TCP, port without sources beside 10,000",
		       .make_policy = prefixes_10000,
		       .layers = {ETHERNET(), IPV4(), TCP(.destination = 8080)}},
	[PREFIX_1] = {.name = "sources: 1 prefix",
		      .policy = "default deny\nallow tcp 22 from 100.0.0.0/8\n",
		      .layers = {ETHERNET(), IPV4(.from = "100.1.2.3"), TCP(.destination = 22)},
		      .limit = SOURCES_LIMIT},
	[PREFIXES_10000] = {.name = "sources: 10,000 random prefixes, IPv4",
			    .make_policy = prefixes_10000,
			    .layers = {ETHERNET(), IPV4(.from = "100.1.2.3"),
				       TCP(.destination = 22)},
			    .limit = SOURCES_LIMIT},
	[PREFIXES_100] = {.name = "sources: 100 random prefixes of each family",
			  .make_policy = prefixes_100,
			  .layers = {ETHERNET(), IPV4(.from = "100.1.2.3"), TCP(.destination = 22)},
			  .limit = SOURCES_LIMIT},
	[PREFIX6_1] = {.name = "sources: 1 prefix, IPv6",
		       .policy = "default deny\nallow tcp 22 from 2001:db8::/32\n",
		       .layers = {ETHERNET(), IPV6(.from = "2001:db8::7"), TCP(.destination = 22)},
		       .limit = SOURCES_LIMIT},
	[PREFIXES6_10000] = {.name = "sources: 10,000 random prefixes, IPv6",
			     .make_policy = prefixes_10000,
			     .layers = {ETHERNET(), IPV6(.from = "2001:db8::7"),
					TCP(.destination = 22)},
			     .limit = SOURCES_LIMIT},
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
	{.name = "IPv4 TCP, 100,000 blocked addresses: miss",
	 .policy = "deny tcp 8080\n",
	 .layers = {ETHERNET(), IPV4(), TCP(.destination = 8080)},
	 .unlimited = true,
	 .blocks = true},
	{.name = "IPv6 TCP, 100,000 blocked addresses: miss",
	 .policy = "deny tcp 8080\n",
	 .layers = {ETHERNET(), IPV6(), TCP(.destination = 8080)},
	 .unlimited = true,
	 .blocks = true},
};
#define CASE_COUNT (sizeof(cases) / sizeof(*cases))

/* What must cost the same, whatever the size of the policy. */
static const struct {
	const char *name;
	unsigned large, small; /* indices of `cases` */
} flat[] = {
	{"65,536 ports against 1 rule", ALL_PORTS, ONE_RULE},
	{"10,000 prefixes against 1", PREFIXES_10000, PREFIX_1},
	{"10,000 prefixes against 1, IPv6", PREFIXES6_10000, PREFIX6_1},
	{"no source beside 10,000 prefixes or none", NO_SOURCE, ONE_RULE},
};
#define FLAT_COUNT (sizeof(flat) / sizeof(*flat))

struct measured {
	struct compiled tables;
	struct built_frame frame;
	double nanoseconds[ROUNDS], ratios[ROUNDS];
};

/* 32,768 intervals, a rule for each port of TCP. */
static char *all_ports(void)
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

/* Prefixes of each family that allow or deny one port, always the same ones, and a port beside. */
static char *prefixes(unsigned count)
{
	size_t capacity = 4096 + (size_t)count * 128, length;
	__u64 state = 88172645463325252u; /* xorshift64 */
	char *text = malloc(capacity);

	if (!text)
		return NULL;
	length = (size_t)sprintf(text, "default deny\ndeny tcp 8080\nallow tcp 22 from "
				       "100.0.0.0/8,2001:db8::/32\n");
	for (unsigned i = 0; i < count; i++) {
		const char *action = i % 2 ? "allow" : "deny";
		unsigned address, cut;

		state ^= state << 13;
		state ^= state >> 7;
		state ^= state << 17;
		cut = state % 17;
		address = (unsigned)(state >> 32) >> cut << cut;
		length += (size_t)snprintf(text + length, capacity - length,
					   "%s tcp 22 from %u.%u.%u.%u/%u\n%s tcp 22 from "
					   "2%03x:%x:%x::/%u\n",
					   action, address >> 24, address >> 16 & 255,
					   address >> 8 & 255, address & 255, 32 - cut, action,
					   (unsigned)(state >> 16 & 0xfff), address >> 16,
					   address & 0xffff, 48 - (cut < 16 ? cut : 16));
	}
	return text;
}

static char *prefixes_100(void)
{
	return prefixes(100);
}

static char *prefixes_10000(void)
{
	return prefixes(10000);
}

static bool prepare(const struct cost_case *cost, struct measured *measured)
{
	char *text = cost->policy ? NULL : cost->make_policy();
	bool compiled;

	measured->tables.slot = malloc(sizeof(*measured->tables.slot));
	compiled = measured->tables.slot &&
		   compile_text(text ?: cost->policy, program_now(), &measured->tables);
	free(text);
	build_frame(cost->layers, &measured->frame);
	return compiled;
}

static void free_tables(struct compiled *tables)
{
	compiled_free(tables);
	free(tables->slot);
}

/* Addresses that no case sends from. */
static bool fill_block_list(void)
{
	struct block_item *items = calloc(BLOCKS_MAX, sizeof(*items));
	int code;

	for (__u32 i = 0; items && i < BLOCKS_MAX; i++) {
		__u32 address = htobe32(0xc6000000u + i * 2);

		items[i].address = (struct block_address){.family = 4, .length = 32};
		memcpy(items[i].address.bytes, &address, sizeof(address));
	}
	code = items ? program_block(items, BLOCKS_MAX) : -ENOMEM;
	free(items);
	if (code)
		fprintf(stderr, "bench: the block list: %s\n", strerror(-code));
	return !code;
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

			program_use_blocks(cases[i].blocks);
			if (program_install(0, &measured[i].tables))
				return false;
			cost = run(portfw, &measured[i].frame);
			if (cost < 0 || alone <= 0)
				return false;
			measured[i].nanoseconds[round] = cost;
			measured[i].ratios[round] = cost / alone;
			empty_times[round * CASE_COUNT + i] = alone;
		}
	}
	return true;
}

/* Of the rounds, which stay in order. */
static double median(const double *rounds)
{
	double copy[ROUNDS];

	memcpy(copy, rounds, sizeof(copy));
	return bench_median(copy, ROUNDS);
}

static bool within(double value, double limit)
{
	printf("%s\n", value <= limit ? "ok" : "MISSED");
	return value <= limit;
}

/* The cost must not grow with the policy. */
static bool print_flatness(const struct measured *large, const struct measured *small,
			   const char *name)
{
	double grown[ROUNDS], base = median(small->nanoseconds), more, limit;

	for (unsigned round = 0; round < ROUNDS; round++)
		grown[round] = large->nanoseconds[round] - small->nanoseconds[round];
	more = median(grown);
	limit = more <= 1 ? 1 + more / base : FLAT_LIMIT;
	printf("%-46s %+8.0f %8.2f %8.2f  ", name, more, 1 + more / base, FLAT_LIMIT);
	return within(1 + more / base, limit);
}

static bool print(const struct measured *measured, double *empty_times)
{
	bool good = true;

	printf("%-46s %8s %8s %8s\n", "one packet, hot, median of 11 rounds", "ns", "x empty",
	       "limit");
	printf("%-46s %8.0f %8.2f\n", "empty program",
	       bench_median(empty_times, ROUNDS * CASE_COUNT), 1.0);
	for (unsigned i = 0; i < CASE_COUNT; i++) {
		double ratio = median(measured[i].ratios), limit = cases[i].limit ?: EMPTY_LIMIT;

		printf("%-46s %8.0f %8.2f", cases[i].name, median(measured[i].nanoseconds), ratio);
		if (cases[i].unlimited) {
			printf("\n");
			continue;
		}
		printf(" %8.2f  ", limit);
		good &= within(ratio, limit);
	}
	for (unsigned i = 0; i < FLAT_COUNT; i++)
		good &= print_flatness(&measured[flat[i].large], &measured[flat[i].small],
				       flat[i].name);
	return good;
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
	printf("%-46s %8.1f ms\n", "loading the object, median of 3", bench_median(times, 3));
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
	good = good && fill_block_list();
	good = good && measure(bpf_program__fd(empty->progs.empty_xdp),
			       program_fd(LINK_ETHERNET, 0), measured, empty_times);
	good = good && print(measured, empty_times);
	print_load_time();
	for (unsigned i = 0; i < CASE_COUNT; i++)
		free_tables(&measured[i].tables);
	empty_bpf__destroy(empty);
	program_close();
	return good;
}
