/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef PORTFW_STATE_LIMITS_H
#define PORTFW_STATE_LIMITS_H

#include "policy/attachments.h"
#include "policy/policy.h"

/* Whether a policy can be compiled for these NICs, without an instance. -EINVAL: it is past a
 * limit. -ENOMEM. */
int limits_check(const struct policy *policy, const struct attachments *attached,
		 struct error *error);

#endif
