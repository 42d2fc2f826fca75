/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The cost of a verdict by BPF_PROG_TEST_RUN, against a program that only drops; of a packet that
 * leaves, against one that only lets it.
 *
 * A test run repeats one frame, so everything is hot: the frame, the words of the tables that it
 * leads to, the branches. Only for flows at random a program in front changes the frame. What
 * cannot be seen this way: ports that change from packet to packet, the cost of the driver, memory
 * that another CPU writes. The kernel reports whole nanoseconds,
 * rounded down; a clock around the call would see the milliseconds that it waits for RCU.
 */
#include "bench.h"

#include "tests/packet/builder.h"
#include "tests/packet/judging.h"
#include "tests/packet/program.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <endian.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "empty.skel.h"

#ifndef BPF_F_XDP_HAS_FRAGS
#define BPF_F_XDP_HAS_FRAGS (1U << 5)
#endif

#define ROUNDS 11
#define REPEAT 1000000
#define EMPTY_LIMIT 2.5 /* times the empty program */
#define SOURCES_LIMIT 3.5
#define HIT_LIMIT 2.0 /* times the empty program: that and a search among flows */
#define MISS_LIMIT 1.5
#define RANDOM_LIMIT 3.5
#define FLAT_LIMIT 1.05 /* times the same in a small policy, or 1 ns: the step of the clock */

static char *all_ports(void);
static char *prefixes_100(void);
static char *prefixes_10000(void);

#define ACK 0x10
/* Between the ends of the flows that there are: from port 40000 of this host to port 443. */
#define REPLY TCP(.source = 443, .destination = 40000, .flags = ACK)
#define OUT(layer) layer(.source = 40000, .destination = 443, .flags = ACK)

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
	NO_SEARCH,
	HIT,
	MISS,
	RANDOM_NO_SEARCH,
	RANDOM_HIT,
	LEAVES,
};

static const struct cost_case {
	const char *name;
	const char *policy;
	char *(*make_policy)(void); /* if there is no policy; to be freed */
	struct layer layers[8];
	double limit;	/* times the empty program; 0: EMPTY_LIMIT */
	bool unlimited; /* rare: shown, not judged */
	bool blocks;	/* the block list is full */
	bool random;	/* from any of 65,536 addresses */
	bool leaves;	/* it goes out */
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
	[NO_SEARCH] = {.name = "IPv4 TCP, no search among flows",
		       .policy = "default allow\n",
		       .layers = {ETHERNET(), IPV4(.from = "10.0.1.2"), REPLY}},
	[HIT] = {.name = "IPv4 TCP, reply to one of 65,536 flows",
		 .policy = "default deny\n",
		 .layers = {ETHERNET(), IPV4(.from = "10.0.1.2"), REPLY},
		 .unlimited = true},
	[MISS] = {.name = "IPv4 TCP, reply to no flow",
		  .policy = "default deny\n",
		  .layers = {ETHERNET(), IPV4(.from = "10.1.1.2"), REPLY},
		  .unlimited = true},
	[RANDOM_NO_SEARCH] = {.name = "IPv4 TCP at random, no search among flows",
			      .policy = "default allow\n",
			      .layers = {ETHERNET(), IPV4(.from = "10.0.0.0"), REPLY},
			      .random = true},
	[RANDOM_HIT] = {.name = "IPv4 TCP at random, reply to 65,536 flows",
			.policy = "default deny\n",
			.layers = {ETHERNET(), IPV4(.from = "10.0.0.0"), REPLY},
			.unlimited = true,
			.random = true},
	[LEAVES] = {.name = "leaves: IPv4 TCP, in an open flow",
		    .policy = "default deny\n",
		    .layers = {ETHERNET(), IPV4(.to = "10.0.1.2"), OUT(TCP), PAYLOAD(.size = 100)},
		    .unlimited = true,
		    .leaves = true},
	{.name = "leaves: IPv4 UDP, in a flow",
	 .policy = "default deny\n",
	 .layers = {ETHERNET(), IPV4(.to = "10.0.1.2"), OUT(UDP), PAYLOAD(.size = 100)},
	 .unlimited = true,
	 .leaves = true},
	{.name = "leaves: IPv4 UDP, from an allowed port",
	 .policy = "default deny\nallow udp 40000\n",
	 .layers = {ETHERNET(), IPV4(.to = "10.0.1.2"), OUT(UDP), PAYLOAD(.size = 100)},
	 .unlimited = true,
	 .leaves = true},
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

/* What a search among flows costs. */
static const struct {
	const char *name;
	unsigned search, none; /* indices of `cases` */
	double limit;	       /* times the empty program */
} searches[] = {
	{"search among 65,536 flows: hit", HIT, NO_SEARCH, HIT_LIMIT},
	{"search among 65,536 flows: miss", MISS, NO_SEARCH, MISS_LIMIT},
	{"search among 65,536 flows: hit at random", RANDOM_HIT, RANDOM_NO_SEARCH, RANDOM_LIMIT},
};
#define SEARCH_COUNT (sizeof(searches) / sizeof(*searches))

struct measured {
	struct compiled tables;
	struct built_frame frame;
	double nanoseconds[ROUNDS], ratios[ROUNDS];
	double empty[ROUNDS]; /* nanoseconds of the empty program */
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

		items[i].prefix = (struct prefix){.family = 4, .length = 32};
		memcpy(items[i].prefix.address, &address, sizeof(address));
	}
	code = items ? program_block(items, BLOCKS_MAX) : -ENOMEM;
	free(items);
	if (code)
		fprintf(stderr, "bench: the block list: %s\n", strerror(-code));
	return !code;
}

/* From 192.0.2.1 (packets that leave) and 192.0.2.2 (replies) to each address of 10.0.0.0/16. */
static bool fill_flow_table(void)
{
	const size_t count = 65536;
	struct flow_entry *entries = calloc(count + 2, sizeof(*entries));
	struct known_flow ends = {.local_port = 40000, .remote_port = 443};
	bool good = entries && !program_make_flow_table(FLOWS_DEFAULT);
	char remote[32] = "10.0.1.2";
	__u64 now = program_now();

	ends.remote = remote;
	for (unsigned i = 0; good && i < 2; i++) {
		ends.local = "192.0.2.1";
		ends.protocol = i ? 17 : 6;
		good = read_flow(&ends, now, &entries[count + i]);
	}
	ends.local = "192.0.2.2";
	ends.protocol = 6;
	for (unsigned i = 0; good && i < count; i++) {
		snprintf(remote, sizeof(remote), "10.0.%u.%u", i >> 8, i & 255);
		good = read_flow(&ends, now, &entries[i]);
	}
	good = good && !program_flows(entries, count + 2);
	free(entries);
	if (!good)
		fprintf(stderr, "bench: the flow table cannot be filled\n");
	return good;
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

/* The programs to compare with. */
struct yardstick {
	int empty, empty_egress, scatter;
	int judge; /* map with the program that scatter leads to */
};

/* The same when the frames come from any of 65,536 addresses: what it takes to change them is taken
 * off again. */
static double run_at_random(const struct yardstick *yardstick, int fd,
			    const struct built_frame *frame, double alone)
{
	double with, without;
	__u32 zero = 0;

	if (bpf_map_update_elem(yardstick->judge, &zero, &yardstick->empty, BPF_ANY))
		return -1;
	without = run(yardstick->scatter, frame);
	if (bpf_map_update_elem(yardstick->judge, &zero, &fd, BPF_ANY))
		return -1;
	with = run(yardstick->scatter, frame);
	return with < 0 || without < 0 ? -1 : with - without + alone;
}

static double run_case(const struct yardstick *yardstick, const struct cost_case *cost,
		       const struct built_frame *frame, double alone)
{
	if (cost->leaves)
		return run(program_egress_fd(LINK_ETHERNET, 0), frame);
	if (cost->random)
		return run_at_random(yardstick, program_fd(LINK_ETHERNET, 0), frame, alone);
	return run(program_fd(LINK_ETHERNET, 0), frame);
}

/* The empty program runs right before each case: what else the machine does then weighs on both. */
static bool measure(const struct yardstick *yardstick, struct measured *measured)
{
	for (unsigned round = 0; round < ROUNDS; round++) {
		for (unsigned i = 0; i < CASE_COUNT; i++) {
			const struct built_frame *frame = &measured[i].frame;
			double alone =
				run(cases[i].leaves ? yardstick->empty_egress : yardstick->empty,
				    frame);
			double cost;

			program_use_blocks(cases[i].blocks);
			if (program_install(0, &measured[i].tables))
				return false;
			cost = run_case(yardstick, &cases[i], frame, alone);
			if (cost < 0 || alone <= 0)
				return false;
			measured[i].nanoseconds[round] = cost;
			measured[i].ratios[round] = cost / alone;
			measured[i].empty[round] = alone;
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

/* What a search costs beside the same packet without one, as if the empty program searched. */
static bool print_search(const struct measured *search, const struct measured *none, double limit,
			 const char *name)
{
	double more[ROUNDS], ratios[ROUNDS];

	for (unsigned round = 0; round < ROUNDS; round++) {
		more[round] = search->nanoseconds[round] - none->nanoseconds[round];
		ratios[round] = 1 + search->ratios[round] - none->ratios[round];
	}
	printf("%-46s %+8.0f %8.2f %8.2f  ", name, median(more), median(ratios), limit);
	return within(median(ratios), limit);
}

static bool print(const struct measured *measured)
{
	bool good = true;

	printf("%-46s %8s %8s %8s\n", "one packet, median of 11 rounds", "ns", "x empty", "limit");
	printf("%-46s %8.0f %8.2f\n", "empty program", median(measured[ONE_RULE].empty), 1.0);
	printf("%-46s %8.0f %8.2f\n", "leaves: empty program", median(measured[LEAVES].empty), 1.0);
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
	for (unsigned i = 0; i < SEARCH_COUNT; i++)
		good &= print_search(&measured[searches[i].search], &measured[searches[i].none],
				     searches[i].limit, searches[i].name);
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

/* A program leads only to others that are loaded with the same flags. NULL: failed. */
static struct empty_bpf *load_empty(void)
{
	struct empty_bpf *empty = empty_bpf__open();
	__u32 flags = program_has_fragments() ? BPF_F_XDP_HAS_FRAGS : 0;

	if (!empty)
		return NULL;
	bpf_program__set_flags(empty->progs.empty_xdp, flags);
	bpf_program__set_flags(empty->progs.scatter_xdp, flags);
	if (!empty_bpf__load(empty))
		return empty;
	empty_bpf__destroy(empty);
	return NULL;
}

bool bench_program(void)
{
	static struct measured measured[CASE_COUNT];
	const char *missing = program_open();
	struct empty_bpf *empty;
	struct yardstick yardstick;
	bool good = true;

	if (missing) {
		fprintf(stderr, "bench: %s\n", missing);
		return false;
	}
	empty = load_empty();
	if (!empty) {
		perror("bench: the empty programs");
		return false;
	}
	yardstick = (struct yardstick){
		.empty = bpf_program__fd(empty->progs.empty_xdp),
		.empty_egress = bpf_program__fd(empty->progs.empty_tc),
		.scatter = bpf_program__fd(empty->progs.scatter_xdp),
		.judge = bpf_map__fd(empty->maps.judge),
	};
	for (unsigned i = 0; i < CASE_COUNT; i++)
		good &= prepare(&cases[i], &measured[i]);
	good = good && fill_block_list() && fill_flow_table();
	good = good && measure(&yardstick, measured);
	good = good && print(measured);
	print_load_time();
	for (unsigned i = 0; i < CASE_COUNT; i++)
		free_tables(&measured[i].tables);
	empty_bpf__destroy(empty);
	program_close();
	return good;
}
