// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* What any XDP program costs: drops, and looks at nothing. */
#include "vmlinux.h"

#include <bpf/bpf_helpers.h>

SEC("xdp")
int empty_xdp(struct xdp_md *context)
{
	(void)context;
	return XDP_DROP;
}

char _license[] SEC("license") = "Dual BSD/GPL";
