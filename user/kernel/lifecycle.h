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
/* Removes all that portfw pinned in the directory, the directory, and a bpffs that
 * instance_create() mounted just for it. Works on damaged instances. What is not ours stays, and
 * is an error. 0 also when nothing is there. */
int instance_remove(const char *pin_dir, struct error *error);

#endif
