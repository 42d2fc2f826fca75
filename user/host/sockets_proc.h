/* SPDX-License-Identifier: GPL-2.0-only */
/* Raw sockets as /proc lists them, and what collects sockets from there and from the kernel. */
#ifndef PORTFW_HOST_SOCKETS_PROC_H
#define PORTFW_HOST_SOCKETS_PROC_H

#include "sockets.h"

struct socket_collector {
	unsigned choice; /* enum socket_choice bits */
	struct socket_list list;
};

/* Appends the socket if it is of a kind that was chosen. -ENOMEM. */
int socket_collect(struct socket_collector *collector, const struct socket_info *info);

/* Raw sockets of AF_INET or AF_INET6, from /proc/net/raw or raw6. A kernel without them has none.
 * Negative errno. */
int sockets_read_proc_raw(int address_family, struct socket_collector *collector);

#endif
