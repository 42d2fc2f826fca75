/* SPDX-License-Identifier: GPL-2.0-only */
#include "program.h"

#include "builder.h"
#include "judging.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <kernel/clock.h>
#include <kernel/object.h>
#include <kernel/publish.h>
#include <linux/bpf.h>
#include <policy/reason.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define PROTO_TCP 6
#define PROTO_UDP 17
#define FLOWS_MAX_HERE 1024

static struct {
	bool tried, open, fragments;
	char failure[640];
	struct instance instance;
	struct cpu_counters *counters; /* writable here, so that each run starts from zero */
	struct block_item *blocked;    /* the block list */
	size_t blocked_count;
	int explain;
	int variants[2][PROGRAM_NICS], egress_variants[2][PROGRAM_NICS];
} program = {.instance = INSTANCE_INIT,
	     .explain = -1,
	     .variants = {{-1, -1}, {-1, -1}},
	     .egress_variants = {{-1, -1}, {-1, -1}}};

static int make_maps(struct instance *instance, __u32 cpus, struct error *error)
{
	const int writable = PROT_READ | PROT_WRITE;

	for (unsigned id = 0; id < MAP_COUNT; id++) {
		const struct map_layout *layout = &map_layouts[id];

		instance->fds[id] = map_create_unpinned(layout,
							layout->entries	  ? layout->entries
							: id == MAP_FLOWS ? FLOWS_MAX_HERE
									  : cpus,
							error);
		if (instance->fds[id] < 0)
			return instance->fds[id];
	}
	instance->control = map_memory(instance->fds[MAP_CONTROL],
				       map_size(sizeof(struct control), 1), writable);
	instance->slots = map_memory(instance->fds[MAP_SLOTS],
				     map_size(sizeof(struct slot), SLOT_COUNT), writable);
	program.counters = map_memory(instance->fds[MAP_COUNTERS],
				      map_size(sizeof(struct cpu_counters), cpus), writable);
	if (!instance->control || !instance->slots || !program.counters)
		return error_set(error, -errno, "cannot map a BPF map: %s", strerror(errno));
	instance->counters = program.counters;
	instance->control->cpu_count = cpus;
	instance->control->hz = TICKS;
	return 0;
}

int program_fd(enum link_type link, unsigned nic)
{
	int *variant = &program.variants[link][nic];

	if (*variant < 0)
		*variant = object_load_nic(&program.instance, nic, link, NULL);
	return *variant;
}

int program_egress_fd(enum link_type link, unsigned nic)
{
	int *variant = &program.egress_variants[link][nic];

	if (*variant < 0)
		*variant = object_load_egress(&program.instance, nic, link, NULL);
	return *variant;
}

static void close_fd(int *fd)
{
	if (*fd >= 0)
		close(*fd);
	*fd = -1;
}

static void unload(void)
{
	for (unsigned link = 0; link < 2; link++) {
		for (unsigned nic = 0; nic < PROGRAM_NICS; nic++) {
			close_fd(&program.variants[link][nic]);
			close_fd(&program.egress_variants[link][nic]);
		}
	}
}

/* Without xdp.frags the kernel refuses frames longer than a page. */
static bool takes_long_frames(int fd)
{
	static const char frame[3 * PROGRAM_LINEAR_MIN];
	LIBBPF_OPTS(bpf_test_run_opts, options, .data_in = frame, .data_size_in = sizeof(frame),
		    .repeat = 1);
	bool taken = !bpf_prog_test_run_opts(fd, &options);

	memset(program.counters, 0,
	       program.instance.control->cpu_count * sizeof(*program.counters));
	return taken;
}

static int start(struct error *error)
{
	struct instance *instance = &program.instance;
	int fd, cpus = libbpf_num_possible_cpus();
	int code = cpus < 0 ? error_set(error, cpus, "cannot tell the number of CPUs")
			    : make_maps(instance, (__u32)cpus, error);

	if (code)
		return code;
	fd = object_load_nic(instance, 0, LINK_ETHERNET, error);
	if (fd < 0)
		return fd;
	program.variants[LINK_ETHERNET][0] = fd;
	program.fragments = takes_long_frames(fd);
	instance->clock_fd = object_load_clock(instance, error);
	return instance->clock_fd < 0 ? instance->clock_fd : 0;
}

const char *program_open(void)
{
	struct error error = {};
	int code;

	if (program.tried)
		return program.open ? NULL : program.failure;
	program.tried = true;
	if (geteuid() != 0)
		return strcpy(program.failure, "needs root");
	code = start(&error);
	program.open = !code;
	if (!code)
		return NULL;
	snprintf(program.failure, sizeof(program.failure), "%s%s",
		 code == -EPERM ? "needs CAP_BPF and CAP_NET_ADMIN: " : "", error.text);
	return program.failure;
}

void program_close(void)
{
	unload();
	if (program.explain >= 0)
		close(program.explain);
	free(program.blocked);
	if (program.instance.control)
		instance_close(&program.instance);
}

bool program_has_fragments(void)
{
	return program.fragments;
}

bool program_takes(size_t length)
{
	return length >= PROGRAM_FRAME_MIN && (program.fragments || length < PROGRAM_LINEAR_MIN);
}

__u64 program_now(void)
{
	__u64 now = 0;

	return clock_now(&program.instance, &now, NULL) ? 0 : now;
}

int program_install(unsigned slot, const struct compiled *tables)
{
	const struct large_tables large = {tables->sources4, tables->sources6, tables->cells};

	memcpy(&program.instance.slots[slot], tables->slot, sizeof(struct slot));
	return publish_large(&program.instance, slot, &large, NULL);
}

void program_control(__u64 word)
{
	program.instance.control->word = word;
}

void program_use_blocks(bool used)
{
	static __u32 kinds;
	__u32 *blocked = &program.instance.control->blocked;

	kinds |= *blocked;
	*blocked = used ? kinds : 0;
}

int program_block(const struct block_item *items, size_t count)
{
	int code = blocks_remove(&program.instance, program.blocked, program.blocked_count, NULL);

	free(program.blocked);
	program.blocked_count = 0;
	program.blocked = calloc(count + 1, sizeof(*items));
	if (!program.blocked)
		return -ENOMEM;
	memcpy(program.blocked, items, count * sizeof(*items));
	program.blocked_count = count;
	return code ?: blocks_add(&program.instance, items, count, NULL);
}

int program_flows(const struct flow_entry *entries, size_t count)
{
	int fd = program.instance.fds[MAP_FLOWS], code = 0;
	struct flow_key key;

	while (!bpf_map_get_next_key(fd, NULL, &key))
		if (bpf_map_delete_elem(fd, &key))
			return -errno;
	for (size_t i = 0; i < count && !code; i++) {
		flows_note_port(program.instance.control, &entries[i].key);
		code = bpf_map_update_elem(fd, &entries[i].key, &entries[i].flow, BPF_NOEXIST);
	}
	return code;
}

size_t program_flow_count(void)
{
	int fd = program.instance.fds[MAP_FLOWS];
	struct flow_key key, *last = NULL;
	size_t count = 0;

	for (; !bpf_map_get_next_key(fd, last, &key); last = &key)
		count++;
	return count;
}

bool program_flow(const struct flow_key *key, struct flow *flow)
{
	return !bpf_map_lookup_elem(program.instance.fds[MAP_FLOWS], key, flow);
}

int program_make_flow_table(__u32 entries)
{
	int fd = map_create_unpinned(&map_layouts[MAP_FLOWS], entries, NULL);

	if (fd < 0)
		return fd;
	unload();
	close(program.instance.fds[MAP_FLOWS]);
	program.instance.fds[MAP_FLOWS] = fd;
	return 0;
}

void program_lockdown(const struct setting *setting)
{
	if (setting->lockdown)
		lockdown_switch_on(&program.instance, setting->keep, setting->keep_count, 0, NULL,
				   NULL);
	else
		lockdown_switch_off(&program.instance, NULL, NULL);
}

void program_outside(const __u32 *ifindexes, size_t count)
{
	struct control *control = program.instance.control;

	memset(control->outside, 0, sizeof(control->outside));
	memcpy(control->outside, ifindexes, count * sizeof(*ifindexes));
}

__attribute__((format(printf, 2, 3))) static void fault(struct program_run *run, const char *format,
							...)
{
	va_list arguments;

	if (*run->fault)
		return;
	va_start(arguments, format);
	vsnprintf(run->fault, sizeof(run->fault), format, arguments);
	va_end(arguments);
}

/* The reason whose counter rose; the counter is zeroed. */
static void take_reason(struct counter *rose, unsigned reason, size_t length,
			struct program_run *run)
{
	if (!rose->packets && !rose->bytes)
		return;
	if (rose->packets != 1 || rose->bytes != length)
		fault(run, "reason %u rose by %llu packets and %llu bytes", reason, rose->packets,
		      rose->bytes);
	if (run->answer.reason)
		fault(run, "reasons %u and %u both rose", run->answer.reason, reason);
	run->answer.reason = reason;
	*rose = (struct counter){};
}

/* The port whose counter rose; the counter is zeroed. */
static void take_port(struct cpu_counters *counters, unsigned table, unsigned port,
		      struct program_run *run)
{
	__u64 *rose = counters->ports[table][port];
	bool passed = rose[VERDICT_PASS];

	if (!rose[VERDICT_PASS] && !rose[VERDICT_DROP])
		return;
	if (rose[VERDICT_PASS] + rose[VERDICT_DROP] != 1 || run->answer.proto)
		fault(run, "more than one count for ports, the last one for %u", port);
	if (passed != reason_passes(run->answer.reason))
		fault(run, "port %u counts for the wrong verdict", port);
	run->answer.proto = table == PORT_TABLE_TCP ? PROTO_TCP : PROTO_UDP;
	run->answer.port = (__u16)port;
	rose[VERDICT_PASS] = rose[VERDICT_DROP] = 0;
}

static void read_counters(size_t length, struct answer expected, bool every_port,
			  struct program_run *run)
{
	for (__u32 cpu = 0; cpu < program.instance.control->cpu_count; cpu++) {
		struct cpu_counters *counters = &program.counters[cpu];

		for (unsigned reason = 0; reason < 32; reason++)
			take_reason(&counters->reasons[reason], reason, length, run);
	}
	for (__u32 cpu = 0; cpu < program.instance.control->cpu_count; cpu++) {
		struct cpu_counters *counters = &program.counters[cpu];

		if (expected.proto)
			take_port(counters, expected.proto != PROTO_TCP, expected.port, run);
		for (unsigned port = 0; every_port && port < 2 * PORT_COUNT; port++)
			take_port(counters, port / PORT_COUNT, port % PORT_COUNT, run);
	}
}

/* The explain program says the same of the frame, and counts nothing. */
static void check_explained(enum link_type link, unsigned nic, const unsigned char *frame,
			    size_t length, struct program_run *run)
{
	static unsigned char request[sizeof(struct explain_request) + FRAME_MAX];
	const struct explain_request head = {nic, link, EXPLAIN_IN_FORCE, 0};
	LIBBPF_OPTS(bpf_test_run_opts, options, .data_in = request,
		    .data_size_in = (__u32)(sizeof(head) + length), .repeat = 1);
	struct program_run counted = {};
	int code;

	if (length > FRAME_MAX || !program_takes(sizeof(head) + length))
		return;
	memcpy(request, &head, sizeof(head));
	memcpy(request + sizeof(head), frame, length);
	if (program.explain < 0)
		program.explain = object_load_explain(&program.instance, NULL);
	code = program.explain < 0 ? program.explain
				   : bpf_prog_test_run_opts(program.explain, &options);
	if (code)
		fault(run, "the explain program does not run: %s", strerror(-code));
	else if (options.retval != run->answer.reason)
		fault(run, "the explain program says reason %u", options.retval);
	read_counters(length, run->answer, false, &counted);
	if (counted.answer.reason || counted.answer.proto)
		fault(run, "the explain program counted the frame");
}

int program_judge(enum link_type link, unsigned nic, const unsigned char *frame, size_t length,
		  struct answer expected, bool every_port, struct program_run *run)
{
	LIBBPF_OPTS(bpf_test_run_opts, options, .data_in = frame, .data_size_in = (__u32)length,
		    .repeat = 1);
	int fd = program_fd(link, nic), code;

	if (fd < 0)
		return fd;
	code = bpf_prog_test_run_opts(fd, &options);
	if (code)
		return code;
	*run = (struct program_run){.code = (int)options.retval};
	read_counters(length, expected, every_port, run);
	if (!run->answer.reason)
		fault(run, "no reason's counter rose");
	if (run->code != (reason_passes(run->answer.reason) ? XDP_PASS : XDP_DROP))
		fault(run, "returned %d, which is not the verdict of its reason", run->code);
	check_explained(link, nic, frame, length, run);
	return 0;
}

/* Adds up what rose; the counters are zeroed. */
static void take_departure(struct cpu_counters *counters, struct program_departure *departure)
{
	departure->learnt += counters->flows_learnt;
	departure->failed += counters->flows_failed;
	for (unsigned reason = 0; reason < REASON_COUNT; reason++) {
		departure->outgoing[reason].packets += counters->outgoing[reason].packets;
		departure->outgoing[reason].bytes += counters->outgoing[reason].bytes;
	}
	memset(counters->outgoing, 0, sizeof(counters->outgoing));
	counters->flows_learnt = counters->flows_failed = 0;
}

int program_depart(enum link_type link, unsigned nic, const unsigned char *frame, size_t length,
		   __u32 ingress, struct program_departure *departure)
{
	struct __sk_buff context = {.ingress_ifindex = ingress};
	LIBBPF_OPTS(bpf_test_run_opts, options, .data_in = frame, .data_size_in = (__u32)length,
		    .ctx_in = &context, .ctx_size_in = sizeof(context), .repeat = 1);
	int fd = program_egress_fd(link, nic), code;

	if (fd < 0)
		return fd;
	code = bpf_prog_test_run_opts(fd, &options);
	if (code)
		return code;
	*departure = (struct program_departure){.code = options.retval};
	for (__u32 cpu = 0; cpu < program.instance.control->cpu_count; cpu++)
		take_departure(&program.counters[cpu], departure);
	return 0;
}
