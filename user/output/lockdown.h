/* SPDX-License-Identifier: GPL-2.0-only */
/* Lockdown, as text and as JSON. */
#ifndef PORTFW_OUTPUT_LOCKDOWN_H
#define PORTFW_OUTPUT_LOCKDOWN_H

#include "policy/lockdown.h"
#include <jansson.h>
#include <stdio.h>

struct lockdown_model {
	bool on;
	struct lockdown lockdown;
};

/* "only to and from 10.0.0.5, until 2030-01-31T15:00:00Z". */
#define LOCKDOWN_TEXT_SIZE 640
void lockdown_describe(const struct lockdown *lockdown, char text[LOCKDOWN_TEXT_SIZE]);

/* null, or {"keep": [...], "until": ...}. */
json_t *lockdown_value(const struct lockdown_model *model);

/* {"lockdown": ...}, of the commands that change it. */
void lockdown_json(const struct lockdown_model *model, FILE *out);

#endif
