/* SPDX-License-Identifier: GPL-2.0-only */
/* What other programs of this host say. */
#ifndef PORTFW_HOST_TOOL_H
#define PORTFW_HOST_TOOL_H

#include "base/error.h"

/* Runs a program of the system directories (/usr/sbin, /sbin, /usr/bin, /bin; never of PATH) with
 * these words, argv[0] its name, without input and for two seconds at most. *output receives what
 * it printed, to be freed. -ENOENT: it is not installed, no message; -ETIMEDOUT; -EPROTO: it
 * failed, and the message says why; other errors. */
int tool_run(const char *const *argv, char **output, struct error *error);

#endif
