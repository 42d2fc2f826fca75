/* SPDX-License-Identifier: GPL-2.0-only */
/* Changes of a policy, as text and as JSON. */
#ifndef PORTFW_OUTPUT_CHANGES_H
#define PORTFW_OUTPUT_CHANGES_H

#include "policy/diff.h"
#include <stdbool.h>
#include <stdio.h>

/* "+ allow tcp 22", "- deny udp 53", "~ deny tcp 80 -> allow tcp 80", a line each. */
void changes_text(const struct diff *diff, FILE *out);

/* {"changed": bool, "changes": [{"op": "add"|"remove"|"change", "line": "..."}]}; a change also has
 * "becomes". */
void changes_json(bool changed, const struct diff *diff, FILE *out);

#endif
