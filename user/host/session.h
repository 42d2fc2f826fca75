/* SPDX-License-Identifier: GPL-2.0-only */
/* The session of whoever runs the command. */
#ifndef PORTFW_HOST_SESSION_H
#define PORTFW_HOST_SESSION_H

#include "net/endpoint.h"

struct session {
	struct endpoint client, server; /* the client is where the operator is */
};

/* Finds the ssh session that this process runs in: by SSH_CONNECTION in its own environment or in
 * those of its ancestors (sudo drops the variable). false: it is in none, or that cannot be
 * told. */
bool session_find(struct session *session);

/* "203.0.113.7 port 51234". */
#define SESSION_END_SIZE 64
void session_print_end(const struct endpoint *end, char text[SESSION_END_SIZE]);

#endif
