/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What a packet that leaves meets: the first step that decides, decides. Pure: reads the tables,
 * writes nothing; also compiled natively. Which flow it opens is learn.h's business.
 *
 * The numbers are those of decide.h, outbound. Rules and the default (7 to 10) speak of what
 * arrives.
 */
#ifndef PORTFW_BPF_LEAVE_H
#define PORTFW_BPF_LEAVE_H

#include "decide.h"

/* What a host asks its DHCP server. */
static __always_inline bool is_dhcp_request(const struct pkt *pkt)
{
	if (pkt->port_table != PORT_TABLE_UDP)
		return false;
	if (pkt->family == 4)
		return pkt->source_port == DHCPV4_CLIENT && pkt->destination_port == DHCPV4_SERVER;
	return pkt->source_port == DHCPV6_CLIENT && pkt->destination_port == DHCPV6_SERVER;
}

/* REASON_NONE: it leaves; otherwise why it drops. `parsed` is what parse() said of it. */
static __always_inline enum reason leave(tables_handle tables, enum reason parsed,
					 const struct pkt *pkt)
{
	__u64 lockdown;

	/* 1: not IP */
	if (parsed == REASON_NON_IP)
		return REASON_NONE;

	/* 2: malformed, which is this host's own business unless it is isolated */
	if (parsed)
		return lockdown_in_force(tables) ? REASON_LOCKDOWN : REASON_NONE;

	/* 3: what keeps a host on its network */
	if (keeps_host_on_network(pkt))
		return REASON_NONE;

	/* 4: blocked destination */
	if (is_blocked(tables, pkt->family, pkt->destination_high, pkt->destination_low))
		return REASON_BLOCKED;

	/* 5: lockdown, where kept destinations are left, and asking a DHCP server */
	lockdown = lockdown_in_force(tables);
	if (lockdown && !is_dhcp_request(pkt) &&
	    !is_kept(tables, LOCKDOWN_SET(lockdown), pkt->family, pkt->destination_high,
		     pkt->destination_low))
		return REASON_LOCKDOWN;

	return REASON_NONE;
}

#endif
