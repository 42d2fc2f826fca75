/* SPDX-License-Identifier: GPL-2.0-only */
#include "host.h"
#include <errno.h>
#include <ifaddrs.h>
#include <linux/if_packet.h>
#include <netinet/in.h>
#include <string.h>

/* False: it is no IP address, or one of the loopback interface. */
static bool read_address(const struct sockaddr *address, struct prefix *prefix)
{
	*prefix = (struct prefix){.family = 0};
	if (address->sa_family == AF_INET) {
		struct sockaddr_in inet;

		memcpy(&inet, address, sizeof(inet));
		*prefix = (struct prefix){.family = 4, .length = 32};
		memcpy(prefix->address, &inet.sin_addr, 4);
		return prefix->address[0] != 127;
	}
	if (address->sa_family == AF_INET6) {
		struct sockaddr_in6 inet;

		memcpy(&inet, address, sizeof(inet));
		*prefix = (struct prefix){.family = 6, .length = 128};
		memcpy(prefix->address, &inet.sin6_addr, 16);
		return !IN6_IS_ADDR_LOOPBACK(&inet.sin6_addr);
	}
	return false;
}

static bool read_mac(const struct sockaddr *address, struct host_mac *mac)
{
	static const struct host_mac none;
	struct sockaddr_ll link;

	if (address->sa_family != AF_PACKET)
		return false;
	memcpy(&link, address, sizeof(link));
	memcpy(mac->bytes, link.sll_addr, sizeof(mac->bytes));
	return link.sll_halen == sizeof(mac->bytes) && memcmp(mac, &none, sizeof(none)) != 0;
}

int host_addresses(struct block_list *list, struct host_mac *macs, size_t max, size_t *count,
		   struct error *error)
{
	struct ifaddrs *all = NULL;
	struct host_mac mac;
	struct prefix prefix;
	int code = 0;

	*count = 0;
	if (getifaddrs(&all))
		return error_set(error, -errno, "cannot read this host's addresses: %s",
				 strerror(errno));
	for (const struct ifaddrs *one = all; one && code == 0; one = one->ifa_next) {
		if (!one->ifa_addr)
			continue;
		if (read_address(one->ifa_addr, &prefix))
			code = block_list_append(list, &prefix, 0);
		else if (*count < max && read_mac(one->ifa_addr, &mac))
			macs[(*count)++] = mac;
	}
	freeifaddrs(all);
	return code ? error_set(error, code, "out of memory") : 0;
}
