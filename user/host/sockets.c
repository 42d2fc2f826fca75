/* SPDX-License-Identifier: GPL-2.0-only */
#include "sockets.h"

#include <arpa/inet.h>
#include <errno.h>
#include <libmnl/libmnl.h>
#include <linux/inet_diag.h>
#include <linux/sock_diag.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

#include "base/list.h"
#include "netlink.h"
#include "sockets_proc.h"

/* A connection that the listener's queue holds until the handshake ends; reported as SYN_RECV. */
#define STATE_NEW_SYN_RECV 12
#define STATE_BIT(state) (1u << (state))
#define STATES_CONNECTED                                                                       \
	((STATE_BIT(STATE_NEW_SYN_RECV + 1) - 1) & ~STATE_BIT(0) & ~STATE_BIT(SOCKET_LISTEN) & \
	 ~STATE_BIT(SOCKET_CLOSE) & ~STATE_BIT(SOCKET_TIME_WAIT))

static const int families[] = {AF_INET, AF_INET6};
#define FAMILY_COUNT (sizeof(families) / sizeof(*families))

/* What listens has this state. */
static enum socket_state listening_state(__u8 protocol, bool raw)
{
	return raw || protocol == IPPROTO_UDP ? SOCKET_CLOSE : SOCKET_LISTEN;
}

static bool is_listening(const struct socket_info *info)
{
	return info->state == listening_state(info->protocol, info->raw);
}

/* --- Collecting ---------------------------------------------------------------------------- */

static bool is_chosen(const struct socket_collector *collector, const struct socket_info *info)
{
	if (is_listening(info))
		return collector->choice & SOCKETS_LISTENING;
	return (collector->choice & SOCKETS_CONNECTED) &&
	       (STATE_BIT(info->state) & STATES_CONNECTED);
}

int socket_collect(struct socket_collector *collector, const struct socket_info *info)
{
	struct socket_list *list = &collector->list;
	struct socket_info *sockets;

	if (!is_chosen(collector, info))
		return 0;
	sockets = list_extend(list->sockets, list->count, sizeof(*sockets));
	if (!sockets)
		return -ENOMEM;
	list->sockets = sockets;
	sockets[list->count++] = *info;
	return 0;
}

/* --- sock_diag ----------------------------------------------------------------------------- */

/* One dump. */
struct dump {
	struct socket_collector *collector;
	size_t before; /* sockets that were collected before it */
	__u8 protocol;
	bool raw;
};

static void restart(void *context)
{
	struct dump *dump = context;

	dump->collector->list.count = dump->before;
}

/* An association's state is in SCTP's own numbers (enum sctp_state: 3 is ESTABLISHED, higher ones
 * are shutting down); the endpoint that it belongs to has no peer. */
static __u8 sctp_state(const struct inet_diag_msg *diag)
{
	if (!diag->id.idiag_dport)
		return diag->idiag_state;
	return diag->idiag_state < 3 ? SOCKET_SYN_SENT : SOCKET_ESTABLISHED;
}

/* Ports and addresses. A raw socket has its protocol in the place of the port. */
static void read_ends(const struct inet_diag_msg *diag, struct socket_info *info)
{
	const struct inet_diag_sockid *id = &diag->id;
	__u16 local_port = info->raw ? 0 : ntohs(id->idiag_sport);
	__u16 remote_port = info->raw ? 0 : ntohs(id->idiag_dport);

	info->local = endpoint_make(diag->idiag_family, id->idiag_src, local_port);
	info->remote = endpoint_make(diag->idiag_family, id->idiag_dst, remote_port);
	/* ::ffff:192.0.2.1 without a peer, which is :: then. */
	if (info->local.family == 4 && endpoint_is_any(&info->remote))
		info->remote.family = 4;
}

static void read_attributes(const struct nlmsghdr *message, struct socket_info *info)
{
	const struct nlattr *attribute;

	mnl_attr_for_each(attribute, message, sizeof(struct inet_diag_msg))
	{
		unsigned type = mnl_attr_get_type(attribute);

		if (mnl_attr_get_payload_len(attribute) < sizeof(__u8))
			continue;
		if (type == INET_DIAG_SKV6ONLY)
			info->dual = info->local.family == 6 && endpoint_is_any(&info->local) &&
				     !mnl_attr_get_u8(attribute);
		else if (type == INET_DIAG_PROTOCOL && info->raw)
			info->protocol = mnl_attr_get_u8(attribute);
	}
}

static int read_socket(const struct nlmsghdr *message, void *context)
{
	const struct inet_diag_msg *diag = mnl_nlmsg_get_payload(message);
	const struct dump *dump = context;
	struct socket_info info = {.protocol = dump->protocol, .raw = dump->raw};

	if (mnl_nlmsg_get_payload_len(message) < sizeof(*diag))
		return 0;
	if (dump->raw)
		info.protocol = (__u8)ntohs(diag->id.idiag_sport);
	info.state =
		info.protocol == IPPROTO_SCTP && !info.raw ? sctp_state(diag) : diag->idiag_state;
	info.ifindex = diag->id.idiag_if;
	info.uid = diag->idiag_uid;
	info.inode = diag->idiag_inode;
	read_ends(diag, &info);
	read_attributes(message, &info);
	return socket_collect(dump->collector, &info);
}

static int ask(struct socket_collector *collector, int family, __u8 protocol)
{
	bool raw = protocol == IPPROTO_RAW;
	struct dump dump = {collector, collector->list.count, protocol, raw};
	char buffer[MNL_NLMSG_HDRLEN + MNL_ALIGN(sizeof(struct inet_diag_req_v2))]
		__attribute__((aligned(MNL_ALIGNTO)));
	struct nlmsghdr *message = mnl_nlmsg_put_header(buffer);
	struct inet_diag_req_v2 *request = mnl_nlmsg_put_extra_header(message, sizeof(*request));

	message->nlmsg_type = SOCK_DIAG_BY_FAMILY;
	message->nlmsg_flags = NLM_F_DUMP;
	request->sdiag_family = (__u8)family;
	request->sdiag_protocol = protocol;
	if (collector->choice & SOCKETS_LISTENING)
		request->idiag_states |= STATE_BIT(listening_state(protocol, raw));
	if (collector->choice & SOCKETS_CONNECTED)
		request->idiag_states |= STATES_CONNECTED;
	return netlink_ask(NETLINK_SOCK_DIAG, message, read_socket, restart, &dump);
}

/* --- The list ------------------------------------------------------------------------------ */

/* A protocol of transport, of both families. */
static int read_protocol(struct socket_collector *collector, __u8 protocol)
{
	int code = 0;

	for (size_t i = 0; i < FAMILY_COUNT && !code; i++)
		code = ask(collector, families[i], protocol);
	if (!netlink_unsupported(code))
		return code;
	return protocol == IPPROTO_SCTP ? 0 : -EOPNOTSUPP;
}

static int read_raw(struct socket_collector *collector)
{
	int code = 0;

	for (size_t i = 0; i < FAMILY_COUNT && !code; i++) {
		code = ask(collector, families[i], IPPROTO_RAW);
		if (netlink_unsupported(code))
			code = sockets_read_proc_raw(families[i], collector);
	}
	return code;
}

int sockets_list(unsigned choice, struct socket_list *list, struct error *error)
{
	static const struct {
		__u8 protocol;
		const char *name;
	} protocols[] = {{IPPROTO_TCP, "TCP"}, {IPPROTO_UDP, "UDP"}, {IPPROTO_SCTP, "SCTP"}};
	struct socket_collector collector = {.choice = choice};
	size_t count = choice & SOCKETS_TCP ? 1 : sizeof(protocols) / sizeof(*protocols);
	const char *name = "raw";
	int code = 0;

	for (size_t i = 0; i < count && !code; i++) {
		code = read_protocol(&collector, protocols[i].protocol);
		if (code)
			name = protocols[i].name;
	}
	if (!code && !(choice & SOCKETS_TCP))
		code = read_raw(&collector);
	if (code) {
		socket_list_free(&collector.list);
		return error_set(error, code, "cannot list the %s sockets: %s", name,
				 strerror(-code));
	}
	*list = collector.list;
	return 0;
}

void socket_list_free(struct socket_list *list)
{
	free(list->sockets);
	*list = (struct socket_list){};
}

const struct socket_info *sockets_listener(const struct socket_list *listening, __u8 protocol,
					   const struct endpoint *local)
{
	const struct socket_info *any = NULL;

	for (size_t i = 0; i < listening->count; i++) {
		const struct socket_info *info = &listening->sockets[i];

		if (info->raw || info->protocol != protocol || info->local.port != local->port ||
		    !is_listening(info))
			continue;
		if (endpoint_same_address(&info->local, local))
			return info;
		if (endpoint_is_any(&info->local) &&
		    (info->dual || info->local.family == local->family))
			any = info;
	}
	return any;
}
