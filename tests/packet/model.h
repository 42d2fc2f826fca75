/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The verdict once more, written from its description alone and as naively as possible: a second
 * opinion for the tests. It shares no code with the program and knows neither tables nor text.
 */
#ifndef PORTFW_TESTS_PACKET_MODEL_H
#define PORTFW_TESTS_PACKET_MODEL_H

#include "answer.h"

#include <stddef.h>

#define MODEL_NICS 2
#define MODEL_EVERY_NIC (-1)

enum model_state {
	MODEL_NO_RULE,
	MODEL_ALLOWED,
	MODEL_DENIED,
	MODEL_DENIED_BY_ITSELF, /* by a rule that names this port and no other */
};

/* What the rules say, by scope (a NIC; the last one is every NIC), protocol and port. A protocol
 * without ports is asked at port 0. */
struct model_policy {
	bool default_allow;
	unsigned char state[MODEL_NICS + 1][256][PORT_COUNT];
};

/* A new policy without rules, to be released with free(). NULL: no memory. */
struct model_policy *model_policy_new(void);
/* No rules again; a later model_rule() overlays an earlier one. `nic` may be MODEL_EVERY_NIC. */
void model_clear(struct model_policy *policy, bool default_allow);
void model_rule(struct model_policy *policy, int nic, unsigned proto, unsigned low, unsigned high,
		enum action action);

struct answer model_judge(const struct model_policy *policy, enum link_type link, unsigned nic,
			  const unsigned char *frame, size_t length);

#endif
