/* SPDX-License-Identifier: GPL-2.0-only */
/* One end of a connection. */
#ifndef PORTFW_NET_ENDPOINT_H
#define PORTFW_NET_ENDPOINT_H

#include "prefix.h"

/* An address (IPv4 in the first 4 bytes, the rest zero; network byte order) and a port in host byte
 * order. An IPv4 address that a socket has in the form of IPv6 (::ffff:192.0.2.1) is family 4. */
struct endpoint {
	__u8 family; /* 4 or 6 */
	__u8 address[16];
	__u16 port;
};

/* From the bytes of an address, 4 of AF_INET or 16 of AF_INET6, and a port in host byte order. */
struct endpoint endpoint_make(int address_family, const void *address, __u16 port);

/* AF_INET or AF_INET6, and how many bytes of the address count. */
int endpoint_address_family(const struct endpoint *end);
unsigned endpoint_address_length(const struct endpoint *end);

/* The address alone. */
struct prefix endpoint_prefix(const struct endpoint *end);

bool endpoint_equal(const struct endpoint *a, const struct endpoint *b);
/* The same but for the port. */
bool endpoint_same_address(const struct endpoint *a, const struct endpoint *b);
/* The unspecified address: 0.0.0.0 or ::. */
bool endpoint_is_any(const struct endpoint *end);
/* 127.0.0.0/8 or ::1. */
bool endpoint_is_loopback(const struct endpoint *end);
/* 169.254.0.0/16 (RFC 3927) or fe80::/10 (RFC 4291). */
bool endpoint_is_link_local(const struct endpoint *end);

/* "203.0.113.7". */
#define ENDPOINT_ADDRESS_SIZE 48
void endpoint_print_address(const struct endpoint *end, char text[ENDPOINT_ADDRESS_SIZE]);
/* "203.0.113.7:51234", "[2001:db8::1]:22". */
#define ENDPOINT_SIZE 64
void endpoint_print(const struct endpoint *end, char text[ENDPOINT_SIZE]);

#endif
