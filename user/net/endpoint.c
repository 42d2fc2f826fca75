/* SPDX-License-Identifier: GPL-2.0-only */
#include "endpoint.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>

struct endpoint endpoint_make(int address_family, const void *address, __u16 port)
{
	static const __u8 mapped[12] = {[10] = 0xff, [11] = 0xff};
	const __u8 *bytes = address;
	struct endpoint end = {.family = 4, .port = port};

	if (address_family == AF_INET) {
		memcpy(end.address, bytes, 4);
	} else if (memcmp(bytes, mapped, sizeof(mapped)) == 0) {
		memcpy(end.address, bytes + sizeof(mapped), 4);
	} else {
		end.family = 6;
		memcpy(end.address, bytes, 16);
	}
	return end;
}

int endpoint_address_family(const struct endpoint *end)
{
	return end->family == 4 ? AF_INET : AF_INET6;
}

unsigned endpoint_address_length(const struct endpoint *end)
{
	return end->family == 4 ? 4 : 16;
}

struct prefix endpoint_prefix(const struct endpoint *end)
{
	struct prefix prefix = {.family = end->family,
				.length = (__u8)prefix_length_max(end->family)};

	memcpy(prefix.address, end->address, sizeof(prefix.address));
	return prefix;
}

bool endpoint_same_address(const struct endpoint *a, const struct endpoint *b)
{
	return a->family == b->family &&
	       memcmp(a->address, b->address, endpoint_address_length(a)) == 0;
}

bool endpoint_equal(const struct endpoint *a, const struct endpoint *b)
{
	return a->port == b->port && endpoint_same_address(a, b);
}

bool endpoint_is_any(const struct endpoint *end)
{
	static const __u8 any[16];

	return memcmp(end->address, any, endpoint_address_length(end)) == 0;
}

bool endpoint_is_loopback(const struct endpoint *end)
{
	static const __u8 loopback6[16] = {[15] = 1};

	return end->family == 4 ? end->address[0] == 127
				: memcmp(end->address, loopback6, sizeof(loopback6)) == 0;
}

bool endpoint_is_link_local(const struct endpoint *end)
{
	if (end->family == 4)
		return end->address[0] == 169 && end->address[1] == 254;
	return end->address[0] == 0xfe && (end->address[1] & 0xc0) == 0x80;
}

void endpoint_print_address(const struct endpoint *end, char text[ENDPOINT_ADDRESS_SIZE])
{
	inet_ntop(endpoint_address_family(end), end->address, text, ENDPOINT_ADDRESS_SIZE);
}

void endpoint_print(const struct endpoint *end, char text[ENDPOINT_SIZE])
{
	char address[ENDPOINT_ADDRESS_SIZE];

	endpoint_print_address(end, address);
	snprintf(text, ENDPOINT_SIZE, end->family == 4 ? "%s:%u" : "[%s]:%u", address, end->port);
}
