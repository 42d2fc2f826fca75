/* SPDX-License-Identifier: GPL-2.0-only */
/* Addresses that begin alike. */
#ifndef PORTFW_NET_PREFIX_H
#define PORTFW_NET_PREFIX_H

#include <linux/types.h>
#include <portfw/abi.h>
#include <stdbool.h>

/* family 4 or 6: the addresses that begin with the first `length` bits of `address`, which is in
 * network byte order (IPv4 in the first 4 bytes) and zero behind them. As the source of a rule,
 * family 0: any address of either family, wider than every prefix; 0.0.0.0/0 is every IPv4 address
 * and narrower than that. */
struct prefix {
	__u8 family;
	__u8 length; /* 0 to 32, 0 to 128 */
	__u8 address[16];
};

/* The length of a single address: 32 or 128. */
static inline unsigned prefix_length_max(unsigned family)
{
	return family == 4 ? 32 : 128;
}

/* Whether family and length fit and no bit behind the length is set. */
bool prefix_is_valid(const struct prefix *prefix);

/* The canonical order of prefixes: any, IPv4, IPv6; by address, the shorter first. So a prefix
 * comes behind those that hold it. */
int prefix_compare(const struct prefix *a, const struct prefix *b);
/* Whether every address of `inner` is one of `outer`; so are equal ones. */
bool prefix_holds(const struct prefix *outer, const struct prefix *inner);
/* The first `length` bits of an address or of a longer prefix. */
struct prefix prefix_shortened(const struct prefix *prefix, unsigned length);

/* Addresses as numbers: those of IPv4 in `low`. */
int address_compare(const struct address6 *a, const struct address6 *b);
/* The first and the last address of a prefix of family 4 or 6. */
struct address6 prefix_first(const struct prefix *prefix);
struct address6 prefix_last(const struct prefix *prefix);
/* The prefix of family 4 or 6 that begins with this address, which must be zero behind it. */
struct prefix prefix_from(unsigned family, const struct address6 *first, unsigned length);

#endif
