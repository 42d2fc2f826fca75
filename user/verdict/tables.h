/* SPDX-License-Identifier: GPL-2.0-only */
/* A policy compiled to look at, or to judge with, outside of the kernel. */
#ifndef PORTFW_VERDICT_TABLES_H
#define PORTFW_VERDICT_TABLES_H

#include "policy/compile.h"
#include "policy/deadlines.h"

/*
 * Compiles a normal policy into *compiled, with a slot of its own. nics[n] is the name of the NIC
 * with index n. Times end as in `known`, else by the clocks of `now`; without jiffies in `now`
 * there is no instance, and what is made serves for looking only.
 * As policy_compile(); *compiled must be released by verdict_free() in any case.
 */
int verdict_compile(const struct policy *policy, const char nics[MAX_NICS][IFNAMSIZ],
		    const struct deadline_table *known, const struct moment *now,
		    struct compiled *compiled, struct error *error);
/* The slot too. Zero-initialised: nothing to release. */
void verdict_free(struct compiled *compiled);
#define _cleanup_verdict_ __attribute__((cleanup(verdict_free)))

/* *tables receives what the program's code reads, at `now` (jiffies64): no lockdown, no block list
 * and no flows. Whoever knows the latter two adds functions that find them. */
struct tables; /* bpf/tables.h */
void verdict_tables(const struct compiled *compiled, __u64 now, struct tables *tables);

#endif
