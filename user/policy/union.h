/* SPDX-License-Identifier: GPL-2.0-only */
/* What a policy becomes when another one is applied: no NIC is ever detached by that. */
#ifndef PORTFW_POLICY_UNION_H
#define PORTFW_POLICY_UNION_H

#include "policy.h"

/* A copy of `policy` into *result, which must hold nothing, that also has the attachments of `old`
 * which it does not name. -ENOMEM; -EINVAL: more than MAX_NICS. */
int union_attachments(const struct policy *policy, const struct policy *old, struct policy *result,
		      struct error *error);

#endif
