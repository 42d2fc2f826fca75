/* SPDX-License-Identifier: GPL-2.0-only */
/* What `port` shows, as text and as JSON. */
#ifndef PORTFW_OUTPUT_PORT_H
#define PORTFW_OUTPUT_PORT_H

#include "audit.h"
#include "net/endpoint.h"

#define PORT_CONNECTIONS_SHOWN 20

struct port_connection {
	struct endpoint local, remote;
	const char *process; /* "": unknown */
	pid_t pid;	     /* 0: unknown */
};

/* A port of one protocol. */
struct port_entry {
	const char *proto;	       /* "tcp" */
	char service[64];	       /* its name in the services database, "" without */
	const char *hazard;	       /* NULL: nothing is known against it */
	struct listener policy;	       /* judged as if somebody listened on all addresses */
	const struct audit_row **rows; /* who listens; owned, the rows are the survey's */
	size_t row_count;
	struct port_connection *connections; /* owned */
	size_t connection_count;
};

struct port_model {
	unsigned port;
	unsigned ephemeral_low, ephemeral_high;
	const struct audit_model *audit;
	struct port_entry entries[PORT_TABLE_COUNT];
	size_t entry_count;
};
void port_model_free(struct port_model *model);
#define _cleanup_port_model_ __attribute__((cleanup(port_model_free)))

void port_text(const struct port_model *model, FILE *out);
void port_json(const struct port_model *model, FILE *out);

#endif
