/* SPDX-License-Identifier: GPL-2.0-only */
/* A policy, as text and as JSON. */
#ifndef PORTFW_OUTPUT_POLICY_H
#define PORTFW_OUTPUT_POLICY_H

#include "policy/deadlines.h"
#include "policy/text.h"
#include <jansson.h>
#include <stdio.h>

/* "29m left", "1h 30m left". */
#define TIME_LEFT_SIZE 48
void time_left_print(__s64 seconds, char text[TIME_LEFT_SIZE]);

/* The canonical text, with the time left as a comment behind timed rules; escaped only for a
 * terminal, so that it can be applied again. -ENOMEM. */
int policy_write_text(const struct policy *policy, const struct attachments *attached,
		      const struct times_left *left, FILE *out);

/* {"default", "attach": [], "rules": [{"action", "proto", "ports", "from", "on", "until",
 * "seconds_left", "comment"}], "blocks": []}; null where a rule says nothing. Takes `blocks`.
 * -ENOMEM. */
int policy_write_json(const struct policy *policy, const struct attachments *attached,
		      const struct times_left *left, json_t *blocks, FILE *out);

/* How many lines of canonical text the rules have. -ENOMEM. */
int policy_count_rules(const struct policy *policy, size_t *count);

#endif
