/* SPDX-License-Identifier: GPL-2.0-only */
/* Lockdown as the programs see it. */
#ifndef PORTFW_KERNEL_LOCKDOWN_H
#define PORTFW_KERNEL_LOCKDOWN_H

#include "instance.h"
#include "net/prefix.h"

/*
 * Both switch by one compare-and-swap of the lockdown word, and need no lock: where several do so
 * at once, the last one holds, whole. With `word` (NULL: whatever it is) they switch only from that
 * very word, and *word receives the new one; -EAGAIN: it is another by now.
 */

/* Isolates the host but for these sources until jiffies64 reaches `until` (0: for ever). Where
 * lockdown is on already, the new sources replace the old ones. -ENOSPC: more than KEEP_MAX. */
int lockdown_switch_on(struct instance *instance, const struct prefix *keep, size_t count,
		       __u64 until, __u64 *word, struct error *error);
int lockdown_switch_off(struct instance *instance, __u64 *word, struct error *error);

/* The lockdown word: each switch, also to the same, gives another one. */
__u64 lockdown_word(const struct instance *instance);

/* Whether it is on at `now` (jiffies64). *until (may be NULL) receives its end, 0: never; `keep`
 * (may be NULL) the sources, *count of them. */
bool lockdown_is_on(const struct instance *instance, __u64 now, __u64 *until,
		    struct prefix keep[KEEP_MAX], size_t *count);

#endif
