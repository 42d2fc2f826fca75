/* SPDX-License-Identifier: GPL-2.0-only */
#include "host.h"
#include "net/endpoint.h"
#include <errno.h>
#include <ifaddrs.h>
#include <linux/if_packet.h>
#include <netinet/in.h>
#include <string.h>

/* False: it is no IP address, or one of the loopback interface. */
static bool read_address(const struct sockaddr *address, struct prefix *prefix)
{
	struct sockaddr_in inet4;
	struct sockaddr_in6 inet6;
	struct endpoint end;

	if (address->sa_family == AF_INET) {
		memcpy(&inet4, address, sizeof(inet4));
		end = endpoint_make(AF_INET, &inet4.sin_addr, 0);
	} else if (address->sa_family == AF_INET6) {
		memcpy(&inet6, address, sizeof(inet6));
		end = endpoint_make(AF_INET6, &inet6.sin6_addr, 0);
	} else {
		return false;
	}
	*prefix = endpoint_prefix(&end);
	return !endpoint_is_loopback(&end);
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
