/* SPDX-License-Identifier: GPL-2.0-only */
/* The policies before the last changes, kept beside the policy file as PATH.undo-1, PATH.undo-2,
 * ...; the highest number is the newest. */
#ifndef PORTFW_STATE_HISTORY_H
#define PORTFW_STATE_HISTORY_H

#include "base/error.h"
#include <limits.h>

#define HISTORY_MAX 10

/* The path itself without symbolic links, whether there is such a file or not; as it is if that
 * cannot be told. */
void history_resolve(const char *path, char resolved[PATH_MAX]);

/* Keeps the file (resolved) under the next number, synced but for its directory; a file that does
 * not exist as an empty one. `kept` receives the name. -errno. */
int history_keep(const char *path, char kept[PATH_MAX], struct error *error);

/* Removes all but the newest HISTORY_MAX, and with `consumed` > 0 those from that number on. */
void history_trim(const char *path, unsigned consumed);

/* The newest number below `before` and its file's name. -ENOENT without a message: there is none.
 */
int history_find(const char *path, unsigned before, unsigned *number, char name[PATH_MAX],
		 struct error *error);

#endif
