/* SPDX-License-Identifier: GPL-2.0-only */
/* Questions to the kernel over netlink, by libmnl; for user/host/ and user/kernel/ alone. */
#ifndef PORTFW_HOST_NETLINK_H
#define PORTFW_HOST_NETLINK_H

#include <linux/netlink.h>
#include <stdbool.h>
#include <stddef.h>

/* Called for each message of an answer. Negative errno ends the walk. */
typedef int (*netlink_each)(const struct nlmsghdr *message, void *context);

/* Sends the request to a netlink family (NETLINK_ROUTE, NETLINK_SOCK_DIAG, NETLINK_NETFILTER) and
 * walks over the answer, a dump or a single message. Fills in sequence and port number, and
 * NLM_F_REQUEST. Repeats a dump that the kernel says was interrupted by a change (NLM_F_DUMP_INTR)
 * or of which messages were lost (ENOBUFS), up to a few times; `restart` (may be NULL) is called
 * before each repetition, to forget what was collected. Negative errno: of the socket, of the
 * kernel's answer, of `each`; -EAGAIN: every attempt was interrupted. */
int netlink_ask(int family, struct nlmsghdr *request, netlink_each each, void (*restart)(void *),
		void *context);

/* Whether this errno of netlink_ask() says that the kernel has nobody who answers: a protocol or a
 * subsystem that is not built in, or whose module is missing. */
bool netlink_unsupported(int code);

#endif
