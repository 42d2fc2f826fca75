/* SPDX-License-Identifier: GPL-2.0-only */
#include "lockdown.h"

#include <errno.h>
#include <string.h>

static struct keep keep_of(const struct prefix *prefix)
{
	const struct address6 first = prefix_first(prefix), last = prefix_last(prefix);
	struct keep keep = {
		.value = first,
		.mask = {~(first.high ^ last.high), ~(first.low ^ last.low)},
		.family = prefix->family,
	};

	if (prefix->family == 4)
		keep.mask = (struct address6){0, (__u32)keep.mask.low};
	return keep;
}

static struct prefix prefix_of(const struct keep *keep)
{
	return prefix_from((unsigned)keep->family, &keep->value,
			   (unsigned)(__builtin_popcountll(keep->mask.high) +
				      __builtin_popcountll(keep->mask.low)));
}

int lockdown_switch_on(struct instance *instance, const struct prefix *keep, size_t count,
		       __u64 until, struct error *error)
{
	struct control *control = instance->control;
	__u32 set = control->lockdown ? !LOCKDOWN_SET(control->lockdown) : 0;

	if (count > KEEP_MAX)
		return error_set(error, -ENOSPC, "lockdown keeps at most %d sources", KEEP_MAX);
	for (size_t i = 0; i < count; i++)
		control->keep[set][i] = keep_of(&keep[i]);
	control->keep_count[set] = count;
	__atomic_store_n(&control->lockdown, LOCKDOWN_WORD(set, until ? until : LOCKDOWN_FOREVER),
			 __ATOMIC_RELEASE);
	return 0;
}

void lockdown_switch_off(struct instance *instance)
{
	__atomic_store_n(&instance->control->lockdown, 0, __ATOMIC_RELEASE);
}

bool lockdown_is_on(const struct instance *instance, __u64 now, __u64 *until,
		    struct prefix keep[KEEP_MAX], size_t *count)
{
	const struct control *control = instance->control;
	__u64 word = __atomic_load_n(&control->lockdown, __ATOMIC_ACQUIRE);
	__u32 set = LOCKDOWN_SET(word);

	if (!word || now >= LOCKDOWN_UNTIL(word))
		return false;
	if (until)
		*until = LOCKDOWN_UNTIL(word) == LOCKDOWN_FOREVER ? 0 : LOCKDOWN_UNTIL(word);
	if (keep) {
		*count = control->keep_count[set] < KEEP_MAX ? control->keep_count[set] : KEEP_MAX;
		for (size_t i = 0; i < *count; i++)
			keep[i] = prefix_of(&control->keep[set][i]);
	}
	return true;
}
