/* SPDX-License-Identifier: GPL-2.0-only */
#include "lockdown.h"

#include <errno.h>
#include <string.h>

static __u64 number_of(const __u8 *bytes)
{
	__u64 number = 0;

	for (unsigned i = 0; i < 8; i++)
		number = number << 8 | bytes[i];
	return number;
}

static void bytes_of(__u64 number, __u8 *bytes)
{
	for (unsigned i = 8; i-- > 0; number >>= 8)
		bytes[i] = (__u8)number;
}

/* The first `length` of 64 bits. */
static __u64 first_bits(unsigned length)
{
	return length == 0 ? 0 : length >= 64 ? ~0ull : ~0ull << (64 - length);
}

static struct keep keep_of(const struct keep_prefix *prefix)
{
	unsigned length = prefix->length;
	struct keep keep = {.family = prefix->family};

	if (prefix->family == 4) {
		keep.mask.low = first_bits(length) >> 32;
		keep.value.low = number_of(prefix->bytes) >> 32;
	} else {
		keep.mask.high = first_bits(length);
		keep.mask.low = length > 64 ? first_bits(length - 64) : 0;
		keep.value.high = number_of(prefix->bytes);
		keep.value.low = number_of(prefix->bytes + 8);
	}
	return keep;
}

static struct keep_prefix prefix_of(const struct keep *keep)
{
	struct keep_prefix prefix = {
		.family = (__u8)keep->family,
		.length = (__u8)(__builtin_popcountll(keep->mask.high) +
				 __builtin_popcountll(keep->mask.low)),
	};

	if (prefix.family == 4) {
		bytes_of(keep->value.low << 32, prefix.bytes);
	} else {
		bytes_of(keep->value.high, prefix.bytes);
		bytes_of(keep->value.low, prefix.bytes + 8);
	}
	return prefix;
}

int lockdown_switch_on(struct instance *instance, const struct keep_prefix *keep, size_t count,
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
		    struct keep_prefix keep[KEEP_MAX], size_t *count)
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
