/* SPDX-License-Identifier: GPL-2.0-only */
/* A policy, as text and as JSON. */
#ifndef PORTFW_OUTPUT_POLICY_H
#define PORTFW_OUTPUT_POLICY_H

#include "policy/text.h"
#include <stdio.h>

const char *action_name(enum action action);

/* The canonical text; escaped only for a terminal, so that it can be applied again. -ENOMEM. */
int policy_write_text(const struct policy *policy, FILE *out);

/* {"default", "attach": [], "rules": [{"action", "proto", "ports", "from", "on", "until",
 * "comment"}], "blocks": []}; null where a rule says nothing. -ENOMEM. */
int policy_write_json(const struct policy *policy, FILE *out);

/* How many lines of canonical text the rules have. -ENOMEM. */
int policy_count_rules(const struct policy *policy, size_t *count);

#endif
