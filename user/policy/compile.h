/* SPDX-License-Identifier: GPL-2.0-only */
/* From a policy to the tables that the program reads. */
#ifndef PORTFW_POLICY_COMPILE_H
#define PORTFW_POLICY_COMPILE_H

#include "policy.h"

/* When the times in a policy come, by the kernel's clock: sorted by until, each once. */
struct deadline {
	__s64 until;   /* as in a rule */
	__u64 jiffies; /* jiffies64, not 0 */
};
struct deadlines {
	const struct deadline *list;
	size_t count;
};

/* The tables of one policy. `slot` is the caller's; the others are made where the slot asks for
 * them and released by compiled_free(). */
struct compiled {
	struct slot *slot;
	struct sources4_large *sources4; /* if slot->sources4 is SOURCES_LARGE, else NULL */
	struct sources6_large *sources6;
	struct cells_large *cells; /* if slot->large_cells */
};
void compiled_free(struct compiled *compiled);
#define _cleanup_compiled_ __attribute__((cleanup(compiled_free)))

/*
 * Compiles a normal policy into *compiled, every byte of its slot. nics[n] is the name of the NIC
 * with index n, "" where the index is free; a rule for a NIC that has no index has no effect.
 * `deadlines` (may be NULL: none) has every time that the policy names. Of *compiled only the slot
 * is looked at: tables of an earlier policy are released first.
 * The longest source prefix wins; at equal length a rule for the NIC beats one for all NICs, and a
 * timed state overlays the permanent one while it lasts. Equal input gives equal bytes.
 * -ENOSPC: past a limit, and the message names it: MAX_CLASSES behaviours, POLICY_SOURCES_MAX
 * prefixes, OUTCOMES_MAX, OUTCOME_STEPS_MAX, CELLS_LARGE_MAX. -ENOMEM. -EINVAL: not normal, or a
 * time without a deadline. On error the contents of the slot are undefined, the rest is released.
 */
int policy_compile(const struct policy *policy, const char nics[MAX_NICS][IFNAMSIZ],
		   const struct deadlines *deadlines, struct compiled *compiled,
		   struct error *error);

#endif
