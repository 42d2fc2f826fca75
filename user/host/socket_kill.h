/* SPDX-License-Identifier: GPL-2.0-only */
/* Closing connections from outside of their processes. */
#ifndef PORTFW_HOST_SOCKET_KILL_H
#define PORTFW_HOST_SOCKET_KILL_H

#include "sockets.h"

/* Destroys a connected TCP socket (SOCK_DESTROY, Linux 4.5): its process gets ECONNABORTED.
 * -EOPNOTSUPP: the kernel was built without CONFIG_INET_DIAG_DESTROY; -ENOENT: it is gone. */
int socket_kill(const struct socket_info *socket);

#endif
