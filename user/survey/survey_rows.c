/* SPDX-License-Identifier: GPL-2.0-only */
/* Sockets, processes, rules and counters, joined. */
#include "host/conntrack.h"
#include "policy/scope.h"
#include "policy/text.h"
#include "survey.h"
#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

#define PORTS_EACH 64 /* NAT rules of so many ports get a row for each */

/* Programs that serve a port in place of a container. */
static const char *const proxies[] = {"docker-proxy", "rootlessport", "rootlesskit"};

/* --- Rows ---------------------------------------------------------------------------------- */

static struct audit_row *add_row(struct survey *survey, size_t *capacity)
{
	struct audit_model *model = &survey->model;

	if (model->row_count == *capacity) {
		size_t more = *capacity ? 2 * *capacity : 64;
		struct audit_row *grown = reallocarray(model->rows, more, sizeof(*grown));
		if (!grown)
			return NULL;
		model->rows = grown;
		*capacity = more;
	}
	memset(&model->rows[model->row_count], 0, sizeof(*model->rows));
	return &model->rows[model->row_count++];
}

/* The guarded NICs whose frames get to an interface; 0: any. */
static __u32 carriers_of(const struct survey *survey, unsigned ifindex)
{
	const struct audit_setting *setting = &survey->setting;
	__u32 carriers = 0;

	for (size_t i = 0; i < setting->nic_count; i++)
		if (!ifindex || !*setting->nics[i] ||
		    network_carries(&survey->network, if_nametoindex(setting->nics[i]), ifindex))
			carriers |= 1U << i;
	return carriers;
}

static void name_service(struct audit_row *row, __u8 proto)
{
	const struct protoent *entry = NULL;

	if (protocol_table(proto) < 0)
		entry = getprotobynumber(proto);
	snprintf(row->service, sizeof(row->service), "%s",
		 entry ? entry->p_name : text_protocol_name(proto));
}

static void name_holder(const struct survey *survey, const struct socket_info *socket,
			struct audit_row *row)
{
	const struct process *holder = survey_holder(survey, socket->inode, &row->holders);

	row->uid = socket->uid;
	if (holder) {
		snprintf(row->process, sizeof(row->process), "%s", holder->name);
		snprintf(row->unit, sizeof(row->unit), "%s", holder->unit);
		row->pid = holder->pid;
		row->uid = holder->uid;
	} else {
		row->holders = 0;
	}
	survey_user_name(row->uid, row->user);
	for (size_t i = 0; i < sizeof(proxies) / sizeof(proxies[0]); i++)
		if (strcmp(row->process, proxies[i]) == 0)
			row->found = FOUND_PROXY;
}

/* A UDP socket that waits for answers only. One that no process holds is the kernel's own
 * (WireGuard, VXLAN), and serves. */
static bool is_client(const struct survey *survey, const struct socket_info *socket,
		      const struct audit_row *row)
{
	enum { DHCP_CLIENT = 68, DHCPV6_CLIENT = 546 };
	bool kernel = !row->holders && !survey->processes.unreadable;

	if (socket->protocol != IPPROTO_UDP || socket->raw)
		return false;
	if (socket->local.port == DHCP_CLIENT || socket->local.port == DHCPV6_CLIENT)
		return true;
	return survey_is_ephemeral(survey, socket->local.port) && !kernel;
}

static void fill_socket(const struct survey *survey, const struct socket_info *socket,
			struct audit_row *row)
{
	struct listener *listener = &row->listener;
	const struct interface *device = network_interface(&survey->network, socket->ifindex);

	row->found = FOUND_SOCKET;
	row->sockets = 1;
	name_service(row, socket->protocol);
	name_holder(survey, socket, row);
	endpoint_print_address(&socket->local, row->address);
	row->dual = socket->dual;
	if (device)
		snprintf(row->device, sizeof(row->device), "%s", device->name);
	listener->proto = socket->protocol;
	listener->raw = socket->raw;
	listener->low = listener->high = socket->raw ? 0 : socket->local.port;
	listener->takes[0] = socket->local.family == 4 || socket->dual;
	listener->takes[1] = socket->local.family == 6;
	listener->local =
		endpoint_is_loopback(&socket->local) || (device && device->flags & IFF_LOOPBACK);
	listener->bound = socket->ifindex;
	listener->carriers = carriers_of(survey, socket->ifindex);
	listener->client = is_client(survey, socket, row);
	listener->counted = !socket->raw &&
			    survey_packets(survey, listener->proto, listener->low, listener->high,
					   &listener->passed, &listener->dropped);
}

static int add_sockets(struct survey *survey, size_t *capacity)
{
	for (size_t i = 0; i < survey->listening.count; i++) {
		const struct socket_info *socket = &survey->listening.sockets[i];
		struct audit_row *row;

		/* Such a socket only sends. */
		if (socket->raw && socket->protocol == IPPROTO_RAW)
			continue;
		row = add_row(survey, capacity);
		if (!row)
			return -ENOMEM;
		fill_socket(survey, socket, row);
	}
	return 0;
}

/* --- NAT ----------------------------------------------------------------------------------- */

static void fill_published(const struct survey *survey, const struct published_port *port,
			   unsigned low, unsigned high, struct audit_row *row)
{
	struct listener *listener = &row->listener;

	row->found = port->by == PUBLISHED_NFTABLES ? FOUND_NFTABLES : FOUND_IPTABLES;
	row->sockets = 1;
	name_service(row, port->protocol);
	snprintf(row->process, sizeof(row->process), "%s", port->to);
	if (port->address.family)
		endpoint_print_address(&port->address, row->address);
	else
		snprintf(row->address, sizeof(row->address), port->family == 6 ? "::" : "0.0.0.0");
	row->dual = !port->address.family && !port->family;
	if (row->dual)
		snprintf(row->address, sizeof(row->address), "::");
	snprintf(row->device, sizeof(row->device), "%s", port->interface);
	listener->proto = port->protocol;
	listener->low = (__u16)low;
	listener->high = (__u16)high;
	listener->takes[0] = port->family != 6;
	listener->takes[1] = port->family != 4;
	listener->local = port->address.family && endpoint_is_loopback(&port->address);
	listener->bound = *port->interface;
	listener->carriers =
		carriers_of(survey, *port->interface ? if_nametoindex(port->interface) : 0);
	listener->counted = survey_packets(survey, port->protocol, low, high, &listener->passed,
					   &listener->dropped);
}

/* The row of the proxy that serves the same port. */
static struct audit_row *find_proxy(const struct survey *survey, const struct published_port *port,
				    unsigned number)
{
	for (size_t i = 0; i < survey->model.row_count; i++) {
		struct audit_row *row = &survey->model.rows[i];
		if (row->found == FOUND_PROXY && row->listener.proto == port->protocol &&
		    row->listener.low == number)
			return row;
	}
	return NULL;
}

static int add_published_port(struct survey *survey, const struct published_port *port,
			      unsigned low, unsigned high, size_t *capacity)
{
	struct audit_row *proxy = find_proxy(survey, port, low), *row;

	if (proxy) {
		audit_add_note(proxy->notes, &proxy->note_count, "also %s (%s)", port->to,
			       port->by == PUBLISHED_NFTABLES ? "nftables" : "iptables");
		return 0;
	}
	row = add_row(survey, capacity);
	if (!row)
		return -ENOMEM;
	fill_published(survey, port, low, high, row);
	return 0;
}

static int add_published(struct survey *survey, size_t *capacity)
{
	int code = 0;

	for (size_t i = 0; i < survey->published.count && code == 0; i++) {
		const struct published_port *port = &survey->published.ports[i];
		unsigned step =
			port->high - port->low < PORTS_EACH ? 1 : port->high - port->low + 1U;
		for (unsigned low = port->low; low <= port->high && code == 0; low += step)
			code = add_published_port(survey, port, low, low + step - 1, capacity);
	}
	return code;
}

/* --- Peers --------------------------------------------------------------------------------- */

struct peers {
	bool ports[PORT_TABLE_COUNT][PORT_COUNT];
};

static void note_peer(struct peers *peers, __u8 proto, __u16 port)
{
	int table = protocol_table(proto);

	if (table >= 0)
		peers->ports[table][port] = true;
}

/* Connections to ports that NAT publishes have no socket here. */
static void find_forwarded(struct survey *survey, struct peers *peers)
{
	_cleanup_connection_list_ struct connection_list list = {NULL, 0};

	if (!survey->published.count || conntrack_list(&list, NULL))
		return;
	for (size_t i = 0; i < list.count; i++) {
		const struct connection *connection = &list.connections[i];
		const struct endpoint *to = &connection->original.destination;
		if (connection->replied && network_is_local(&survey->network, to) &&
		    !network_is_local(&survey->network, &connection->original.source))
			note_peer(peers, connection->protocol, to->port);
	}
}

static int find_peers(struct survey *survey)
{
	struct peers *peers = calloc(1, sizeof(*peers));

	if (!peers)
		return -ENOMEM;
	for (size_t i = 0; i < survey->connected.count; i++) {
		const struct socket_info *socket = &survey->connected.sockets[i];
		if (!socket->raw && survey_is_outside(survey, socket))
			note_peer(peers, socket->protocol, socket->local.port);
	}
	find_forwarded(survey, peers);
	for (size_t i = 0; i < survey->model.row_count; i++) {
		struct listener *listener = &survey->model.rows[i].listener;
		int table = protocol_table(listener->proto);
		for (unsigned port = listener->low; table >= 0 && port <= listener->high; port++)
			listener->has_peers |= peers->ports[table][port];
	}
	free(peers);
	return 0;
}

/* --- The whole ----------------------------------------------------------------------------- */

static int compare_rows(const void *a, const void *b)
{
	const struct audit_row *left = a, *right = b;
	int order = protocol_compare(left->listener.proto, right->listener.proto);

	if (order == 0)
		order = audit_listener_compare(&left->listener, &right->listener);
	if (order == 0)
		order = left->dual - right->dual;
	if (order == 0)
		order = strcmp(left->address, right->address);
	if (order == 0)
		order = strcmp(left->device, right->device);
	return order ? order : strcmp(left->process, right->process);
}

/* Sockets that share a port (SO_REUSEPORT) are one row. */
static void merge_rows(struct audit_model *model)
{
	size_t kept = 0;

	for (size_t i = 0; i < model->row_count; i++) {
		struct audit_row *row = &model->rows[i], *last = kept ? row - (i - kept + 1) : NULL;

		if (last && compare_rows(last, row) == 0 && last->found == row->found) {
			last->sockets++;
			if (last->pid != row->pid)
				last->holders += row->holders;
			continue;
		}
		model->rows[kept++] = *row;
	}
	model->row_count = kept;
}

static int compare_listeners(const void *a, const void *b)
{
	return audit_listener_compare(*(const struct listener *const *)a,
				      *(const struct listener *const *)b);
}

/* Whom each rule serves. */
static int find_uses(struct survey *survey)
{
	struct audit_model *model = &survey->model;
	const struct listener **listeners = calloc(model->row_count + 1, sizeof(*listeners));
	int code = listeners ? 0 : -ENOMEM;
	__u64 dropped;

	for (size_t i = 0; code == 0 && i < model->row_count; i++)
		listeners[i] = &model->rows[i].listener;
	if (code == 0) {
		qsort(listeners, model->row_count, sizeof(*listeners), compare_listeners);
		code = audit_rules(survey->setting.policy, listeners, model->row_count,
				   &model->uses);
	}
	free(listeners);
	if (code)
		return code;
	model->stale_passed = calloc(model->uses.count + 1, sizeof(*model->stale_passed));
	if (!model->stale_passed)
		return -ENOMEM;
	for (size_t i = 0; i < model->uses.count; i++) {
		const struct rule *rule = model->uses.list[i].rule;
		if (model->uses.list[i].stale)
			survey_packets(survey, rule->proto, rule->low, rule->high,
				       &model->stale_passed[i], &dropped);
	}
	return 0;
}

int survey_rows(struct survey *survey)
{
	struct audit_model *model = &survey->model;
	size_t capacity = 0;
	int code = add_sockets(survey, &capacity);

	if (code == 0)
		code = add_published(survey, &capacity);
	if (code == 0 && model->row_count) {
		qsort(model->rows, model->row_count, sizeof(*model->rows), compare_rows);
		merge_rows(model);
		code = find_peers(survey);
	}
	for (size_t i = 0; i < model->row_count && code == 0; i++)
		code = audit_judge(&survey->setting, &model->rows[i].listener);
	return code ? code : find_uses(survey);
}
