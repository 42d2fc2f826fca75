/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Which policy is in force. A policy is compiled into a free slot and made live for all NICs by one
 * store of the control word; a trial keeps the old one as its fallback, and the program itself goes
 * back to it when the deadline has passed.
 */
#ifndef PORTFW_KERNEL_PUBLISH_H
#define PORTFW_KERNEL_PUBLISH_H

#include "instance.h"

/* A trial that has not been decided. */
struct trial {
	bool pending;	     /* one was started and neither confirmed nor rolled back */
	bool over;	     /* its deadline has passed: the fallback is in force */
	__u64 deadline;	     /* jiffies64 */
	double seconds_left; /* 0 when over */
};

/* Ends a trial whose deadline has passed, in the control word too. Writers call it first. */
int publish_settle(struct instance *instance, struct error *error);
int publish_trial(struct instance *instance, struct trial *trial, struct error *error);

/* The index of a slot that no program reads, waiting for an RCU grace period where that is needed
 * (about 10 ms), or a negative errno. */
int publish_free_slot(struct instance *instance, struct error *error);

/* Gives a slot tables of its own: copies the large ones that are not NULL into maps and releases
 * others that it had. Before each switch. Each table that comes or goes waits for an RCU grace
 * period. */
struct large_tables {
	const struct sources4_large *sources4;
	const struct sources6_large *sources6;
	const struct cells_large *cells;
};
int publish_large(struct instance *instance, unsigned slot, const struct large_tables *tables,
		  struct error *error);
/* Keeps the text of the slot's policy beside it. */
int publish_text(struct instance *instance, unsigned slot, const char *text, size_t length,
		 struct error *error);

/* Makes a slot live for all NICs. Cannot fail. Ends a trial. */
void publish_switch(struct instance *instance, unsigned slot);
/* The same until `deadline` (jiffies64); then the fallback of a trial that is already pending, else
 * the slot that is live now. */
void publish_switch_trial(struct instance *instance, unsigned slot, __u64 deadline);
/* Keeps the trial's policy. -ETIME: its deadline has passed. -ENOENT: there is no trial. */
int publish_confirm(struct instance *instance, struct error *error);
/* Goes back to the fallback. -ENOENT: there is no trial. */
int publish_rollback(struct instance *instance, struct error *error);

/* A number that changes whenever another policy becomes active or the active slot is written anew.
 * A reader that finds it equal before and after has seen one whole policy. */
__u64 publish_version(struct instance *instance);

/* The text of the policy in force, or of a trial's fallback, NUL-terminated, to be freed. -ENOMEM,
 * -EPROTO. */
int publish_read_text(struct instance *instance, bool fallback, char **text, struct error *error);

/* The text of one slot, of which nothing but the directory and the texts' lengths is looked at. */
int publish_slot_text(const struct instance *instance, unsigned slot, char **text,
		      struct error *error);

/* Whether the slot in force has exactly these tables. `slot` is compared byte by byte. */
bool publish_matches(struct instance *instance, const struct slot *slot,
		     const struct large_tables *tables);

#endif
