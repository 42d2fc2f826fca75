/* SPDX-License-Identifier: GPL-2.0-only */
/* What is said of a change besides the line that says what is now true. */
#ifndef PORTFW_CHANGE_REMARKS_H
#define PORTFW_CHANGE_REMARKS_H

#include "change.h"

void remarks_warn(const struct change *change);
void remarks_warn_of_comments(const char *path);

/* What changed or would change, for --json and --dry-run. Returns an exit status. */
int remarks_write_changes(const struct change *change);

#endif
