/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The parts of the compiler, in the order in which a policy passes them:
 *
 *   sources     every source prefix of the policy, once, and which prefix it lies in
 *   ports       a sweep over the ports of each protocol: where do which rules hold together
 *   behaviours  what a set of rules says of each source: a class, or a mere code
 *   outcomes    ... by time and NIC
 *   cells       the outcome of each class for each kind of source
 *   intervals   from an address to its kind of source
 *
 * Each fills the compiler's error and returns 0 or -errno.
 */
#ifndef PORTFW_POLICY_COMPILE_PARTS_H
#define PORTFW_POLICY_COMPILE_PARTS_H

#include "compile.h"
#include "signature.h"

/* --- Sources --------------------------------------------------------------------------------- */

/* Index 0: any source. The others are sorted as prefix_compare() does. */
struct source {
	__u8 family;
	struct address6 first, last; /* those of IPv4 in `low` */
	__u32 parent;		     /* the longest prefix that holds this one, else 0 */
	__u32 id;		     /* column of the cells: struct class */
};
struct sources {
	struct source *list;
	size_t count;
	__u32 *of_rule; /* by index of the policy's rule */
};

/* Prefixes that hold one another, the longest on top: 129 lengths at most. */
struct source_stack {
	__u32 list[130];
	size_t count;
};
/* Makes place for a source behind those that were pushed: removes what does not hold it. */
void source_stack_pop(struct source_stack *stack, const struct sources *sources, __u32 source);
void source_stack_push(struct source_stack *stack, __u32 source);

/* --- Outcomes -------------------------------------------------------------------------------- */

/* What one rule says. Of states for one source, later ones overlay earlier ones. */
struct state {
	__u64 mask;    /* both bits of each NIC index it holds for */
	__u64 actions; /* on these */
	__u64 until;   /* jiffies, 0: for ever */
};
/* For every NIC and for each by itself, permanent and timed. */
#define STATES_MAX (2 * (MAX_NICS + 1))

/* Each once. While they are collected, `next` is lower than the own index; index 0: no rule says
 * anything, for ever. */
struct outcomes {
	struct outcome list[OUTCOMES_MAX];
	__u8 steps[OUTCOMES_MAX]; /* outcomes in a row from here */
	__u32 count;
	__u16 table[2 * OUTCOMES_MAX]; /* hash table of index + 1 */
};

/* --- Behaviours ------------------------------------------------------------------------------ */

/* What holds for the addresses of a source that no longer prefix holds. */
struct decision {
	__u32 source;
	__u32 outcome;
	__u32 around; /* the outcome of the source around it, which is another */
};

/* What a class says. */
struct behaviour {
	struct signature signature;
	__u32 root; /* outcome for any source */
	struct decision *decisions;
	size_t count;
	__u32 by_source; /* as in struct class */
};

/* A set of rules that was seen, and what became of it. */
struct seen {
	struct signature signature;
	bool used;
	__u8 code, class;
};
struct seen_table {
	struct seen *list;
	size_t capacity, count; /* capacity: 0 or a power of two */
};

/* --- The compiler ---------------------------------------------------------------------------- */

struct compiler {
	const struct policy *policy;
	const char (*nics)[IFNAMSIZ];
	const struct deadlines *deadlines;
	struct compiled *compiled;
	struct error *error;

	struct sources sources;
	struct outcomes outcomes;
	struct behaviour behaviours[MAX_CLASSES];
	unsigned behaviour_count;
	struct decision *decisions; /* of the behaviour that is made; room for every source */
	struct seen_table seen;
};

int compile_out_of_memory(struct compiler *compiler);

int compile_sources(struct compiler *compiler);

int compile_ports(struct compiler *compiler);

/* The rules that hold together at a port, by source and in it as `struct state` wants them. */
struct rule_set {
	struct signature signature;
	/* Calls back for the rules in order: false after the last. */
	const struct state *(*next)(struct rule_set *set, __u32 *source);
};
/* The code of ports where these rules hold, and their class where the code is CODE_CLASS. */
int compile_behaviour(struct compiler *compiler, struct rule_set *set, __u8 *code, __u8 *class);

/* The outcome where these states overlay another outcome. */
int compile_outcome(struct compiler *compiler, __u32 below, const struct state *states,
		    size_t count, __u32 *outcome);

int compile_cells(struct compiler *compiler);

int compile_intervals(struct compiler *compiler);

#endif
