/* SPDX-License-Identifier: GPL-2.0-only */
#include "conntrack.h"

#include <arpa/inet.h>
#include <errno.h>
#include <libmnl/libmnl.h>
#include <linux/netfilter/nf_conntrack_common.h>
#include <linux/netfilter/nf_conntrack_tcp.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/netfilter/nfnetlink_conntrack.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/list.h"
#include "netlink.h"

/* What is loaded or, having parameters, built in. */
#define MODULES "/sys/module"

#define ICMP_ECHO_REQUEST 8
#define ICMP_ECHO_REPLY 0
#define ICMP6_ECHO_REQUEST 128
#define ICMP6_ECHO_REPLY 129

/* --- One connection ------------------------------------------------------------------------ */

/* The protocol's part of a tuple. */
struct tuple_protocol {
	__u8 number;
	__u16 source_port, destination_port;
	__u8 icmp_type;
	__u16 icmp_id;
};

static __u8 get_u8(const struct nlattr *attribute)
{
	return mnl_attr_get_payload_len(attribute) >= 1 ? mnl_attr_get_u8(attribute) : 0;
}

static __u16 get_be16(const struct nlattr *attribute)
{
	return mnl_attr_get_payload_len(attribute) >= 2 ? ntohs(mnl_attr_get_u16(attribute)) : 0;
}

static __u32 get_be32(const struct nlattr *attribute)
{
	return mnl_attr_get_payload_len(attribute) >= 4 ? ntohl(mnl_attr_get_u32(attribute)) : 0;
}

static void read_addresses(const struct nlattr *nest, struct conntrack_tuple *tuple)
{
	const struct nlattr *attribute;

	mnl_attr_for_each_nested(attribute, nest)
	{
		unsigned type = mnl_attr_get_type(attribute);
		bool source = type == CTA_IP_V4_SRC || type == CTA_IP_V6_SRC;
		bool four = type == CTA_IP_V4_SRC || type == CTA_IP_V4_DST;

		if (mnl_attr_get_payload_len(attribute) < (four ? 4 : 16))
			continue;
		*(source ? &tuple->source : &tuple->destination) = endpoint_make(
			four ? AF_INET : AF_INET6, mnl_attr_get_payload(attribute), 0);
	}
}

static void read_protocol(const struct nlattr *nest, struct tuple_protocol *protocol)
{
	const struct nlattr *attribute;

	mnl_attr_for_each_nested(attribute, nest)
	{
		switch (mnl_attr_get_type(attribute)) {
		case CTA_PROTO_NUM:
			protocol->number = get_u8(attribute);
			break;
		case CTA_PROTO_SRC_PORT:
			protocol->source_port = get_be16(attribute);
			break;
		case CTA_PROTO_DST_PORT:
			protocol->destination_port = get_be16(attribute);
			break;
		case CTA_PROTO_ICMP_TYPE:
		case CTA_PROTO_ICMPV6_TYPE:
			protocol->icmp_type = get_u8(attribute);
			break;
		case CTA_PROTO_ICMP_ID:
		case CTA_PROTO_ICMPV6_ID:
			protocol->icmp_id = get_be16(attribute);
			break;
		default:
			break;
		}
	}
}

static bool is_echo(const struct tuple_protocol *protocol)
{
	switch (protocol->number) {
	case IPPROTO_ICMP:
		return protocol->icmp_type == ICMP_ECHO_REQUEST ||
		       protocol->icmp_type == ICMP_ECHO_REPLY;
	case IPPROTO_ICMPV6:
		return protocol->icmp_type == ICMP6_ECHO_REQUEST ||
		       protocol->icmp_type == ICMP6_ECHO_REPLY;
	default:
		return false;
	}
}

static bool has_ports(__u8 protocol)
{
	return protocol == IPPROTO_TCP || protocol == IPPROTO_UDP || protocol == IPPROTO_SCTP;
}

static void read_tuple(const struct nlattr *nest, struct conntrack_tuple *tuple, __u8 *number)
{
	struct tuple_protocol protocol = {};
	const struct nlattr *attribute;

	mnl_attr_for_each_nested(attribute, nest)
	{
		unsigned type = mnl_attr_get_type(attribute);

		if (type == CTA_TUPLE_IP)
			read_addresses(attribute, tuple);
		else if (type == CTA_TUPLE_PROTO)
			read_protocol(attribute, &protocol);
	}
	*number = protocol.number;
	if (has_ports(protocol.number)) {
		tuple->source.port = protocol.source_port;
		tuple->destination.port = protocol.destination_port;
	} else if (is_echo(&protocol)) {
		tuple->source.port = protocol.icmp_id;
		tuple->destination.port = protocol.icmp_id;
	}
}

/* CTA_PROTOINFO_TCP. The kernel is liberal, in both directions, with connections whose beginning it
 * has not seen (tcp_new() in nf_conntrack_proto_tcp.c). */
static void read_tcp(const struct nlattr *nest, struct connection *connection)
{
	const struct nlattr *attribute;

	mnl_attr_for_each_nested(attribute, nest)
	{
		unsigned type = mnl_attr_get_type(attribute);

		if (type == CTA_PROTOINFO_TCP_STATE)
			connection->tcp_state = get_u8(attribute);
		else if (type == CTA_PROTOINFO_TCP_FLAGS_ORIGINAL)
			connection->joined = get_u8(attribute) & IP_CT_TCP_FLAG_BE_LIBERAL;
	}
}

static void read_protocol_info(const struct nlattr *nest, struct connection *connection)
{
	const struct nlattr *attribute;

	mnl_attr_for_each_nested(attribute, nest)
	{
		if (mnl_attr_get_type(attribute) == CTA_PROTOINFO_TCP)
			read_tcp(attribute, connection);
	}
}

static void read_attribute(const struct nlattr *attribute, struct connection *connection)
{
	__u8 number;

	switch (mnl_attr_get_type(attribute)) {
	case CTA_TUPLE_ORIG:
		read_tuple(attribute, &connection->original, &connection->protocol);
		break;
	case CTA_TUPLE_REPLY:
		read_tuple(attribute, &connection->reply, &number);
		break;
	case CTA_STATUS:
		connection->replied = get_be32(attribute) & IPS_SEEN_REPLY;
		break;
	case CTA_TIMEOUT:
		connection->timeout = get_be32(attribute);
		break;
	case CTA_PROTOINFO:
		read_protocol_info(attribute, connection);
		break;
	default:
		break;
	}
}

/* --- The list ------------------------------------------------------------------------------ */

static int read_connection(const struct nlmsghdr *message, void *context)
{
	struct connection_list *list = context;
	struct connection connection = {}, *connections;
	const struct nlattr *attribute;

	mnl_attr_for_each(attribute, message, sizeof(struct nfgenmsg))
		read_attribute(attribute, &connection);
	if (!connection.original.source.family || !connection.reply.source.family)
		return 0;
	connections = list_extend(list->connections, list->count, sizeof(connection));
	if (!connections)
		return -ENOMEM;
	list->connections = connections;
	connections[list->count++] = connection;
	return 0;
}

static void restart(void *context)
{
	struct connection_list *list = context;

	list->count = 0;
}

/* Whether conntrack is there: to ask would load it. Where sysfs cannot tell, it may be. */
static bool conntrack_exists(void)
{
	return access(MODULES "/nf_conntrack", F_OK) == 0 || access(MODULES, F_OK) != 0;
}

static int ask(unsigned type, unsigned flags, netlink_each each, void (*again)(void *),
	       void *context)
{
	char buffer[MNL_NLMSG_HDRLEN + MNL_ALIGN(sizeof(struct nfgenmsg))]
		__attribute__((aligned(MNL_ALIGNTO)));
	struct nlmsghdr *message = mnl_nlmsg_put_header(buffer);
	struct nfgenmsg *request = mnl_nlmsg_put_extra_header(message, sizeof(*request));

	message->nlmsg_type = (__u16)(NFNL_SUBSYS_CTNETLINK << 8 | type);
	message->nlmsg_flags = (__u16)flags;
	request->nfgen_family = AF_UNSPEC;
	request->version = NFNETLINK_V0;
	return netlink_ask(NETLINK_NETFILTER, message, each, again, context);
}

static int read_count(const struct nlmsghdr *message, void *context)
{
	const struct nlattr *attribute;
	__u32 *count = context;

	mnl_attr_for_each(attribute, message, sizeof(struct nfgenmsg))
	{
		if (mnl_attr_get_type(attribute) == CTA_STATS_GLOBAL_ENTRIES)
			*count = get_be32(attribute);
	}
	return 0;
}

/* A dump walks over the hash table of all network namespaces, 12 ms for the usual 262,144 buckets;
 * this one may well track nothing. */
static int ask_all(struct connection_list *list)
{
	__u32 count = 0;
	int code = ask(IPCTNL_MSG_CT_GET_STATS, 0, read_count, NULL, &count);

	if (code || !count)
		return code;
	return ask(IPCTNL_MSG_CT_GET, NLM_F_DUMP, read_connection, restart, list);
}

int conntrack_list(struct connection_list *list, struct error *error)
{
	struct connection_list found = {};
	int code = conntrack_exists() ? ask_all(&found) : 0;

	/* What nfnetlink says where it has no such subsystem. */
	if (code == -EINVAL || netlink_unsupported(code)) {
		found.count = 0;
		code = 0;
	}
	if (code) {
		connection_list_free(&found);
		return error_set(error, code, "cannot list the tracked connections: %s",
				 strerror(-code));
	}
	*list = found;
	return 0;
}

void connection_list_free(struct connection_list *list)
{
	free(list->connections);
	*list = (struct connection_list){};
}
