/* SPDX-License-Identifier: GPL-2.0-only */
/* What rules do to a policy that has others for the same ports: what gives way, and what stays. */
#ifndef PORTFW_POLICY_EDIT_H
#define PORTFW_POLICY_EDIT_H

#include "policy.h"

/*
 * Appends the rules, in their order, to a normal policy; ACTION_NONE removes. `all_sources`: rules
 * of narrower scope that allow what is denied, or say anything of what is removed, give way, each
 * for as long: one that is overruled for ever goes, else a rule of its own scope overlays it. Rules
 * for all NICs stay for the others if the given one is for one NIC. -ENOMEM: the policy is half
 * edited.
 */
int edit_rules(struct policy *policy, const struct policy *rules, bool all_sources);

/*
 * Appends to *found the rules of a normal policy that judge packets which the given ones spoke of,
 * otherwise than these: those of narrower scope, and for ACTION_NONE, which leaves the ports to
 * others, those of wider scope too, as far as they have the ports. *found may be normalised
 * afterwards. -ENOMEM.
 */
int edit_exceptions(const struct policy *policy, const struct policy *given, struct policy *found);

#endif
