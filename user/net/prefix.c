/* SPDX-License-Identifier: GPL-2.0-only */
#include "prefix.h"
#include <string.h>

bool prefix_is_valid(const struct prefix *prefix)
{
	bool known = prefix->family == 4 || prefix->family == 6;
	unsigned longest = known ? prefix_length_max(prefix->family) : 0;
	struct prefix shortened;

	if ((!known && prefix->family != 0) || prefix->length > longest)
		return false;
	shortened = prefix_shortened(prefix, prefix->length);
	return prefix_compare(prefix, &shortened) == 0;
}

int prefix_compare(const struct prefix *a, const struct prefix *b)
{
	int order;

	if (a->family != b->family)
		return a->family - b->family;
	order = memcmp(a->address, b->address, sizeof(a->address));
	return order ? order : a->length - b->length;
}

bool prefix_holds(const struct prefix *outer, const struct prefix *inner)
{
	struct prefix shortened;

	if (outer->family == 0)
		return true;
	if (outer->family != inner->family || outer->length > inner->length)
		return false;
	shortened = prefix_shortened(inner, outer->length);
	return prefix_compare(outer, &shortened) == 0;
}

struct prefix prefix_shortened(const struct prefix *prefix, unsigned length)
{
	struct prefix shortened = {.family = prefix->family, .length = (__u8)length};

	memcpy(shortened.address, prefix->address, length / 8);
	if (length % 8)
		shortened.address[length / 8] =
			prefix->address[length / 8] & (__u8)(0xff << (8 - length % 8));
	return shortened;
}

/* --- As numbers ------------------------------------------------------------------------------ */

int address_compare(const struct address6 *a, const struct address6 *b)
{
	if (a->high != b->high)
		return a->high < b->high ? -1 : 1;
	return (a->low > b->low) - (a->low < b->low);
}

static __u64 bytes_to_number(const __u8 *bytes, unsigned count)
{
	__u64 number = 0;

	for (unsigned i = 0; i < count; i++)
		number = number << 8 | bytes[i];
	return number;
}

static void number_to_bytes(__u64 number, __u8 *bytes, unsigned count)
{
	for (unsigned i = count; i-- > 0; number >>= 8)
		bytes[i] = (__u8)number;
}

struct address6 prefix_first(const struct prefix *prefix)
{
	if (prefix->family == 4)
		return (struct address6){0, bytes_to_number(prefix->address, 4)};
	return (struct address6){bytes_to_number(prefix->address, 8),
				 bytes_to_number(prefix->address + 8, 8)};
}

struct address6 prefix_last(const struct prefix *prefix)
{
	struct address6 last = prefix_first(prefix);
	unsigned host_bits = prefix_length_max(prefix->family) - prefix->length;

	if (host_bits < 64) {
		last.low |= (1ull << host_bits) - 1;
		return last;
	}
	last.low = ~0ull;
	last.high |= host_bits == 128 ? ~0ull : (1ull << (host_bits - 64)) - 1;
	return last;
}

struct prefix prefix_from(unsigned family, const struct address6 *first, unsigned length)
{
	struct prefix prefix = {.family = (__u8)family, .length = (__u8)length};

	if (family == 4) {
		number_to_bytes(first->low, prefix.address, 4);
	} else {
		number_to_bytes(first->high, prefix.address, 8);
		number_to_bytes(first->low, prefix.address + 8, 8);
	}
	return prefix;
}
