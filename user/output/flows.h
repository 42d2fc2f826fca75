/* SPDX-License-Identifier: GPL-2.0-only */
/* What `flows` shows, as text and as JSON. */
#ifndef PORTFW_OUTPUT_FLOWS_H
#define PORTFW_OUTPUT_FLOWS_H

#include "kernel/flows.h"
#include <stdio.h>

struct flows_model {
	const struct flow_entry *flows; /* the live ones, in the order of the output */
	size_t count;
	__u32 max; /* flows that the table holds */
	__u64 now; /* jiffies64 */
	__u32 hz;  /* jiffies in a second */
};

/* For qsort(): by protocol, remote address, remote port, local port, local address. */
int flows_compare(const void *a, const void *b);

void flows_text(const struct flows_model *model, FILE *out);
/* {"flows": [{"proto", "local", "local_port", "remote", "remote_port", "state", "age_seconds",
 * "idle_seconds", "limit_seconds", "origin", "beats_deny"}], "live", "max"}. An ICMP echo has "id"
 * instead of ports; a protocol without ports has neither. */
void flows_json(const struct flows_model *model, FILE *out);

#endif
