/* SPDX-License-Identifier: GPL-2.0-only */
/* The egress program on the NIC: how it comes and goes, beside those of others. */
#include "command.h"
#include "counter.h"
#include "nic.h"
#include "service.h"
#include "state.h"
#include "tables.h"
#include "traffic.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <linux/bpf.h>
#include <net/if.h>
#include <portfw/abi.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define TCX_EGRESS ((enum bpf_attach_type)47) /* of linux/bpf.h from Linux 6.6 on */
#define TCX_MAX 64			      /* programs on one hook, at most */

static const char missing[] = "packets that leave are not watched";

/* --- What is on the NIC -------------------------------------------------------------------- */

static int index_of(struct testbed *bed, const char *nic)
{
	host_enter(bed, &bed->guarded);
	int index = (int)if_nametoindex(nic);
	host_leave(bed);
	assert_true(index > 0);
	return index;
}

/* Programs on the tcx egress hook of eth0; -1: the kernel has none. */
static int tcx_count(struct testbed *bed)
{
	LIBBPF_OPTS(bpf_prog_query_opts, options);
	int index = index_of(bed, "eth0");

	host_enter(bed, &bed->guarded);
	int code = bpf_prog_query_opts(index, TCX_EGRESS, &options);
	host_leave(bed);
	return code ? -1 : (int)options.prog_cnt;
}

static void need_tcx(struct testbed *bed)
{
	if (tcx_count(bed) < 0)
		skip_because("needs a kernel with tcx (6.6)");
}

/* Whether tc shows this on eth0. */
static bool tc_shows(struct testbed *bed, const char *what, const char *text)
{
	return shell(bed, &bed->guarded, "tc %s | grep -q '%s'", what, text)->status == 0;
}
#define EGRESS_FILTERS "filter show dev eth0 egress"
#define QDISCS "qdisc show dev eth0"

/* A program that counts packets in *counts, element 0, and leaves the verdict to others. BPF_W,
 * BPF_IMM and BPF_K are 0. */
static int load_counting(int *counts)
{
	*counts = bpf_map_create(BPF_MAP_TYPE_ARRAY, "seen", 4, 8, 1, NULL);
	assert_true(*counts >= 0);
	const struct bpf_insn counting[] = {
		{BPF_ST | BPF_MEM, BPF_REG_10, 0, -4, 0},
		{BPF_ALU64 | BPF_MOV | BPF_X, BPF_REG_2, BPF_REG_10, 0, 0},
		{BPF_ALU64 | BPF_ADD, BPF_REG_2, 0, 0, -4},
		{BPF_LD | BPF_DW, BPF_REG_1, BPF_PSEUDO_MAP_FD, 0, *counts},
		{0, 0, 0, 0, 0},
		{BPF_JMP | BPF_CALL, 0, 0, 0, BPF_FUNC_map_lookup_elem},
		{BPF_JMP | BPF_JEQ | BPF_K, BPF_REG_0, 0, 2, 0},
		{BPF_ALU64 | BPF_MOV | BPF_K, BPF_REG_1, 0, 0, 1},
		{BPF_STX | BPF_ATOMIC | BPF_DW, BPF_REG_0, BPF_REG_1, 0, BPF_ADD},
		{BPF_ALU64 | BPF_MOV | BPF_K, BPF_REG_0, 0, 0, -1},
		{BPF_JMP | BPF_EXIT, 0, 0, 0, 0},
	};
	int program = bpf_prog_load(BPF_PROG_TYPE_SCHED_CLS, "foreign", "GPL", counting,
				    sizeof(counting) / sizeof(counting[0]), NULL);
	assert_true(program >= 0);
	return program;
}

static uint64_t counted(int counts)
{
	uint64_t value = 0;
	__u32 zero = 0;

	assert_int_equal(bpf_map_lookup_elem(counts, &zero, &value), 0);
	return value;
}

/* Another's filter of the clsact qdisc; returns its counter. */
static int add_foreign_filter(struct testbed *bed)
{
	LIBBPF_OPTS(bpf_tc_hook, hook, .ifindex = index_of(bed, "eth0"),
		    .attach_point = BPF_TC_EGRESS);
	int counts, program = load_counting(&counts);
	LIBBPF_OPTS(bpf_tc_opts, options, .prog_fd = program);

	host_enter(bed, &bed->guarded);
	libbpf_set_print(NULL);
	int code = bpf_tc_hook_create(&hook);
	if (!code || code == -EEXIST)
		code = bpf_tc_attach(&hook, &options);
	host_leave(bed);
	assert_int_equal(code, 0);
	close(program);
	return counts;
}

/* Another's program on the tcx hook, for as long as the link that is returned is open. Negative: it
 * does not go. */
static int add_foreign_tcx(struct testbed *bed, int *counts)
{
	int index = index_of(bed, "eth0"), program = load_counting(counts);

	host_enter(bed, &bed->guarded);
	int link = bpf_link_create(program, index, TCX_EGRESS, NULL);
	host_leave(bed);
	close(program);
	return link;
}

static struct traffic *start_some(struct testbed *bed, unsigned port)
{
	return traffic_start(
		bed, OUTGOING(TCP, PEER4, port, .count = 2), OUTGOING(TCP, PEER6, port, .count = 2),
		OUTGOING(UDP, PEER4, port, .count = 1), OUTGOING(UDP, PEER6, port, .count = 1));
}

/* A connection that is opened now works, under default deny. */
static void check_watched(struct testbed *bed, unsigned port)
{
	struct traffic *traffic = start_some(bed, port);

	assert_says_not(portfw_ok(bed, "status"), missing);
	traffic_stop(traffic);
}

/* --- Removal by others --------------------------------------------------------------------- */

/* `status` tells, as text and as JSON. */
static void check_drift(struct testbed *bed)
{
	struct run *run = portfw_ok(bed, "status");

	assert_silent(run);
	assert_says(run, missing);
	assert_says(run, "drift: eth0");
	assert_says(run, "portfw restore");
	assert_says_not(run, "in sync");
	json_t *status = json_of(portfw_ok(bed, "status --json"));
	const json_t *in_sync = json_object_get(json_object_get(status, "policy"), "in_sync");
	assert_true(json_is_false(in_sync));
	const json_t *drift = json_object_get(status, "drift");
	assert_int_equal(json_array_size(drift), 1);
	assert_non_null(strstr(json_string_value(json_array_get(drift, 0)), missing));
	json_decref(status);
}

/* What is left goes on: its flows are known. */
static void check_removal(struct testbed *bed, void (*remove)(struct testbed *bed))
{
	portfw_ok(bed, "attach eth0");
	portfw_ok(bed, "--force default deny");
	struct traffic *traffic = start_some(bed, 5000);
	assert_says(portfw_ok(bed, "status"), "in sync");
	remove(bed);
	check_drift(bed);
	assert_goes_on(traffic);
	portfw_ok(bed, "restore");
	assert_says(portfw_ok(bed, "status"), "in sync");
	check_watched(bed, 5001);
	assert_goes_on(traffic);
	traffic_stop(traffic);
	/* Once more, and then without mending. */
	remove(bed);
	check_drift(bed);
	portfw_ok(bed, "detach eth0");
	portfw_ok(bed, "attach eth0");
	check_watched(bed, 5002);
}

static void detach_link(struct testbed *bed)
{
	char path[128];

	snprintf(path, sizeof(path), "%s/egress-0", bed->pin_dir);
	int link = bpf_obj_get(path);
	assert_true(link >= 0);
	assert_int_equal(bpf_link_detach(link), 0);
	close(link);
	assert_int_equal(tcx_count(bed), 0);
}

static void remove_pin(struct testbed *bed)
{
	shell_ok(bed, &bed->guarded, "rm %s/egress-0", bed->pin_dir);
	wait_until(tcx_count(bed) == 0);
}

static void a_detached_tcx_link_is_drift_until_restore(void **state)
{
	struct testbed *bed = testbed(state);

	need_tcx(bed);
	check_removal(bed, detach_link);
}

static void a_removed_pin_of_the_tcx_link_is_drift_until_restore(void **state)
{
	struct testbed *bed = testbed(state);

	need_tcx(bed);
	check_removal(bed, remove_pin);
}

/* Connections that were opened while nobody watched are found by restore. */
static void restore_finds_the_connections_that_nobody_watched(void **state)
{
	struct testbed *bed = testbed(state);

	need_tcx(bed);
	portfw_ok(bed, "attach eth0");
	detach_link(bed);
	struct traffic *traffic = start_some(bed, 5000);
	assert_int_equal(tables_flows(bed), 0);
	portfw_ok(bed, "restore");
	portfw_ok(bed, "--force default deny");
	assert_goes_on(traffic);
	assert_int_equal(packets_of(bed, "default-deny"), 0);
	traffic_stop(traffic);
}

/* --- clsact -------------------------------------------------------------------------------- */

/* Leaves no room on the tcx hook, as if the kernel had none. */
static void fill_tcx(struct testbed *bed, int links[TCX_MAX])
{
	unsigned count = 0;
	int counts;

	need_tcx(bed);
	memset(links, -1, TCX_MAX * sizeof(*links));
	while (count < TCX_MAX && (links[count] = add_foreign_tcx(bed, &counts)) >= 0) {
		close(counts);
		count++;
	}
	assert_true(count > 1);
}

static void empty_tcx(int links[TCX_MAX])
{
	for (unsigned i = 0; i < TCX_MAX && links[i] >= 0; i++)
		close(links[i]);
}

static void delete_filter(struct testbed *bed)
{
	shell_ok(bed, &bed->guarded, "tc filter del dev eth0 egress");
}

static void delete_qdisc(struct testbed *bed)
{
	shell_ok(bed, &bed->guarded, "tc qdisc del dev eth0 clsact");
}

static void a_filter_of_clsact_does_it_without_tcx(void **state)
{
	struct testbed *bed = testbed(state);
	int links[TCX_MAX];

	need_programs("tc");
	fill_tcx(bed, links);
	check_removal(bed, delete_filter);
	assert_true(tc_shows(bed, EGRESS_FILTERS, "portfw_egress"));
	portfw_ok(bed, "detach --all");
	assert_false(tc_shows(bed, QDISCS, "clsact"));
	empty_tcx(links);
}

static void a_deleted_clsact_qdisc_is_drift_until_restore(void **state)
{
	struct testbed *bed = testbed(state);
	int links[TCX_MAX];

	need_programs("tc");
	fill_tcx(bed, links);
	check_removal(bed, delete_qdisc);
	portfw_ok(bed, "detach --all");
	assert_false(tc_shows(bed, QDISCS, "clsact"));
	empty_tcx(links);
}

static void filters_of_others_stay_beside_that_of_clsact(void **state)
{
	struct testbed *bed = testbed(state);
	int links[TCX_MAX];

	need_programs("tc");
	fill_tcx(bed, links);
	int before = add_foreign_filter(bed);
	portfw_ok(bed, "attach eth0");
	portfw_ok(bed, "--force default deny");
	int after = add_foreign_filter(bed);
	for (unsigned i = 0; i < 2; i++) {
		uint64_t seen_before = counted(before), seen_after = counted(after);
		struct traffic *traffic = start_some(bed, 5000 + i);
		assert_true(counted(before) > seen_before && counted(after) > seen_after);
		traffic_stop(traffic);
		if (i == 0)
			portfw_ok(bed, "detach --all");
	}
	assert_false(tc_shows(bed, EGRESS_FILTERS, "portfw_egress"));
	assert_true(tc_shows(bed, EGRESS_FILTERS, "foreign"));
	assert_true(tc_shows(bed, QDISCS, "clsact"));
	close(before);
	close(after);
	empty_tcx(links);
}

/* A qdisc that we made stays for those who have come to use it. */
static void a_qdisc_that_others_use_stays(void **state)
{
	struct testbed *bed = testbed(state);
	int links[TCX_MAX];

	need_programs("tc");
	fill_tcx(bed, links);
	portfw_ok(bed, "attach eth0");
	int counts = add_foreign_filter(bed);
	portfw_ok(bed, "detach --all");
	assert_true(tc_shows(bed, QDISCS, "clsact"));
	assert_true(tc_shows(bed, EGRESS_FILTERS, "foreign"));
	close(counts);
	empty_tcx(links);
}

/* --- Others -------------------------------------------------------------------------------- */

static void programs_of_others_see_packets_before_and_after(void **state)
{
	struct testbed *bed = testbed(state);
	int links[2], counts[2];

	need_tcx(bed);
	links[0] = add_foreign_tcx(bed, &counts[0]);
	int filter = add_foreign_filter(bed);
	portfw_ok(bed, "attach eth0");
	portfw_ok(bed, "--force default deny");
	links[1] = add_foreign_tcx(bed, &counts[1]);
	assert_int_equal(tcx_count(bed), 3);
	for (unsigned i = 0; i < 2; i++) {
		uint64_t seen[] = {counted(counts[0]), counted(counts[1]), counted(filter)};
		struct traffic *traffic = start_some(bed, 5000 + i);
		assert_true(counted(counts[0]) > seen[0] && counted(counts[1]) > seen[1]);
		assert_true(counted(filter) > seen[2]);
		traffic_stop(traffic);
		if (i == 0)
			portfw_ok(bed, "detach --all");
	}
	assert_int_equal(tcx_count(bed), 2);
	for (unsigned i = 0; i < 2; i++) {
		close(links[i]);
		close(counts[i]);
	}
	close(filter);
}

static void detach_leaves_nothing_behind(void **state)
{
	static const char *const ends[] = {"detach eth0", "detach --runtime eth0", "detach --all"};
	struct testbed *bed = testbed(state);

	need_tcx(bed);
	need_programs("tc");
	for (size_t i = 0; i < sizeof(ends) / sizeof(ends[0]); i++) {
		portfw_ok(bed, "attach eth0");
		assert_int_equal(tcx_count(bed), 1);
		assert_false(tc_shows(bed, QDISCS, "clsact"));
		assert_int_equal(pin_count(bed, "egress-"), 1);
		portfw_ok(bed, "%s", ends[i]);
		assert_int_equal(tcx_count(bed), 0);
		assert_int_equal(pin_count(bed, "egress-"), 0);
	}
}

static void each_nic_has_its_own(void **state)
{
	struct testbed *bed = testbed(state);

	need_tcx(bed);
	testbed_add_veth(bed, 1, "eth1");
	testbed_add_tun(bed, 2, "tun0");
	portfw_ok(bed, "attach eth0 eth1 tun0");
	assert_int_equal(pin_count(bed, "egress-"), 3);
	portfw_ok(bed, "--force default deny");
	struct traffic *traffic = traffic_start(bed, OUTGOING(TCP, "10.77.1.2", 5000, .count = 1),
						OUTGOING(TCP, "fd77:1::2", 5000, .count = 1),
						OUTGOING(TCP, "10.77.2.2", 5001, .count = 1),
						OUTGOING(TCP, "fd77:2::2", 5001, .count = 1));
	portfw_ok(bed, "detach eth0");
	assert_int_equal(pin_count(bed, "egress-"), 2);
	assert_goes_on(traffic);
	assert_says(portfw_ok(bed, "status"), "in sync");
	traffic_stop(traffic);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TESTBED_TEST(a_detached_tcx_link_is_drift_until_restore),
		TESTBED_TEST(a_removed_pin_of_the_tcx_link_is_drift_until_restore),
		TESTBED_TEST(restore_finds_the_connections_that_nobody_watched),
		TESTBED_TEST(a_filter_of_clsact_does_it_without_tcx),
		TESTBED_TEST(a_deleted_clsact_qdisc_is_drift_until_restore),
		TESTBED_TEST(filters_of_others_stay_beside_that_of_clsact),
		TESTBED_TEST(a_qdisc_that_others_use_stays),
		TESTBED_TEST(programs_of_others_see_packets_before_and_after),
		TESTBED_TEST(detach_leaves_nothing_behind),
		TESTBED_TEST(each_nic_has_its_own),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
