// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* What any program costs that looks at nothing; and frames that change from one to the next. */
#include "vmlinux.h"

#include <bpf/bpf_helpers.h>

SEC("xdp")
int empty_xdp(struct xdp_md *context)
{
	(void)context;
	return XDP_DROP;
}

SEC("tc")
int empty_tc(struct __sk_buff *context)
{
	(void)context;
	return -1; /* TCX_NEXT */
}

/* The program that judges what scatter_xdp makes. */
struct {
	__uint(type, BPF_MAP_TYPE_PROG_ARRAY);
	__uint(max_entries, 1);
	__uint(key_size, sizeof(__u32));
	__uint(value_size, sizeof(__u32));
} judge SEC(".maps");

#define SOURCE_LOW_HALF 28 /* place of the last two bytes of an IPv4 source address */

__u32 random_state = 1;

/* A test run repeats one frame: this gives each repeat another source address, of 65,536. */
SEC("xdp")
int scatter_xdp(struct xdp_md *context)
{
	__u8 *data = (__u8 *)(long)context->data;

	if (data + SOURCE_LOW_HALF + 2 > (__u8 *)(long)context->data_end)
		return XDP_ABORTED;
	random_state = random_state * 1664525 + 1013904223;
	data[SOURCE_LOW_HALF] = random_state >> 24;
	data[SOURCE_LOW_HALF + 1] = random_state >> 16;
	bpf_tail_call(context, &judge, 0);
	return XDP_ABORTED;
}

char _license[] SEC("license") = "Dual BSD/GPL";
