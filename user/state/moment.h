/* SPDX-License-Identifier: GPL-2.0-only */
/* The clocks now. */
#ifndef PORTFW_STATE_MOMENT_H
#define PORTFW_STATE_MOMENT_H

#include "kernel/instance.h"
#include "policy/deadlines.h"

/* The wall clock, or the time of the last change of the policy file if that is later: a clock that
 * is not set (yet) does not lengthen what a rule allows. */
__s64 moment_wall(const char *policy_path);
/* Reads the kernel's clock. -errno. */
int moment_read(struct moment *moment, struct instance *instance, struct error *error);

#endif
