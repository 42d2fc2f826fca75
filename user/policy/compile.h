/* SPDX-License-Identifier: GPL-2.0-only */
/* From a policy to the tables that the program reads. */
#ifndef PORTFW_POLICY_COMPILE_H
#define PORTFW_POLICY_COMPILE_H

#include "policy.h"

/*
 * Compiles a normal policy into *slot, every byte of it. nics[n] is the name of the NIC with index
 * n, "" where the index is free; a rule for a NIC that has no index has no effect. At one port a
 * rule for the NIC beats one for all NICs.
 * -ENOSPC: more than MAX_CLASSES behaviours; the message names the limit. -ENOMEM. -EINVAL: not
 * normal. On error the contents of *slot are undefined.
 */
int policy_compile(const struct policy *policy, const char nics[MAX_NICS][IFNAMSIZ],
		   struct slot *slot, struct error *error);

#endif
