/* SPDX-License-Identifier: GPL-2.0-only */
/* One rule of a policy. */
#ifndef PORTFW_OUTPUT_RULE_H
#define PORTFW_OUTPUT_RULE_H

#include "policy/policy.h"
#include <jansson.h>

/* {"action", "proto", "ports", "from", "on", "until", "comment", "line"}, as `list --json` has
 * them, and its line in the policy; null for NULL, or without memory. */
json_t *rule_json(const struct rule *rule);

/* The line, to be freed. NULL: no memory. */
char *rule_line(const struct rule *rule);

#endif
