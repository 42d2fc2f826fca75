/* SPDX-License-Identifier: GPL-2.0-only */
/* Lockdown as the programs see it. */
#ifndef PORTFW_KERNEL_LOCKDOWN_H
#define PORTFW_KERNEL_LOCKDOWN_H

#include "instance.h"
#include "net/prefix.h"

/* Isolates the host but for these sources, by one store, until jiffies64 reaches `until` (0: for
 * ever). Where lockdown is on already, the new set replaces the old one whole. -ENOSPC: more than
 * KEEP_MAX. */
int lockdown_switch_on(struct instance *instance, const struct prefix *keep, size_t count,
		       __u64 until, struct error *error);
void lockdown_switch_off(struct instance *instance);

/* Whether it is on at `now` (jiffies64). *until (may be NULL) receives its end, 0: never; `keep`
 * (may be NULL) the sources, *count of them. */
bool lockdown_is_on(const struct instance *instance, __u64 now, __u64 *until,
		    struct prefix keep[KEEP_MAX], size_t *count);

#endif
