/* SPDX-License-Identifier: GPL-2.0-only */
/* One rule of a policy. */
#ifndef PORTFW_OUTPUT_RULE_H
#define PORTFW_OUTPUT_RULE_H

#include "policy/deadlines.h"
#include "policy/text.h"
#include <jansson.h>

/* {"action", "proto", "ports", "from", "on", "until", "seconds_left", "comment"}, null where the
 * rule says nothing; "seconds_left" only with `left`. Null for NULL. */
json_t *rule_parts_json(const struct text_rule *parts, const struct times_left *left);

/* The same without "seconds_left", and its "line" in the policy; null for NULL, or without memory.
 */
json_t *rule_json(const struct rule *rule);

/* The line, to be freed. NULL: no memory. */
char *rule_line(const struct rule *rule);

#endif
