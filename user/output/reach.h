/* SPDX-License-Identifier: GPL-2.0-only */
/* From where a port is reachable, as text and as JSON. */
#ifndef PORTFW_OUTPUT_REACH_H
#define PORTFW_OUTPUT_REACH_H

#include "policy/audit.h"
#include <jansson.h>

/* "anywhere", "IPv4 only", "10.0.0.0/8, 192.0.2.7", "anywhere but 10.9.0.0/16", "eth0 only",
 * "nowhere", "this host", to be freed. At most `items` prefixes, then how many more there are; 0:
 * all. NULL: no memory. */
char *reach_text(const struct listener *listener, unsigned items);

/* [{"on": NIC or null, "from": [PREFIX], "except": [PREFIX]}]; nothing for what is reachable from
 * nowhere. */
json_t *reach_json(const struct listener *listener);

#endif
