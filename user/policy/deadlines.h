/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * When timed rules end. Programs compare jiffies, people read the wall clock. While the kernel runs
 * its jiffies are the truth: a time that is in force keeps them, whatever happens to the wall
 * clock. They stand in comments at the head of the text that a slot keeps:
 *
 *	#deadline 2030-01-31T15:00:00Z 4294999999
 */
#ifndef PORTFW_POLICY_DEADLINES_H
#define PORTFW_POLICY_DEADLINES_H

#include "compile.h"

/* The clocks at one moment. */
struct moment {
	__s64 wall;    /* seconds since the Epoch */
	__u64 jiffies; /* jiffies64; 0: no instance, so there is only the wall clock */
	__u32 hz;      /* jiffies in a second */
};

/* Deadlines that are owned. Zero-initialised: empty. */
struct deadline_table {
	struct deadline *list;
	size_t count;
};
void deadlines_free(struct deadline_table *table);
#define _cleanup_deadlines_ __attribute__((cleanup(deadlines_free)))

/* The deadlines at the head of a slot's text. -ENOMEM. */
int deadlines_read(const char *text, struct deadline_table *table);
/* What follows them. */
const char *deadlines_skip(const char *text);
/* The text of a slot: the deadlines, and the canonical text of its policy without attachments;
 * NUL-terminated, to be freed. NULL: no memory. */
char *deadlines_print(const struct deadline_table *table, const char *policy_text);

/* All times of a policy: as in `known`, else converted now. -ENOMEM. */
int deadlines_make(const struct policy *policy, const struct deadline_table *known,
		   const struct moment *now, struct deadline_table *made);

/* Adds that the wall clock and jiffies were at `now`, as if a time were over now. -ENOMEM. */
int deadlines_note_clock(struct deadline_table *table, const struct moment *now);
/* A wall clock that was set back since such a note, or since a time was over, does not count: what
 * ended would come back with a policy that `undo` or `apply` brings. */
void moment_hold(struct moment *now, const struct deadline_table *known);

/* Drops the rules whose time is up; returns how many. Normal before and after. */
size_t deadlines_expire(struct policy *policy, const struct deadline_table *known,
			const struct moment *now);

/* Puts the end of new rules off by seconds where another time in force has the same name, since the
 * wall clock was changed in between. */
void deadlines_tell_apart(struct policy *rules, const struct deadline_table *known,
			  const struct moment *now);

/* How long the times of a policy are away, sorted by until, each once. */
struct time_left {
	__s64 until;   /* as in a rule */
	__s64 seconds; /* 0: over */
};
struct times_left {
	struct time_left *list;
	size_t count;
};
void times_left_free(struct times_left *left);
#define _cleanup_times_left_ __attribute__((cleanup(times_left_free)))
/* The seconds left of every time in the policy, to be freed. -ENOMEM. */
int deadlines_left(const struct policy *policy, const struct deadline_table *known,
		   const struct moment *now, struct times_left *left);
/* The seconds left until a time as text_rules() spells it. */
__s64 times_left_find(const struct times_left *left, const char *until);

#endif
