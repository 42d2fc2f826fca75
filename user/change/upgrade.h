/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What another version of portfw attached gives way to this one, without a packet that is not
 * judged: an instance of this version is made beside the old one, with all that it has; then the
 * programs change in the links, and the pins follow. Killed at any point, the next attempt begins
 * anew and ends it.
 */
#ifndef PORTFW_CHANGE_UPGRADE_H
#define PORTFW_CHANGE_UPGRADE_H

#include "base/notes.h"
#include "enforce.h"
#include "request.h"

/* Whether the request may do that where instance_open() answered with `code` (-ESTALE, -EPROTO):
 * restore and those who are urgent. Pins of a newer version are for the latter alone. */
bool upgrade_is_due(const struct request *request, int code);

/* Whether this version may touch what is pinned there: it is not of a newer one. */
bool upgrade_is_ours(const char *pin_dir);

/* Does it; for the holder of the lock, or where there can be none. request->lockdown is on before
 * the first program changes. Says what it replaced. On error what was attached goes on, and with it
 * the pins; some NICs may have the new program already, with the same policy. */
int upgrade_run(const struct request *request, const struct notes *notes, struct error *error);

/* The programs of an instance of this version, where they are not those that this binary carries:
 * restore puts its own into the links. What fails counts, and goes on as it was. */
void upgrade_programs(struct making *making);

#endif
