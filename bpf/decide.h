/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The verdict on a parsed packet that arrives: the first step that decides, decides. Steps 1 (not
 * IP) and 2 (malformed) are the parser's. Pure: reads the tables, writes nothing; also compiled
 * natively.
 *
 * The numbers are those of "How a packet is judged" in docs/verdict.md.
 */
#ifndef PORTFW_BPF_DECIDE_H
#define PORTFW_BPF_DECIDE_H

#include "blocks.h"
#include "flow.h"
#include "parse.h"
#include "sources.h"

enum {
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

/* What the policy says of a packet, and where it says so. */
struct match {
	enum action action;
	__u32 class;  /* index into the slot's classes; CLASS_NONE: the port itself says */
	__u32 source; /* the class's column: id of the source's interval; 0: it has but one */
};
enum { CLASS_NONE = 256 };

/* The rule for this protocol and port on the NIC with index `nic`: the one with the most specific
 * source. */
static __always_inline struct match rule_match(tables_handle tables, const struct slot *slot,
					       __u32 nic, const struct pkt *pkt)
{
	struct match match = {.class = CLASS_NONE};
	__u32 code;

	if (pkt->port_table < PORT_TABLE_COUNT) {
		__u32 port = MASK_FOR_VERIFIER(pkt->destination_port, PORT_COUNT - 1);

		code = slot->ports[pkt->port_table][port / 4] >> port % 4 * 2 & 3;
		if (code == CODE_CLASS)
			match.class = slot->port_class[pkt->port_table][port];
	} else {
		code = slot->protocols[pkt->protocol];
		if (code == CODE_CLASS)
			match.class = slot->protocol_class[pkt->protocol];
	}
	match.action = code;
	if (code != CODE_CLASS)
		return match;
	match.action = slot->classes[match.class].nic_actions >> nic * 2 & 3;
	if (slot->classes[match.class].nic_actions)
		return match;
	if (slot->classes[match.class].by_source &
	    (pkt->family == 4 ? CLASS_BY_SOURCE4 : CLASS_BY_SOURCE6))
		match.source = source_id(tables, slot, pkt);
	match.action = class_action(tables, nic, match.class, match.source);
	return match;
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

/* The lockdown word while lockdown is on, else 0. */
static __always_inline __u64 lockdown_in_force(tables_handle tables)
{
	const struct control *head = tables_control(tables);
	__u64 word = head ? *(const volatile __u64 *)&head->lockdown : 0;

	if (!LOCKDOWN_UNTIL(word) ||
	    (tables_now(tables) & CONTROL_DEADLINE_MASK) >= LOCKDOWN_UNTIL(word))
		return 0;
	return word;
}

/* Whether lockdown keeps an address of the family (4 or 6), as struct pkt has it; `set`: which of
 * the sets holds. */
VERIFIED_ALONE __u32 is_kept(tables_handle tables, __u32 set, __u32 family, __u64 high, __u64 low)
{
	const struct control *head;

	UNUSED_ARGUMENT(tables); /* in the program */
	head = tables_control(tables);
	if (!head)
		return false;
	set &= KEEP_SETS - 1;
	for (int i = 0; i < KEEP_MAX; i++) {
		const struct keep *keep = &head->keep[set][i];

		if ((__u64)i >= head->keep_count[set])
			return false;
		if (family == keep->family && !((high ^ keep->value.high) & keep->mask.high) &&
		    !((low ^ keep->value.low) & keep->mask.low))
			return true;
	}
	return false;
}

/* What lockdown does with a packet that arrives: answers of DHCP servers pass, and errors about
 * packets to kept addresses. */
static __always_inline enum reason lockdown_reason(tables_handle tables, __u64 word,
						   const struct pkt *pkt)
{
	__u32 set = LOCKDOWN_SET(word);

	if (is_kept(tables, set, pkt->family, pkt->source_high, pkt->source_low))
		return REASON_KEEP;
	if (is_dhcp_answer(pkt))
		return REASON_DHCP;
	if (is_icmp_error(pkt) && pkt->quotes &&
	    is_kept(tables, set, pkt->family, pkt->quoted_high, pkt->quoted_low))
		return REASON_ICMP;
	return REASON_LOCKDOWN;
}

/* What holds where no rule allows: steps 9 and 10. */
static __always_inline enum reason rest_reason(const struct slot *slot, enum action rule,
					       const struct pkt *pkt)
{
	/* 9: ICMP errors even under a rule; other ICMP and IGMP unless a rule denies; answers of
	 * DHCP servers unless a rule names exactly that port */
	if (is_icmp_error(pkt) || (is_control_protocol(pkt) && rule == ACTION_NONE))
		return REASON_ICMP;
	if (is_dhcp_answer(pkt) && rule != ACTION_DENY_EXACT)
		return REASON_DHCP;

	/* 10: the rule denies; where there is none, the default */
	if (rule != ACTION_NONE)
		return REASON_DENY;
	return slot->default_action == ACTION_DENY ? REASON_DEFAULT_DENY : REASON_DEFAULT_ALLOW;
}

/* *match receives what step 7 finds, which steps 8 to 10 stand on; ACTION_NONE if an earlier step
 * decides. */
static __always_inline enum reason decide(tables_handle tables, __u32 nic, const struct pkt *pkt,
					  struct match *match)
{
	const struct slot *slot = tables_slot(tables);
	enum reason reason;
	__u64 lockdown;

	*match = (struct match){.class = CLASS_NONE};
	if (!slot)
		return REASON_DEFAULT_DENY; /* array maps have all their entries: never */

	/* 3: what keeps a host on its network */
	if (keeps_host_on_network(pkt))
		return REASON_ICMP;

	/* 4: blocked source */
	if (is_blocked(tables, pkt->family, pkt->source_high, pkt->source_low))
		return REASON_BLOCKED;

	/* 5: lockdown */
	lockdown = lockdown_in_force(tables);
	if (lockdown)
		return lockdown_reason(tables, lockdown, pkt);

	/* 6: later fragment */
	if (pkt->fragment == FRAGMENT_LATER)
		return REASON_FRAGMENT;

	/* 7: the rule for this protocol and port */
	*match = rule_match(tables, slot, nic, pkt);
	if (match->action == ACTION_ALLOW)
		return REASON_ALLOW;

	/* 8: a reply, if what follows would drop it: so only that costs the search */
	reason = rest_reason(slot, match->action, pkt);
	if ((reason == REASON_DENY || reason == REASON_DEFAULT_DENY) &&
	    is_reply(tables, pkt, reason == REASON_DENY))
		return REASON_REPLY;

	/* 9, 10 */
	return reason;
}

#endif
