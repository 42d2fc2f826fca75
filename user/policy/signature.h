/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Sets by their signature: the sum of what their members hash to, 128 bits wide. Members come and
 * go in any order at constant cost, and sets of equal signature are taken for equal: that two of n
 * sets collide has the odds n^2 : 2^129.
 */
#ifndef PORTFW_POLICY_SIGNATURE_H
#define PORTFW_POLICY_SIGNATURE_H

#include <linux/types.h>
#include <stdbool.h>
#include <stddef.h>

struct signature {
	__u64 a, b;
};

/* The finaliser of splitmix64. */
static inline __u64 signature_mix(__u64 value)
{
	value = (value ^ value >> 30) * 0xbf58476d1ce4e5b9ull;
	value = (value ^ value >> 27) * 0x94d049bb133111ebull;
	return value ^ value >> 31;
}

/* Of a member that is these numbers. */
static inline struct signature signature_of(const __u64 *numbers, size_t count)
{
	struct signature signature = {0x9e3779b97f4a7c15ull, 0xd1b54a32d192ed03ull};

	for (size_t i = 0; i < count; i++) {
		signature.a = signature_mix(signature.a + numbers[i]);
		signature.b = signature_mix((signature.b ^ numbers[i]) * 0xff51afd7ed558ccdull);
	}
	return signature;
}

static inline void signature_add(struct signature *set, const struct signature *member)
{
	set->a += member->a;
	set->b += member->b;
}

static inline void signature_remove(struct signature *set, const struct signature *member)
{
	set->a -= member->a;
	set->b -= member->b;
}

static inline bool signature_equal(const struct signature *a, const struct signature *b)
{
	return a->a == b->a && a->b == b->b;
}

#endif
