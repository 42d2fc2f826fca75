/* SPDX-License-Identifier: GPL-2.0-only */
/* What an investigation wants of a host, before anything is cut. */
#ifndef PORTFW_SURVEY_EVIDENCE_H
#define PORTFW_SURVEY_EVIDENCE_H

#include "state/live.h"
#include <jansson.h>

/* How much of it may be collected; zero-initialised: all. */
struct evidence_bounds {
	__s64 milliseconds; /* from the call on */
	size_t flows;
};

/*
 * One object: time, version, host, boot_id, sockets with their 4-tuples and processes, the
 * processes' command lines, the policy in force, the block list, counters, flows, the newest first.
 * What cannot be read, or not in time, is left out and named in "missing"; how many flows are left
 * out for their number is said. `live` may be NULL: nothing is attached. NULL: no memory.
 */
json_t *evidence_collect(const struct paths *paths, struct live *live,
			 const struct evidence_bounds *bounds, const struct notes *notes);

/* Writes it to a new file of mode 0600, never to anything that is there already, and releases it.
 * On error there is no file. */
int evidence_write(json_t *evidence, const char *path, struct error *error);

/*
 * The same to a new file in the state directory, or where that is impossible in the run directory;
 * these are made (0700). Its name is that of no other. `path` receives where, if that is known.
 */
int evidence_keep(json_t *evidence, const struct paths *paths, char path[PATH_MAX],
		  struct error *error);

#endif
