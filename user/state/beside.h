/* SPDX-License-Identifier: GPL-2.0-only */
/* Files of incidents, which stand beside the policy file. */
#ifndef PORTFW_STATE_BESIDE_H
#define PORTFW_STATE_BESIDE_H

#include "base/error.h"
#include <limits.h>

/* The path of the file `name` in the directory of the policy file: where its name is, not where a
 * link leads, which may come to lead elsewhere or nowhere. -EINVAL: the policy file itself is that
 * file; `what` says whose it is. */
int beside_policy(const char *policy, const char *name, const char *what, char path[PATH_MAX],
		  struct error *error);

#endif
