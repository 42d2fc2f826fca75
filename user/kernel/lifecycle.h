/* SPDX-License-Identifier: GPL-2.0-only */
/* How an instance begins and ends. */
#ifndef PORTFW_KERNEL_LIFECYCLE_H
#define PORTFW_KERNEL_LIFECYCLE_H

#include "instance.h"

/* Makes the directory (0700), mounting a bpffs where there is none, and the maps (0600), empty.
 * `flows_max`: entries of the flow table, FLOWS_MIN to FLOWS_LIMIT. Leftovers of an instance that
 * was never completed are replaced. */
int instance_create(const char *pin_dir, __u32 flows_max, struct instance *instance,
		    struct error *error);
/*
 * The same for one that takes the place of an instance of another version, in PIN_DIR/next, whose
 * maps are shared as far as they can be. What the old one has besides is for the caller to carry
 * over; until instance_complete() it counts for nothing, and is replaced by the next attempt.
 */
struct inheritance;
int instance_create_beside(const char *pin_dir, __u32 flows_max, const struct inheritance *from,
			   struct instance *next, struct error *error);
/* All that was to be carried over is there. */
void instance_complete(struct instance *next);
/* Its pins take the place of the old ones, one by one, the control map last. */
int instance_move(struct instance *next, const char *pin_dir, struct error *error);
/* Removes PIN_DIR/next, if a command that was killed left it. */
void instance_discard_next(const char *pin_dir);

/* Removes all that portfw pinned in the directory, the directory, and a bpffs that
 * instance_create() mounted just for it. Works on damaged instances. What is not ours stays, and
 * is an error. 0 also when nothing is there. */
int instance_remove(const char *pin_dir, struct error *error);

#endif
