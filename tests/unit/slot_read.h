/* SPDX-License-Identifier: GPL-2.0-only */
/* Reading a compiled slot as the contract describes it. */
#ifndef PORTFW_TESTS_SLOT_READ_H
#define PORTFW_TESTS_SLOT_READ_H

#include <portfw/abi.h>

static inline enum action slot_action(const struct slot *slot, unsigned code, unsigned class,
				      unsigned nic)
{
	if (code != CODE_CLASS)
		return (enum action)code;
	return (enum action)(slot->classes[class].nic_actions >> (2 * nic) & 3);
}

static inline enum action slot_port_action(const struct slot *slot, enum port_table table,
					   unsigned port, unsigned nic)
{
	unsigned code = slot->ports[table][port / 4] >> (port % 4 * 2) & 3;

	return slot_action(slot, code, slot->port_class[table][port], nic);
}

static inline enum action slot_protocol_action(const struct slot *slot, unsigned proto,
					       unsigned nic)
{
	return slot_action(slot, slot->protocols[proto], slot->protocol_class[proto], nic);
}

#endif
