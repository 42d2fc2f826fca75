/* SPDX-License-Identifier: GPL-2.0-only */
/* What all JSON output shares. */
#ifndef PORTFW_OUTPUT_JSON_H
#define PORTFW_OUTPUT_JSON_H

#include <jansson.h>
#include <portfw/abi.h>
#include <stdbool.h>
#include <stdio.h>

/* A string, null for NULL; bytes that are not UTF-8 are escaped. */
json_t *json_text(const char *text);
/* The same, null for "", too. */
json_t *json_filled(const char *text);
/* A number, null where it is not known. */
json_t *json_number(bool known, __u64 value);
/* {"packets", "bytes"}. */
json_t *json_counter(const struct counter *counter);
/* Counters by name of the reason. */
json_t *json_reasons(const struct counter counters[REASON_COUNT]);
/* {"pass", "drop", "reasons"}: the sums, then each. */
json_t *json_counters(const struct counter counters[REASON_COUNT]);

/* Of what the objects look like: raised when a key gets another meaning or goes. */
#define JSON_SCHEMA 1

/* Writes one object, behind its first key "schema"; releases it. Without memory for it, `out` gets
 * its error flag set. */
void json_write(json_t *object, FILE *out);
/* The same on one line, for a stream of objects. */
void json_write_line(json_t *object, FILE *out);

#endif
