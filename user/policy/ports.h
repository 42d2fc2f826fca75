/* SPDX-License-Identifier: GPL-2.0-only */
/* Protocols with ports, and their ports, as words. */
#ifndef PORTFW_POLICY_PORTS_H
#define PORTFW_POLICY_PORTS_H

#include "base/error.h"
#include <portfw/abi.h>
#include <stddef.h>

/* An interval of ports of one protocol, as it was given. */
struct port_range {
	__u8 proto;
	__u16 low, high;
};
struct port_ranges {
	struct port_range *list;
	size_t count, capacity;
};

void port_ranges_free(struct port_ranges *ranges);
#define _cleanup_port_ranges_ __attribute__((cleanup(port_ranges_free)))
/* -ENOMEM. */
int port_ranges_add(struct port_ranges *ranges, __u8 proto, __u16 low, __u16 high);

/* The protocols of a target. */
struct protocols {
	unsigned tables; /* bit n: enum port_table n */
	bool any;	 /* the word was `any`: a service counts where it exists */
};

/* Reads PROTO: tcp, udp, sctp, any, or a list of the first three. -ENOENT: nothing in the word is
 * a protocol with ports, no message; -EINVAL: something is, but the word is wrong. */
int protocols_read(const char *word, size_t length, struct protocols *protocols,
		   struct error *error);

/* Reads PORTS for these protocols and appends to *ranges, which on error may have grown.
 * -EINVAL, -ENOMEM. */
int ports_read(const char *word, size_t length, const struct protocols *protocols,
	       struct port_ranges *ranges, struct error *error);

/* Reads a service name that stands alone, for every protocol that has it. -ENOENT: none has,
 * no message; -ENOMEM. */
int service_read(const char *word, size_t length, struct port_ranges *ranges);

/* Reads a decimal number from 0 to max, digits alone; `what` says in messages what it numbers:
 * "port". -EINVAL. */
int number_read(const char *word, size_t length, const char *what, unsigned max, unsigned *number,
		struct error *error);

#endif
