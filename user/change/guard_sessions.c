/* SPDX-License-Identifier: GPL-2.0-only */
/* Which sessions there are, and whose they are. */
#include "guard_parts.h"
#include "host/conntrack.h"
#include "host/session.h"
#include "host/sockets.h"
#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* --- What conntrack knows ------------------------------------------------------------------ */

/* A connection as the socket at this end sees it. */
struct view {
	const struct endpoint *local, *remote;
	const struct conntrack_tuple *wire; /* of inbound packets; NULL: this host opened it */
};
struct views {
	struct connection_list connections;
	struct view *list;
	size_t count;
};

static void views_free(struct views *views)
{
	connection_list_free(&views->connections);
	free(views->list);
}
#define _cleanup_views_ __attribute__((cleanup(views_free)))

static int compare_ends(const struct endpoint *a, const struct endpoint *b)
{
	int order = (int)a->family - (int)b->family;

	if (!order)
		order = memcmp(a->address, b->address, sizeof(a->address));
	return order ? order : (int)a->port - (int)b->port;
}

static int compare_views(const void *a, const void *b)
{
	const struct view *left = a, *right = b;
	int order = compare_ends(left->remote, right->remote);

	return order ? order : compare_ends(left->local, right->local);
}

/* Without conntrack there are none. */
static int views_read(struct views *views)
{
	size_t count;

	if (conntrack_list(&views->connections, NULL))
		return 0;
	count = views->connections.count;
	views->list = calloc(2 * count + 1, sizeof(*views->list));
	if (!views->list)
		return -ENOMEM;
	for (size_t i = 0; i < count; i++) {
		const struct connection *one = &views->connections.connections[i];

		/* Of one that was joined nobody saw who opened it; nor is it translated. */
		if (one->protocol != IPPROTO_TCP || one->joined)
			continue;
		views->list[views->count++] =
			(struct view){&one->reply.source, &one->reply.destination, &one->original};
		views->list[views->count++] =
			(struct view){&one->original.source, &one->original.destination, NULL};
	}
	qsort(views->list, views->count, sizeof(*views->list), compare_views);
	return 0;
}

static const struct view *find_view(const struct views *views, const struct socket_info *socket)
{
	const struct view wanted = {&socket->local, &socket->remote, NULL};

	return views->count
		       ? bsearch(&wanted, views->list, views->count, sizeof(wanted), compare_views)
		       : NULL;
}

/* --- Sockets ------------------------------------------------------------------------------- */

static bool is_in(const struct block_list *list, const struct endpoint *remote)
{
	const struct prefix address = endpoint_prefix(remote);

	return !list || block_list_find(list, &address) || block_list_holder(list, &address);
}

static bool is_open(const struct socket_info *socket)
{
	return socket->protocol == IPPROTO_TCP && !socket->raw &&
	       socket->state == SOCKET_ESTABLISHED && !endpoint_is_loopback(&socket->remote);
}

static bool is_named(const struct socket_info *socket, const struct session *named)
{
	return named && endpoint_equal(&socket->remote, &named->client) &&
	       endpoint_equal(&socket->local, &named->server);
}

/* The listening ones by themselves: few to search for each of the others. -ENOMEM. */
static int find_listening(const struct socket_list *sockets, struct socket_list *listening)
{
	listening->sockets = calloc(sockets->count + 1, sizeof(*listening->sockets));
	for (size_t i = 0; listening->sockets && i < sockets->count; i++)
		if (sockets->sockets[i].state == SOCKET_LISTEN)
			listening->sockets[listening->count++] = sockets->sockets[i];
	return listening->sockets ? 0 : -ENOMEM;
}

static void add_socket(const struct socket_list *listening, const struct socket_info *socket,
		       const struct views *views, const struct session *named,
		       struct guard_sessions *sessions)
{
	const struct view *view = find_view(views, socket);
	bool known = is_named(socket, named);
	struct guard_session *session = &sessions->list[sessions->count];

	if (!known &&
	    (view ? !view->wire : !sockets_listener(listening, IPPROTO_TCP, &socket->local)))
		return;
	*session = (struct guard_session){.remote = socket->remote,
					  .local = socket->local,
					  .inode = socket->inode,
					  .known = known,
					  .operators = known};
	if (view && view->wire) {
		session->remote = view->wire->source;
		session->local = view->wire->destination;
	}
	sessions->count++;
}

/* Keeps those that count. */
static void keep_open(struct socket_list *sockets, const struct block_list *list,
		      const struct session *named, struct guard_sessions *sessions)
{
	size_t kept = 0;

	for (size_t i = 0; i < sockets->count; i++) {
		const struct socket_info *socket = &sockets->sockets[i];

		if (!is_open(socket))
			continue;
		sessions->certain |= is_named(socket, named);
		if (is_in(list, &socket->remote))
			sockets->sockets[kept++] = *socket;
	}
	sockets->count = kept;
}

static int read_sockets(const struct block_list *list, const struct session *named,
			struct guard_sessions *sessions, const struct notes *notes)
{
	_cleanup_socket_list_ struct socket_list sockets = {NULL, 0}, listening = {NULL, 0};
	_cleanup_views_ struct views views = {.count = 0};
	struct error why = {""};
	int code;

	if (sockets_list(SOCKETS_LISTENING | SOCKETS_CONNECTED | SOCKETS_TCP, &sockets, &why)) {
		notes_add(notes, NOTE_WARNING, "cannot tell which sessions this cuts: %s",
			  why.text);
		sockets = (struct socket_list){NULL, 0};
	}
	code = find_listening(&sockets, &listening);
	keep_open(&sockets, list, named, sessions);
	/* One more for what SSH_CONNECTION says. */
	sessions->list = calloc(sockets.count + 1, sizeof(*sessions->list));
	if (code || !sessions->list)
		return -ENOMEM;
	if (sockets.count)
		code = views_read(&views);
	for (size_t i = 0; i < sockets.count && !code; i++)
		add_socket(&listening, &sockets.sockets[i], &views, named, sessions);
	return code;
}

int guard_sessions_read(const struct block_list *list, struct guard_sessions *sessions,
			const struct notes *notes, struct error *error)
{
	struct session named;
	bool found = session_find(&named);
	int code = read_sockets(list, found ? &named : NULL, sessions, notes);

	if (code)
		return error_set(error, code, "out of memory");
	/* It is not open, as after a reconnection under tmux, or cannot be seen from here. */
	if (found && !sessions->certain && !endpoint_is_loopback(&named.client) &&
	    is_in(list, &named.client))
		sessions->list[sessions->count++] = (struct guard_session){.remote = named.client,
									   .local = named.server,
									   .known = true,
									   .operators = true};
	return 0;
}

/* --- Whose they are ------------------------------------------------------------------------ */

/* OpenSSH from 9.8 on is several programs; the connection is with one of the latter two. */
static bool is_sshd(const struct process *process)
{
	static const char *const names[] = {"sshd", "sshd-session", "sshd-auth"};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (strcmp(process->name, names[i]) == 0)
			return true;
	return false;
}

static bool is_of_sshd(const struct process_list *holders, const struct guard_session *session)
{
	size_t count = 0;
	const struct socket_owner *owners = processes_owner(holders, session->inode, &count);

	for (size_t i = 0; i < count && owners; i++)
		if (is_sshd(&holders->processes[owners[i].process]))
			return true;
	return false;
}

static int compare_inodes(const void *a, const void *b)
{
	__u64 left = *(const __u64 *)a, right = *(const __u64 *)b;

	return (left > right) - (left < right);
}

int guard_find_holders(struct guard *guard, struct error *error)
{
	struct guard_sessions *sessions = &guard->sessions;
	__u64 *inodes = calloc(sessions->count + 1, sizeof(*inodes));
	size_t count = 0;
	int code = 0;

	if (!inodes)
		return error_set(error, -ENOMEM, "out of memory");
	for (size_t i = 0; i < sessions->count; i++) {
		const struct guard_session *session = &sessions->list[i];

		if (session->inode && (session->cut || session->tunnel))
			inodes[count++] = session->inode;
	}
	if (count) {
		qsort(inodes, count, sizeof(*inodes), compare_inodes);
		code = processes_find(inodes, count, &guard->holders, error);
	}
	free(inodes);
	for (size_t i = 0; i < sessions->count && !code && !sessions->certain; i++)
		sessions->list[i].operators |= is_of_sshd(&guard->holders, &sessions->list[i]);
	return code;
}

bool guard_holder(const struct guard *guard, const struct guard_session *session,
		  char text[GUARD_HOLDER_SIZE])
{
	const struct socket_owner *owner = processes_owner(&guard->holders, session->inode, NULL);
	const struct process *process = owner ? &guard->holders.processes[owner->process] : NULL;

	if (process)
		snprintf(text, GUARD_HOLDER_SIZE, "%s (pid %d)", process->name, (int)process->pid);
	return process;
}
