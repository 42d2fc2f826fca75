/* SPDX-License-Identifier: GPL-2.0-only */
#include "network.h"

#include <arpa/inet.h>
#include <errno.h>
#include <libmnl/libmnl.h>
#include <linux/if_addr.h>
#include <linux/if_link.h>
#include <linux/rtnetlink.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/list.h"
#include "netlink.h"

/* Deeper than the kernel lets interfaces be stacked (MAX_NEST_DEV). */
#define DEPTH_MAX 16

/* --- Interfaces ---------------------------------------------------------------------------- */

/* Whether IFLA_LINK of this kind names the interface whose frames it gets. A veth's names its peer,
 * a tunnel's the way that the outer packets take. */
static bool is_on_top(const char *kind)
{
	static const char *const kinds[] = {"vlan",   "macvlan", "macvtap",  "ipvlan",
					    "ipvtap", "macsec",	 "virt_wifi"};

	for (size_t i = 0; i < sizeof(kinds) / sizeof(*kinds); i++)
		if (strcmp(kind, kinds[i]) == 0)
			return true;
	return false;
}

static void copy_text(char *text, size_t size, const struct nlattr *attribute)
{
	snprintf(text, size, "%.*s", (int)mnl_attr_get_payload_len(attribute),
		 mnl_attr_get_str(attribute));
}

static unsigned get_index(const struct nlattr *attribute)
{
	return mnl_attr_get_payload_len(attribute) >= sizeof(__u32) ? mnl_attr_get_u32(attribute)
								    : 0;
}

static void read_link_info(const struct nlattr *nest, struct interface *interface)
{
	const struct nlattr *attribute;

	mnl_attr_for_each_nested(attribute, nest)
	{
		if (mnl_attr_get_type(attribute) == IFLA_INFO_KIND)
			copy_text(interface->kind, sizeof(interface->kind), attribute);
	}
}

static void read_link_attributes(const struct nlmsghdr *message, struct interface *interface)
{
	const struct nlattr *attribute;
	bool elsewhere = false; /* the lower one is in another network namespace */

	mnl_attr_for_each(attribute, message, sizeof(struct ifinfomsg))
	{
		switch (mnl_attr_get_type(attribute)) {
		case IFLA_IFNAME:
			copy_text(interface->name, sizeof(interface->name), attribute);
			break;
		case IFLA_MASTER:
			interface->master = get_index(attribute);
			break;
		case IFLA_LINK:
			interface->lower = get_index(attribute);
			break;
		case IFLA_LINK_NETNSID:
			elsewhere = true;
			break;
		case IFLA_LINKINFO:
			read_link_info(attribute, interface);
			break;
		default:
			break;
		}
	}
	if (elsewhere || !is_on_top(interface->kind))
		interface->lower = 0;
}

static int read_interface(const struct nlmsghdr *message, void *context)
{
	const struct ifinfomsg *link = mnl_nlmsg_get_payload(message);
	struct network *network = context;
	struct interface *interfaces;

	if (message->nlmsg_type != RTM_NEWLINK ||
	    mnl_nlmsg_get_payload_len(message) < sizeof(*link))
		return 0;
	interfaces =
		list_extend(network->interfaces, network->interface_count, sizeof(*interfaces));
	if (!interfaces)
		return -ENOMEM;
	network->interfaces = interfaces;
	interfaces += network->interface_count++;
	*interfaces =
		(struct interface){.ifindex = (unsigned)link->ifi_index, .flags = link->ifi_flags};
	read_link_attributes(message, interfaces);
	return 0;
}

static void forget_interfaces(void *context)
{
	struct network *network = context;

	network->interface_count = 0;
}

static int ask_interfaces(struct network *network)
{
	char buffer[256] __attribute__((aligned(MNL_ALIGNTO)));
	struct nlmsghdr *message = mnl_nlmsg_put_header(buffer);
	struct ifinfomsg *request = mnl_nlmsg_put_extra_header(message, sizeof(*request));

	message->nlmsg_type = RTM_GETLINK;
	message->nlmsg_flags = NLM_F_DUMP;
	request->ifi_family = AF_UNSPEC;
	mnl_attr_put_u32(message, IFLA_EXT_MASK, RTEXT_FILTER_SKIP_STATS);
	return netlink_ask(NETLINK_ROUTE, message, read_interface, forget_interfaces, network);
}

/* --- Addresses ----------------------------------------------------------------------------- */

static int read_address(const struct nlmsghdr *message, void *context)
{
	const struct ifaddrmsg *header = mnl_nlmsg_get_payload(message);
	const struct nlattr *attribute, *address = NULL;
	struct network *network = context;
	struct address_info *addresses;

	if (message->nlmsg_type != RTM_NEWADDR ||
	    mnl_nlmsg_get_payload_len(message) < sizeof(*header) ||
	    (header->ifa_family != AF_INET && header->ifa_family != AF_INET6))
		return 0;
	/* IFA_LOCAL where there is one: IFA_ADDRESS is then the other end of a point-to-point
	 * link. */
	mnl_attr_for_each(attribute, message, sizeof(*header))
	{
		unsigned type = mnl_attr_get_type(attribute);

		if (type == IFA_LOCAL || (type == IFA_ADDRESS && !address))
			address = attribute;
	}
	if (!address ||
	    mnl_attr_get_payload_len(address) < (header->ifa_family == AF_INET ? 4 : 16))
		return 0;
	addresses = list_extend(network->addresses, network->address_count, sizeof(*addresses));
	if (!addresses)
		return -ENOMEM;
	network->addresses = addresses;
	addresses[network->address_count++] = (struct address_info){
		header->ifa_index,
		endpoint_make(header->ifa_family, mnl_attr_get_payload(address), 0)};
	return 0;
}

static void forget_addresses(void *context)
{
	struct network *network = context;

	network->address_count = 0;
}

static int ask_addresses(struct network *network)
{
	char buffer[256] __attribute__((aligned(MNL_ALIGNTO)));
	struct nlmsghdr *message = mnl_nlmsg_put_header(buffer);
	struct ifaddrmsg *request = mnl_nlmsg_put_extra_header(message, sizeof(*request));

	message->nlmsg_type = RTM_GETADDR;
	message->nlmsg_flags = NLM_F_DUMP;
	request->ifa_family = AF_UNSPEC;
	return netlink_ask(NETLINK_ROUTE, message, read_address, forget_addresses, network);
}

/* --- The network --------------------------------------------------------------------------- */

static int by_ifindex(const void *a, const void *b)
{
	unsigned x = ((const struct interface *)a)->ifindex;
	unsigned y = ((const struct interface *)b)->ifindex;

	return (x > y) - (x < y);
}

int network_read(struct network *network, struct error *error)
{
	struct network found = {};
	int code = ask_interfaces(&found);

	if (!code)
		code = ask_addresses(&found);
	if (code) {
		network_free(&found);
		return error_set(error, code, "cannot list the interfaces and their addresses: %s",
				 strerror(-code));
	}
	if (found.interface_count)
		qsort(found.interfaces, found.interface_count, sizeof(*found.interfaces),
		      by_ifindex);
	*network = found;
	return 0;
}

void network_free(struct network *network)
{
	free(network->interfaces);
	free(network->addresses);
	*network = (struct network){};
}

const struct interface *network_interface(const struct network *network, unsigned ifindex)
{
	const struct interface key = {.ifindex = ifindex};

	if (!network->interface_count)
		return NULL;
	return bsearch(&key, network->interfaces, network->interface_count,
		       sizeof(*network->interfaces), by_ifindex);
}

bool network_is_local(const struct network *network, const struct endpoint *end)
{
	if (endpoint_is_loopback(end))
		return true;
	for (size_t i = 0; i < network->address_count; i++)
		if (endpoint_same_address(&network->addresses[i].address, end))
			return true;
	return false;
}

/* Walks from `upper` down: to what it is on top of, and to the ports of a bridge, bond or VRF. */
static bool carries(const struct network *network, unsigned ifindex, unsigned upper, unsigned depth)
{
	const struct interface *interface;

	if (upper == ifindex)
		return true;
	interface = depth < DEPTH_MAX ? network_interface(network, upper) : NULL;
	if (!interface)
		return false;
	if (interface->lower && carries(network, ifindex, interface->lower, depth + 1))
		return true;
	for (size_t i = 0; i < network->interface_count; i++)
		if (network->interfaces[i].master == upper &&
		    carries(network, ifindex, network->interfaces[i].ifindex, depth + 1))
			return true;
	return false;
}

bool network_carries(const struct network *network, unsigned ifindex, unsigned upper)
{
	return carries(network, ifindex, upper, 0);
}
