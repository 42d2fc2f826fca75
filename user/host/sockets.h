/* SPDX-License-Identifier: GPL-2.0-only */
/* The sockets of this network namespace, asked by sock_diag (linux/inet_diag.h). */
#ifndef PORTFW_HOST_SOCKETS_H
#define PORTFW_HOST_SOCKETS_H

#include "net/endpoint.h"

#include "base/error.h"
#include <stddef.h>

/* As TCP numbers its states; a UDP or raw socket is ESTABLISHED if it is connected, else CLOSE; an
 * SCTP association is SYN_SENT until it is ESTABLISHED. */
enum socket_state {
	SOCKET_ESTABLISHED = 1,
	SOCKET_SYN_SENT,
	SOCKET_SYN_RECV,
	SOCKET_FIN_WAIT1,
	SOCKET_FIN_WAIT2,
	SOCKET_TIME_WAIT,
	SOCKET_CLOSE,
	SOCKET_CLOSE_WAIT,
	SOCKET_LAST_ACK,
	SOCKET_LISTEN,
	SOCKET_CLOSING,
	SOCKET_STATE_COUNT,
};

struct socket_info {
	__u8 protocol; /* 6 TCP, 17 UDP, 132 SCTP; raw sockets: their protocol, with `raw` set */
	__u8 state;    /* enum socket_state */
	bool raw;
	bool dual; /* an IPv6 socket bound to :: that takes IPv4 too (not IPV6_V6ONLY) */
	/* Of a socket that is bound to an interface: SO_BINDTODEVICE. 0: to none. */
	__u32 ifindex;
	struct endpoint local, remote; /* remote: any address and port 0 where there is none */
	__u32 uid;
	__u64 inode; /* 0: it belongs to no process any more (TIME_WAIT, orphans) */
};

struct socket_list {
	struct socket_info *sockets;
	size_t count;
};

enum socket_choice {
	SOCKETS_LISTENING = 1, /* TCP and SCTP: LISTEN; UDP and raw: without a peer */
	SOCKETS_CONNECTED = 2, /* the others but TIME_WAIT */
	SOCKETS_TCP = 4,       /* of these TCP alone, which costs less */
};

/* Lists TCP and UDP sockets of both families, and SCTP and raw sockets where the kernel knows them,
 * of the kinds in `choice` (enum socket_choice bits). A kernel that has SCTP or raw sockets may
 * load the module that lists them, SCTP itself is never loaded. Raw sockets have no ports; where
 * the kernel has no raw_diag, they come from /proc/net/raw, without their interface. A TCP
 * connection that nobody has accepted yet is there, with inode 0. -EOPNOTSUPP: a kernel that cannot
 * list TCP or UDP; -ENOMEM, or what netlink says; *list is untouched then. */
int sockets_list(unsigned choice, struct socket_list *list, struct error *error);
void socket_list_free(struct socket_list *list);
#define _cleanup_socket_list_ __attribute__((cleanup(socket_list_free)))

/* The socket of the list that listens for what arrives at this end: same protocol and port, and
 * bound to that address, else to any address of the family, or to :: for both families. NULL: none
 * does. Raw sockets do not count. */
const struct socket_info *sockets_listener(const struct socket_list *listening, __u8 protocol,
					   const struct endpoint *local);

#endif
