/* SPDX-License-Identifier: GPL-2.0-only */
/* Which packets are this host's own. */
#ifndef PORTFW_REPLAY_HOST_H
#define PORTFW_REPLAY_HOST_H

#include "policy/blocks.h"

/* A link-layer address of an interface. */
struct host_mac {
	__u8 bytes[6];
};

/* The addresses of all interfaces in this network namespace, but for loopback ones, are appended to
 * the list; of the link layer, at most `max` go into `macs`, *count of them. -errno. */
int host_addresses(struct block_list *list, struct host_mac *macs, size_t max, size_t *count,
		   struct error *error);

#endif
