/* SPDX-License-Identifier: GPL-2.0-only */
#include <arpa/inet.h>
#include <errno.h>
#include <libmnl/libmnl.h>
#include <linux/rtnetlink.h>
#include <stddef.h>

#include "netlink.h"
#include "network.h"

/* The same in every network namespace. */
#define LOOPBACK_IFINDEX 1

struct answer {
	unsigned char type; /* RTN_* */
	unsigned ifindex;
};

static int read_route(const struct nlmsghdr *message, void *context)
{
	const struct rtmsg *route = mnl_nlmsg_get_payload(message);
	struct answer *answer = context;
	const struct nlattr *attribute;

	if (message->nlmsg_type != RTM_NEWROUTE ||
	    mnl_nlmsg_get_payload_len(message) < sizeof(*route))
		return 0;
	answer->type = route->rtm_type;
	mnl_attr_for_each(attribute, message, sizeof(*route))
	{
		if (mnl_attr_get_type(attribute) == RTA_OIF &&
		    mnl_attr_get_payload_len(attribute) >= sizeof(__u32))
			answer->ifindex = mnl_attr_get_u32(attribute);
	}
	return 0;
}

static void put_address(struct nlmsghdr *message, unsigned short type, const struct endpoint *end)
{
	mnl_attr_put(message, type, endpoint_address_length(end), end->address);
}

int network_route(const struct endpoint *remote, const struct endpoint *local, unsigned *ifindex)
{
	char buffer[256] __attribute__((aligned(MNL_ALIGNTO)));
	struct nlmsghdr *message = mnl_nlmsg_put_header(buffer);
	struct rtmsg *request = mnl_nlmsg_put_extra_header(message, sizeof(*request));
	struct answer answer = {};
	int code;

	message->nlmsg_type = RTM_GETROUTE;
	request->rtm_family = (unsigned char)endpoint_address_family(remote);
	request->rtm_dst_len = (unsigned char)(8 * endpoint_address_length(remote));
	put_address(message, RTA_DST, remote);
	if (local && local->family == remote->family && !endpoint_is_any(local)) {
		request->rtm_src_len = request->rtm_dst_len;
		put_address(message, RTA_SRC, local);
	}
	code = netlink_ask(NETLINK_ROUTE, message, read_route, NULL, &answer);
	if (code)
		return code;
	switch (answer.type) {
	case RTN_LOCAL:
		*ifindex = LOOPBACK_IFINDEX;
		return 0;
	case RTN_UNREACHABLE:
	case RTN_BLACKHOLE:
	case RTN_PROHIBIT:
		return -EHOSTUNREACH;
	default:
		if (!answer.ifindex)
			return -ENETUNREACH;
		*ifindex = answer.ifindex;
		return 0;
	}
}
