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
	__u64 lockdown = lockdown_in_force(ANY_SLOT);
	enum reason reason;
	struct pkt pkt;

	reason = parse(&frame, link, &pkt);
	/* What is malformed is this host's own business, unless it is isolated. */
	if (reason)
		return reason == REASON_MALFORMED && lockdown ? drop(skb, REASON_LOCKDOWN)
							      : TCX_NEXT;
	if (keeps_host_on_network(&pkt))
		return TCX_NEXT;
	if (is_blocked(ANY_SLOT, pkt.family, pkt.destination_high, pkt.destination_low))
		return drop(skb, REASON_BLOCKED);
	if (lockdown && !is_dhcp_request(&pkt) &&
	    !is_kept(ANY_SLOT, LOCKDOWN_SET(lockdown), pkt.family, pkt.destination_high,
		     pkt.destination_low))
		return drop(skb, REASON_LOCKDOWN);
	if (pkt.fragment != FRAGMENT_LATER && is_from_inside(skb))
		learn(skb, nic_index, &pkt);
	return TCX_NEXT;
}

char _license[] SEC("license") = "Dual BSD/GPL";
