/* SPDX-License-Identifier: GPL-2.0-only */
#include "program.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <linux/bpf.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "portfw.skel.h"

#ifndef BPF_F_XDP_HAS_FRAGS
#define BPF_F_XDP_HAS_FRAGS (1U << 5)
#endif
#define PAGE 4096u
#define PROTO_TCP 6
#define PROTO_UDP 17

static struct {
	bool tried, open, fragments;
	char failure[256];
	int cpus;
	int control_fd, slots_fd, counters_fd;
	struct slot *slots;
	struct cpu_counters *counters; /* writable here, so that each run starts from zero */
	struct portfw_bpf *variants[2][PROGRAM_NICS];
} program = {.control_fd = -1, .slots_fd = -1, .counters_fd = -1};

static char last_warning[256];

__attribute__((format(printf, 2, 0))) static int keep_warning(enum libbpf_print_level level,
							      const char *format, va_list arguments)
{
	if (level == LIBBPF_WARN)
		vsnprintf(last_warning, sizeof(last_warning), format, arguments);
	return 0;
}

static size_t page_aligned(size_t size)
{
	return (size + PAGE - 1) / PAGE * PAGE;
}

static void *make_map(const char *name, size_t value_size, unsigned entries, int *fd)
{
	LIBBPF_OPTS(bpf_map_create_opts, options, .map_flags = BPF_F_MMAPABLE);
	void *memory;

	*fd = bpf_map_create(BPF_MAP_TYPE_ARRAY, name, sizeof(__u32), (__u32)value_size, entries,
			     &options);
	if (*fd < 0)
		return NULL;
	memory = mmap(NULL, page_aligned(value_size * entries), PROT_READ | PROT_WRITE, MAP_SHARED,
		      *fd, 0);
	return memory == MAP_FAILED ? NULL : memory;
}

/* Opens and loads a variant. */
static int load(enum link_type link, unsigned nic, bool fragments, struct portfw_bpf **loaded)
{
	struct portfw_bpf *made = portfw_bpf__open();
	int code;

	if (!made)
		return -errno;
	made->rodata->nic_index = nic;
	made->rodata->link = link;
	made->rodata->frames_have_fragments = fragments;
	if (!fragments)
		bpf_program__set_flags(made->progs.portfw_xdp,
				       bpf_program__flags(made->progs.portfw_xdp) &
					       ~BPF_F_XDP_HAS_FRAGS);
	bpf_map__set_max_entries(made->maps.counters, (__u32)program.cpus);
	code = bpf_map__reuse_fd(made->maps.control, program.control_fd);
	if (!code)
		code = bpf_map__reuse_fd(made->maps.slots, program.slots_fd);
	if (!code)
		code = bpf_map__reuse_fd(made->maps.counters, program.counters_fd);
	if (!code)
		code = portfw_bpf__load(made);
	if (code) {
		portfw_bpf__destroy(made);
		return code;
	}
	*loaded = made;
	return 0;
}

int program_fd(enum link_type link, unsigned nic)
{
	struct portfw_bpf **variant = &program.variants[link][nic];
	int code;

	if (!*variant) {
		code = load(link, nic, program.fragments, variant);
		if (code)
			return code;
	}
	return bpf_program__fd((*variant)->progs.portfw_xdp);
}

static const char *failed(const char *what, int code)
{
	snprintf(program.failure, sizeof(program.failure), "%s: %s", what, strerror(-code));
	return program.failure;
}

const char *program_open(void)
{
	int code;

	if (program.tried)
		return program.open ? NULL : program.failure;
	program.tried = true;
	if (geteuid() != 0)
		return strcpy(program.failure, "needs root");
	libbpf_set_print(keep_warning);
	program.cpus = libbpf_num_possible_cpus();
	if (program.cpus < 1)
		return failed("cannot tell the number of CPUs", program.cpus);
	if (!make_map("control", sizeof(struct control), 1, &program.control_fd))
		return failed("cannot make a BPF map", -errno);
	program.slots = make_map("slots", sizeof(struct slot), SLOT_COUNT, &program.slots_fd);
	program.counters = make_map("counters", sizeof(struct cpu_counters), (unsigned)program.cpus,
				    &program.counters_fd);
	if (!program.slots || !program.counters)
		return failed("cannot make a BPF map", -errno);
	code = load(LINK_ETHERNET, 0, true, &program.variants[LINK_ETHERNET][0]);
	program.fragments = !code;
	if (code)
		code = load(LINK_ETHERNET, 0, false, &program.variants[LINK_ETHERNET][0]);
	if (code == -EPERM)
		return failed("needs CAP_BPF and CAP_NET_ADMIN", code);
	program.open = !code;
	if (!code)
		return NULL;
	printf("%s\n", last_warning);
	return failed("the kernel did not take the program", code);
}

void program_close(void)
{
	for (unsigned link = 0; link < 2; link++)
		for (unsigned nic = 0; nic < PROGRAM_NICS; nic++)
			portfw_bpf__destroy(program.variants[link][nic]);
	close(program.control_fd);
	close(program.slots_fd);
	close(program.counters_fd);
}

bool program_has_fragments(void)
{
	return program.fragments;
}

bool program_takes(size_t length)
{
	return length >= PROGRAM_FRAME_MIN && (program.fragments || length < PROGRAM_LINEAR_MIN);
}

struct slot *program_slot(void)
{
	return program.slots;
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
	for (int cpu = 0; cpu < program.cpus; cpu++) {
		struct cpu_counters *counters = &program.counters[cpu];

		for (unsigned reason = 0; reason < 32; reason++)
			take_reason(&counters->reasons[reason], reason, length, run);
	}
	for (int cpu = 0; cpu < program.cpus; cpu++) {
		struct cpu_counters *counters = &program.counters[cpu];

		if (expected.proto)
			take_port(counters, expected.proto != PROTO_TCP, expected.port, run);
		for (unsigned port = 0; every_port && port < 2 * PORT_COUNT; port++)
			take_port(counters, port / PORT_COUNT, port % PORT_COUNT, run);
	}
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
	return 0;
}
