/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The verdict on a parsed packet: the first step that decides, decides. Steps 1 (not IP) and 2
 * (malformed) are the parser's. Pure: reads the tables, writes nothing; also compiled natively.
 *
 * The numbers are those of "How a packet is judged" in the README; 5 (lockdown) has its place
 * between these.
 */
#ifndef PORTFW_BPF_DECIDE_H
#define PORTFW_BPF_DECIDE_H

#include "blocks.h"
#include "flow.h"
#include "parse.h"
#include "sources.h"

enum {
	ICMP_DESTINATION_UNREACHABLE = 3,
	ICMP_TIME_EXCEEDED = 11,
	ICMP_PARAMETER_PROBLEM = 12,

	ICMPV6_ERROR_FIRST = 1, /* destination unreachable, packet too big, */
	ICMPV6_ERROR_LAST = 4,	/* time exceeded, parameter problem */
	ICMPV6_MLD_FIRST = 130, /* MLD 130-132, neighbour discovery 133-137 */
	ICMPV6_REDIRECT = 137,
	ICMPV6_MLDV2_REPORT = 143,

	DHCPV4_SERVER = 67,
	DHCPV4_CLIENT = 68,
	DHCPV6_CLIENT = 546,
	DHCPV6_SERVER = 547,
};

/* 3: multicast listener discovery and neighbour discovery, without which IPv6 does not work. */
static __always_inline bool keeps_host_on_network(const struct pkt *pkt)
{
	return pkt->family == 6 && pkt->protocol == PROTO_ICMPV6 &&
	       pkt->fragment != FRAGMENT_LATER &&
	       ((pkt->icmp_type >= ICMPV6_MLD_FIRST && pkt->icmp_type <= ICMPV6_REDIRECT) ||
		pkt->icmp_type == ICMPV6_MLDV2_REPORT);
}

/* The column of a class that holds for the packet's source. */
static __always_inline __u32 source_id(tables_handle tables, const struct slot *slot,
				       const struct pkt *pkt)
{
	if (pkt->family == 4)
		return slot->sources4 == SOURCES_LARGE
			       ? source4_large(tables, (__u32)pkt->source_low)
			       : source4_small(tables, (__u32)pkt->source_low);
	return slot->sources6 == SOURCES_LARGE
		       ? source6_large(tables, pkt->source_high, pkt->source_low)
		       : source6_small(tables, pkt->source_high, pkt->source_low);
}

/* What a class says on the NIC with index `nic` of packets from the interval `id` of sources. */
VERIFIED_ALONE __u32 class_action(tables_handle tables, __u32 nic, __u32 class_index, __u32 id)
{
	const struct slot *slot = tables_slot(tables);
	const struct outcome *outcome;
	__u32 cell, index;

	if (!slot)
		return ACTION_NONE;
	cell = slot->classes[class_index & 0xff].first + id;
	if (slot->large_cells) {
		const struct cells_large *large = tables_cells(tables);

		if (!large || cell >= CELLS_LARGE_MAX)
			return ACTION_NONE;
		index = large->cells[cell];
	} else {
		index = slot->cells[cell & (CELLS_SMALL_MAX - 1)];
	}
	outcome = &slot->outcomes[index & (OUTCOMES_MAX - 1)];
	if (outcome->until) {
		__u64 now = tables_now(tables);

		for (int i = 0; i < OUTCOME_STEPS_MAX && outcome->until && now >= outcome->until;
		     i++)
			outcome = &slot->outcomes[outcome->next & (OUTCOMES_MAX - 1)];
	}
	return outcome->nic_actions >> (nic & (MAX_NICS - 1)) * 2 & 3;
}

/* What the rule for this protocol and port says on the NIC with index `nic`: the one with the most
 * specific source. */
static __always_inline enum action rule_action(tables_handle tables, const struct slot *slot,
					       __u32 nic, const struct pkt *pkt)
{
	__u32 code, class, id = 0;

	if (pkt->port_table < PORT_TABLE_COUNT) {
		__u32 port = MASK_FOR_VERIFIER(pkt->destination_port, PORT_COUNT - 1);

		code = slot->ports[pkt->port_table][port / 4] >> port % 4 * 2 & 3;
		if (code != CODE_CLASS)
			return code;
		class = slot->port_class[pkt->port_table][port];
	} else {
		code = slot->protocols[pkt->protocol];
		if (code != CODE_CLASS)
			return code;
		class = slot->protocol_class[pkt->protocol];
	}
	if (slot->classes[class].nic_actions)
		return slot->classes[class].nic_actions >> nic * 2 & 3;
	if (slot->classes[class].by_source &
	    (pkt->family == 4 ? CLASS_BY_SOURCE4 : CLASS_BY_SOURCE6))
		id = source_id(tables, slot, pkt);
	return class_action(tables, nic, class, id);
}

static __always_inline bool is_icmp_error(const struct pkt *pkt)
{
	if (pkt->family == 4)
		return pkt->protocol == PROTO_ICMP &&
		       (pkt->icmp_type == ICMP_DESTINATION_UNREACHABLE ||
			pkt->icmp_type == ICMP_TIME_EXCEEDED ||
			pkt->icmp_type == ICMP_PARAMETER_PROBLEM);
	return pkt->protocol == PROTO_ICMPV6 && pkt->icmp_type >= ICMPV6_ERROR_FIRST &&
	       pkt->icmp_type <= ICMPV6_ERROR_LAST;
}

/* ICMP, ICMPv6 and IGMP, each in its own family only. */
static __always_inline bool is_control_protocol(const struct pkt *pkt)
{
	if (pkt->family == 4)
		return pkt->protocol == PROTO_ICMP || pkt->protocol == PROTO_IGMP;
	return pkt->protocol == PROTO_ICMPV6;
}

static __always_inline bool is_dhcp_answer(const struct pkt *pkt)
{
	if (pkt->port_table != PORT_TABLE_UDP)
		return false;
	if (pkt->family == 4)
		return pkt->source_port == DHCPV4_SERVER && pkt->destination_port == DHCPV4_CLIENT;
	return pkt->source_port == DHCPV6_SERVER && pkt->destination_port == DHCPV6_CLIENT;
}

static __always_inline enum reason decide(tables_handle tables, __u32 nic, const struct pkt *pkt)
{
	const struct slot *slot = tables_slot(tables);
	enum action rule;

	if (!slot)
		return REASON_DEFAULT_DENY; /* array maps have all their entries: never */

	/* 3: what keeps a host on its network */
	if (keeps_host_on_network(pkt))
		return REASON_ICMP;

	/* 4: blocked source */
	if (is_blocked(tables, pkt))
		return REASON_BLOCKED;

	/* 6: later fragment */
	if (pkt->fragment == FRAGMENT_LATER)
		return REASON_FRAGMENT;

	/* 7: the rule for this protocol and port */
	rule = rule_action(tables, slot, nic, pkt);
	if (rule == ACTION_ALLOW)
		return REASON_ALLOW;

	/* 9: ICMP errors even under a rule; other ICMP and IGMP unless a rule denies; answers of
	 * DHCP servers unless a rule names exactly that port */
	if (is_icmp_error(pkt) || (is_control_protocol(pkt) && rule == ACTION_NONE))
		return REASON_ICMP;
	if (is_dhcp_answer(pkt) && rule != ACTION_DENY_EXACT)
		return REASON_DHCP;

	/* 10: the rule denies, or the default; 8: but not to a reply, which is looked for here,
	 * last, so that only what would drop costs the search */
	if (rule == ACTION_NONE && slot->default_action != ACTION_DENY)
		return REASON_DEFAULT_ALLOW;
	if (is_reply(tables, pkt, rule != ACTION_NONE))
		return REASON_REPLY;
	return rule == ACTION_NONE ? REASON_DEFAULT_DENY : REASON_DENY;
}

#endif
