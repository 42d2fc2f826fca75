/* SPDX-License-Identifier: GPL-2.0-only */
/* What the loaded program said of a packet, and why. */
#ifndef PORTFW_CMD_EXPLAIN_ANSWER_H
#define PORTFW_CMD_EXPLAIN_ANSWER_H

#include "cli/invocation.h"
#include "state/live.h"

struct answer {
	enum reason reason;
	const struct nic_status *nic;
	const struct rule *rule; /* of the running policy, that decides; NULL: none does */
	char *decider;		 /* what decides, in words; owned; NULL: the reason says it all */
	__s64 seconds_left;	 /* of a rule that ends; -1: it does not */
};

/* Finds out which rule or block stands behind the reason. */
int answer_find_rule(const struct invocation *invocation, struct live *live,
		     const unsigned char *frame, size_t length, struct answer *answer,
		     struct error *error);
void answer_print(const struct invocation *invocation, const struct live *live,
		  const struct answer *answer);
void answer_free(struct answer *answer);

#endif
