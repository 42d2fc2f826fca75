/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef PORTFW_STATE_LIMITS_H
#define PORTFW_STATE_LIMITS_H

#include "policy/policy.h"

/* Whether a policy can be compiled, without an instance. -EINVAL: it is past a limit. -ENOMEM. */
int limits_check(const struct policy *policy, struct error *error);

#endif
