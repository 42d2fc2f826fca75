// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* The program in the driver path: parse, decide, account. One instance for each NIC. */
#include "vmlinux.h"

#include <bpf/bpf_helpers.h>

#include "account.h"
#include "decide.h"
#include "maps.h"
#include "parse.h"

/* Of the NIC that this instance serves; set before load, so that the verifier drops what does not
 * apply. */
const volatile __u32 nic_index = 0;
const volatile enum link_type link = LINK_ETHERNET;
const volatile bool frames_have_fragments = false;

/* Loaded with BPF_F_XDP_HAS_FRAGS where the kernel has it; a section "xdp.frags" would insist. */
SEC("xdp")
int portfw_xdp(struct xdp_md *context)
{
	struct frame frame = frame_of(context);
	enum verdict verdict;
	enum reason reason;
	struct match match;
	struct pkt pkt;

	reason = parse(&frame, link, &pkt);
	if (!reason)
		reason = decide(slot_in_force(), nic_index, &pkt, &match);
	else
		frame_length(&frame); /* what was not parsed may be longer than its linear part */
	verdict = reason_verdict(reason);
	account(&frame, &pkt, reason, verdict);
	return verdict == VERDICT_PASS ? XDP_PASS : XDP_DROP;
}

/* Run by commands, through BPF_PROG_TEST_RUN: user space cannot read jiffies otherwise. */
SEC("xdp")
int portfw_clock(struct xdp_md *context)
{
	__u32 zero = 0;
	struct control *head = bpf_map_lookup_elem(&control, &zero);

	(void)context;
	if (head) {
		head->now = bpf_jiffies64();
		head->now_ns = bpf_ktime_get_ns();
	}
	return XDP_PASS;
}

char _license[] SEC("license") = "Dual BSD/GPL";
