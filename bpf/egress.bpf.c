// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * The program for packets that leave through a NIC: it drops what goes to blocked addresses, or
 * under lockdown to others than the kept ones, and notes flows, so that their replies pass. One
 * instance for each NIC.
 */
#include "vmlinux.h"

#include <bpf/bpf_helpers.h>

#define FRAME_IS_SKB
#include "learn.h"
#include "leave.h"
#include "maps.h"
#include "parse.h"

/* As in portfw.bpf.c. */
const volatile __u32 nic_index = 0;
const volatile enum link_type link = LINK_ETHERNET;
const volatile __u32 hz = 1000;

enum {
	TCX_NEXT = -1, /* equals TC_ACT_UNSPEC: whatever else is there goes on */
	TC_ACT_SHOT = 2,
};

static __always_inline int drop(const struct __sk_buff *skb, enum reason reason)
{
	struct cpu_counters *mine = own_counters();

	if (mine) {
		mine->outgoing[reason].packets++;
		mine->outgoing[reason].bytes += skb->len;
	}
	return TC_ACT_SHOT;
}

SEC("tc")
int portfw_egress(struct __sk_buff *skb)
{
	struct frame frame = frame_of(skb);
	enum reason parsed, reason;
	struct pkt pkt;

	parsed = parse(&frame, link, &pkt);
	reason = leave(ANY_SLOT, parsed, &pkt);
	if (reason)
		return drop(skb, reason);
	if (!parsed)
		learn(skb, nic_index, &pkt);
	return TCX_NEXT;
}

char _license[] SEC("license") = "Dual BSD/GPL";
