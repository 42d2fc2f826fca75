/* SPDX-License-Identifier: GPL-2.0-only */
/* What an investigation wants of a host, before anything is cut. */
#ifndef PORTFW_SURVEY_EVIDENCE_H
#define PORTFW_SURVEY_EVIDENCE_H

#include "state/live.h"
#include <jansson.h>

/*
 * One object: time, version, host, boot_id, sockets with their 4-tuples and processes, the
 * processes' command lines, the policy in force, the block list, counters, flows. What cannot be
 * read is left out and named in "missing". `live` may be NULL: nothing is attached. NULL: no
 * memory.
 */
json_t *evidence_collect(const struct paths *paths, struct live *live, const struct notes *notes);

/* Writes it to a new file of mode 0600, or over one that is there already; releases it. */
int evidence_write(json_t *evidence, const char *path, struct error *error);

/* "RUN_DIR/evidence-20300131T150000Z.json". */
void evidence_default_path(const struct paths *paths, char path[PATH_MAX]);

#endif
