/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * How the verdict reads the compiled policy. In the program a policy is known by the index of its
 * slot and each table is a map lookup; natively it is a set of pointers.
 */
#ifndef PORTFW_BPF_TABLES_H
#define PORTFW_BPF_TABLES_H

#include "parse.h"

#ifdef __bpf__
#include "maps.h"

typedef __u32 tables_handle; /* index of the slot */

/* For what is the same whichever slot is in force: lockdown, the block list, flows, the time. */
#define ANY_SLOT 0

static __always_inline const struct slot *tables_slot(tables_handle tables)
{
	return bpf_map_lookup_elem(&slots, &tables);
}

static __always_inline const struct control *tables_control(tables_handle tables)
{
	__u32 zero = 0;

	(void)tables; /* it is the same for all slots */
	return bpf_map_lookup_elem(&control, &zero);
}

#define TABLES_LARGE(name, layout)                                                      \
	static __always_inline const struct layout *tables_##name(tables_handle tables) \
	{                                                                               \
		__u32 zero = 0;                                                         \
		void *inner = bpf_map_lookup_elem(&name, &tables);                      \
                                                                                        \
		return inner ? bpf_map_lookup_elem(inner, &zero) : 0;                   \
	}

static __always_inline __u64 tables_now(tables_handle tables)
{
	(void)tables;
	return bpf_jiffies64();
}
#else
/* A table that the slot does not ask for may be NULL. */
struct tables {
	const struct slot *slot;
	const struct sources4_large *sources4;
	const struct sources6_large *sources6;
	const struct cells_large *cells;
	const struct control *control; /* of which lockdown counts; NULL: it is off */
	__u64 now;		       /* jiffies64 */
	/* What is no table natively is asked for; the functions are handed the tables, and find
	 * what they need in `context`. */
	void *context;
	/* Whether an address of the family (4 or 6), as struct pkt has it, is on the block list;
	 * NULL: nothing is. */
	bool (*is_blocked)(const struct tables *tables, __u32 family, __u64 high, __u64 low);
	/* The flow with this key, over or not. NULL, it or the function: there is none. */
	struct flow *(*find_flow)(const struct tables *tables, const struct flow_key *key);
};
typedef const struct tables *tables_handle;

static __always_inline const struct slot *tables_slot(tables_handle tables)
{
	return tables->slot;
}

static __always_inline const struct control *tables_control(tables_handle tables)
{
	return tables->control;
}

#define TABLES_LARGE(name, layout)                                                      \
	static __always_inline const struct layout *tables_##name(tables_handle tables) \
	{                                                                               \
		return tables->name;                                                    \
	}

static __always_inline __u64 tables_now(tables_handle tables)
{
	return tables->now;
}
#endif

TABLES_LARGE(sources4, sources4_large)
TABLES_LARGE(sources6, sources6_large)
TABLES_LARGE(cells, cells_large)

#endif
