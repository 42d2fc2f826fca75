/* SPDX-License-Identifier: GPL-2.0-only */
#include "socket_kill.h"

#include <arpa/inet.h>
#include <libmnl/libmnl.h>
#include <linux/inet_diag.h>
#include <linux/sock_diag.h>
#include <netinet/in.h>
#include <string.h>

#include "netlink.h"

static int ignore(const struct nlmsghdr *message, void *context)
{
	(void)message;
	(void)context;
	return 0;
}

int socket_kill(const struct socket_info *socket)
{
	char buffer[256];
	struct nlmsghdr *request = mnl_nlmsg_put_header(buffer);
	struct inet_diag_req_v2 *body = mnl_nlmsg_put_extra_header(request, sizeof(*body));

	request->nlmsg_type = SOCK_DESTROY;
	request->nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK;
	body->sdiag_family = socket->local.family == 4 ? AF_INET : AF_INET6;
	body->sdiag_protocol = IPPROTO_TCP;
	body->idiag_states = ~0u;
	body->id.idiag_sport = htons(socket->local.port);
	body->id.idiag_dport = htons(socket->remote.port);
	memcpy(body->id.idiag_src, socket->local.address, sizeof(body->id.idiag_src));
	memcpy(body->id.idiag_dst, socket->remote.address, sizeof(body->id.idiag_dst));
	body->id.idiag_if = socket->ifindex;
	body->id.idiag_cookie[0] = body->id.idiag_cookie[1] = INET_DIAG_NOCOOKIE;
	return netlink_ask(NETLINK_SOCK_DIAG, request, ignore, NULL, NULL);
}
