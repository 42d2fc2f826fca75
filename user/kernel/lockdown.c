/* SPDX-License-Identifier: GPL-2.0-only */
#include "lockdown.h"

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

#include "grace.h"

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

__u64 lockdown_word(const struct instance *instance)
{
	return __atomic_load_n(&instance->control->lockdown, __ATOMIC_ACQUIRE);
}

/* --- Claiming a set of kept sources ---------------------------------------------------------- */

static bool is_alive(__u32 process)
{
	return kill((pid_t)process, 0) == 0 || errno != ESRCH;
}

static bool swap(__u64 *from, __u64 expected, __u64 wanted)
{
	return __atomic_compare_exchange_n(from, &expected, wanted, false, __ATOMIC_SEQ_CST,
					   __ATOMIC_SEQ_CST);
}

static bool is_named(const struct control *control, unsigned set)
{
	return set == LOCKDOWN_SET(__atomic_load_n(&control->lockdown, __ATOMIC_SEQ_CST));
}

/* Claims a set with that owner which the word does not name; -1: there is none. */
static int claim_from(struct control *control, __u32 owner)
{
	for (unsigned set = 0; set < KEEP_SETS; set++) {
		__u64 claim = __atomic_load_n(&control->keep_claims[set], __ATOMIC_ACQUIRE);
		__u64 mine = KEEP_CLAIM(getpid(), KEEP_TIMES(claim) + 1);

		if (KEEP_OWNER(claim) != owner)
			continue;
		/* Asked after the claim was read: if the word comes to name the set from now on,
		 * the claim has changed. */
		if (is_named(control, set))
			continue;
		if (swap(&control->keep_claims[set], claim, mine))
			return (int)set;
	}
	return -1;
}

/* What processes that are no more have claimed is as if it had been used. */
static void release_dead(struct control *control)
{
	for (unsigned set = 0; set < KEEP_SETS; set++) {
		__u64 claim = __atomic_load_n(&control->keep_claims[set], __ATOMIC_ACQUIRE);
		__u32 owner = KEEP_OWNER(claim);

		if (owner != KEEP_CLEAN && owner != KEEP_USED && !is_alive(owner))
			swap(&control->keep_claims[set], claim,
			     KEEP_CLAIM(KEEP_USED, KEEP_TIMES(claim)));
	}
}

/* One grace period makes clean what was used before it, and has not been claimed since: so the word
 * has not named it since either. */
static void clean_used(struct control *control)
{
	__u64 before[KEEP_SETS];
	bool retired[KEEP_SETS];

	for (unsigned set = 0; set < KEEP_SETS; set++) {
		before[set] = __atomic_load_n(&control->keep_claims[set], __ATOMIC_SEQ_CST);
		retired[set] = KEEP_OWNER(before[set]) == KEEP_USED && !is_named(control, set);
	}
	if (grace_wait(NULL))
		return;
	for (unsigned set = 0; set < KEEP_SETS; set++)
		if (retired[set])
			swap(&control->keep_claims[set], before[set],
			     KEEP_CLAIM(KEEP_CLEAN, KEEP_TIMES(before[set])));
}

/* Never fails for good: each command holds its set for a moment only. The last resort is a set that
 * a packet may yet be compared with. */
static unsigned claim(struct control *control)
{
	int set = claim_from(control, KEEP_CLEAN);

	while (set < 0) {
		release_dead(control);
		clean_used(control);
		set = claim_from(control, KEEP_CLEAN);
		if (set < 0)
			set = claim_from(control, KEEP_USED);
	}
	return (unsigned)set;
}

/* --- Switching ------------------------------------------------------------------------------- */

/* Puts a word with these fields in place of the one that is there: of *expected, if that is given,
 * or of any. */
static int publish(struct control *control, unsigned set, __u64 until, __u64 *expected,
		   struct error *error)
{
	__u64 old, made;

	do {
		old = __atomic_load_n(&control->lockdown, __ATOMIC_SEQ_CST);
		if (expected && old != *expected)
			return error_set(error, -EAGAIN, "lockdown was switched meanwhile");
		made = LOCKDOWN_WORD(until ? set : LOCKDOWN_SET(old), LOCKDOWN_GENERATION(old) + 1,
				     until);
	} while (!swap(&control->lockdown, old, made));
	if (expected)
		*expected = made;
	return 0;
}

int lockdown_switch_on(struct instance *instance, const struct prefix *keep, size_t count,
		       __u64 until, __u64 *word, struct error *error)
{
	struct control *control = instance->control;
	unsigned set;
	int code;

	if (count > KEEP_MAX)
		return error_set(error, -ENOSPC, "lockdown keeps at most %d sources", KEEP_MAX);
	until = until ? until & CONTROL_DEADLINE_MASK : LOCKDOWN_FOREVER;
	set = claim(control);
	for (size_t i = 0; i < count; i++)
		control->keep[set][i] = keep_of(&keep[i]);
	control->keep_count[set] = count;
	code = publish(control, set, until, word, error);
	__atomic_store_n(&control->keep_claims[set],
			 KEEP_CLAIM(KEEP_USED, KEEP_TIMES(control->keep_claims[set])),
			 __ATOMIC_SEQ_CST);
	return code;
}

int lockdown_switch_off(struct instance *instance, __u64 *word, struct error *error)
{
	return publish(instance->control, 0, 0, word, error);
}

/* --- Reading --------------------------------------------------------------------------------- */

/* The sources that the word keeps. False: meanwhile the word is another. */
static bool read_keep(const struct instance *instance, __u64 word, struct prefix keep[KEEP_MAX],
		      size_t *count)
{
	const struct control *control = instance->control;
	unsigned set = LOCKDOWN_SET(word);

	*count = control->keep_count[set] < KEEP_MAX ? control->keep_count[set] : KEEP_MAX;
	for (size_t i = 0; i < *count; i++)
		keep[i] = prefix_of(&control->keep[set][i]);
	__atomic_thread_fence(__ATOMIC_ACQUIRE);
	return lockdown_word(instance) == word;
}

bool lockdown_is_on(const struct instance *instance, __u64 now, __u64 *until,
		    struct prefix keep[KEEP_MAX], size_t *count)
{
	__u64 word;

	do {
		word = lockdown_word(instance);
		if ((now & CONTROL_DEADLINE_MASK) >= LOCKDOWN_UNTIL(word))
			return false;
	} while (keep && !read_keep(instance, word, keep, count));
	if (until)
		*until = LOCKDOWN_UNTIL(word) == LOCKDOWN_FOREVER ? 0 : LOCKDOWN_UNTIL(word);
	return true;
}
