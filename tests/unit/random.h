/* SPDX-License-Identifier: GPL-2.0-only */
/* Random numbers that a seed repeats. */
#ifndef PORTFW_TESTS_RANDOM_H
#define PORTFW_TESTS_RANDOM_H

#include <stdint.h>

static uint64_t random_state;

static inline uint64_t pick_bits(void)
{
	/* splitmix64 */
	uint64_t value = random_state += 0x9e3779b97f4a7c15u;

	value = (value ^ value >> 30) * 0xbf58476d1ce4e5b9u;
	value = (value ^ value >> 27) * 0x94d049bb133111ebu;
	return value ^ value >> 31;
}

static inline unsigned pick(unsigned count)
{
	return (unsigned)(pick_bits() % count);
}

#endif
