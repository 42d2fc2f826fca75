/* SPDX-License-Identifier: GPL-2.0-only */
#include "probe.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define SILENCE_MS 150	 /* where none is expected to answer */
#define PATIENCE_MS 8000 /* where an answer is */
#define DATAGRAM_MAX 65536

static const int families[] = {AF_INET, AF_INET6};

union address {
	struct sockaddr any;
	struct sockaddr_in v4;
	struct sockaddr_in6 v6;
};

/* Of a host on the link in use; host NULL: any address. */
static union address address_of(const struct testbed *bed, const struct host *host, int family,
				unsigned port)
{
	int number = host == &bed->guarded ? 1 : 2;
	union address address = {.any = {.sa_family = (sa_family_t)family}};
	char text[64];

	if (family == AF_INET) {
		snprintf(text, sizeof(text), host ? "10.77.%u.%d" : "0.0.0.0", bed->link, number);
		inet_pton(AF_INET, text, &address.v4.sin_addr);
		address.v4.sin_port = htons((uint16_t)port);
	} else {
		snprintf(text, sizeof(text), host ? "fd77:%u::%d" : "::", bed->link, number);
		inet_pton(AF_INET6, text, &address.v6.sin6_addr);
		address.v6.sin6_port = htons((uint16_t)port);
	}
	return address;
}

/* The peer's address that probes come from, where it is not left to the kernel. */
static void bind_source(const char *source, int fd)
{
	bool six = source && strchr(source, ':');
	union address from = {.any = {.sa_family = six ? AF_INET6 : AF_INET}};
	void *address = six ? (void *)&from.v6.sin6_addr : (void *)&from.v4.sin_addr;

	if (!source)
		return;
	assert_int_equal(inet_pton(from.any.sa_family, source, address), 1);
	if (bind(fd, &from.any, sizeof(from)))
		fail_msg("cannot bind to %s: %s", source, strerror(errno));
}

static bool uses_family(const char *source, int family)
{
	return !source || (family == AF_INET6) == !!strchr(source, ':');
}

static int open_socket(const struct testbed *bed, const struct host *host, int family, int type)
{
	int one = 1;

	host_enter(bed, host);
	int fd = socket(family, type | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	host_leave(bed);
	assert_true(fd >= 0);
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
	if (family == AF_INET6)
		setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &one, sizeof(one));
	return fd;
}

void listen_on(struct testbed *bed, int type, unsigned port)
{
	for (size_t i = 0; i < 2; i++) {
		union address address = address_of(bed, NULL, families[i], port);
		int fd = open_socket(bed, &bed->guarded, families[i], type);

		if (bind(fd, &address.any, sizeof(address)) || (type == TCP && listen(fd, 1024)))
			fail_msg("cannot listen on port %u: %s", port, strerror(errno));
		assert_true(bed->listener_count <
			    sizeof(bed->listeners) / sizeof(bed->listeners[0]));
		bed->listeners[bed->listener_count++] = (struct listener){type, fd};
	}
}

/* --- Probes -------------------------------------------------------------------------------- */

struct attempt {
	const struct probe *probe;
	const char *source; /* NULL: any address of the peer */
	int family, fd;
	bool settled;
	enum answer found;
};

static const char payload[DATAGRAM_MAX];

static void attempt_start(const struct testbed *bed, struct attempt *attempt)
{
	union address to = address_of(bed, &bed->guarded, attempt->family, attempt->probe->port);

	attempt->fd = open_socket(bed, &bed->peer, attempt->family, attempt->probe->type);
	bind_source(attempt->source, attempt->fd);
	if (connect(attempt->fd, &to.any, sizeof(to)) && errno != EINPROGRESS)
		fail_msg("cannot connect: %s", strerror(errno));
	if (attempt->probe->type == UDP && send(attempt->fd, payload, bed->datagram, 0) < 0)
		fail_msg("cannot send: %s", strerror(errno));
}

static void attempt_settle(const struct testbed *bed, struct attempt *attempt)
{
	static char buffer[DATAGRAM_MAX];
	int error = 0;
	socklen_t size = sizeof(error);

	if (attempt->probe->type == TCP) {
		getsockopt(attempt->fd, SOL_SOCKET, SO_ERROR, &error, &size);
	} else {
		ssize_t length = recv(attempt->fd, buffer, sizeof(buffer), 0);
		error = length < 0 ? errno : (size_t)length == bed->datagram ? 0 : EMSGSIZE;
	}
	attempt->settled = error != EAGAIN;
	if (error == 0)
		attempt->found = OPEN;
	else if (error == ECONNREFUSED)
		attempt->found = REFUSED;
}

static void echo(int fd)
{
	static char buffer[DATAGRAM_MAX];
	union address from;
	socklen_t size = sizeof(from);
	ssize_t length = recvfrom(fd, buffer, sizeof(buffer), 0, &from.any, &size);

	if (length >= 0)
		sendto(fd, buffer, (size_t)length, 0, &from.any, size);
}

/* One round of what the sockets have to say. */
static void listen_once(struct testbed *bed, struct attempt *attempts, size_t count, int timeout)
{
	struct pollfd *polls = calloc(count + bed->listener_count, sizeof(*polls));
	size_t total = count;

	for (size_t i = 0; i < count; i++) {
		polls[i].fd = attempts[i].settled ? -1 : attempts[i].fd;
		polls[i].events = attempts[i].probe->type == TCP ? POLLOUT : POLLIN;
	}
	for (size_t i = 0; i < bed->listener_count; i++)
		if (bed->listeners[i].type == UDP)
			polls[total++] = (struct pollfd){bed->listeners[i].fd, POLLIN, 0};
	poll(polls, total, timeout);
	for (size_t i = 0; i < count; i++)
		if (polls[i].revents)
			attempt_settle(bed, &attempts[i]);
	for (size_t i = count; i < total; i++)
		if (polls[i].revents)
			echo(polls[i].fd);
	free(polls);
}

/* Whether there is something left to wait for, after so many milliseconds. */
static bool pending(const struct attempt *attempts, size_t count, int64_t elapsed, int64_t patience)
{
	bool answers = false, silence = false;

	for (size_t i = 0; i < count; i++) {
		bool silent = attempts[i].probe->expected == FILTERED;
		answers |= !silent && !attempts[i].settled;
		silence |= silent;
	}
	return (answers && elapsed < patience) || (silence && elapsed < SILENCE_MS);
}

/* A datagram may be lost, on a machine that has too much to do for one. Where an answer is expected
 * it is sent once more. */
static void send_again(const struct testbed *bed, const struct attempt *attempts, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (!attempts[i].settled && attempts[i].probe->type == UDP &&
		    attempts[i].probe->expected != FILTERED)
			send(attempts[i].fd, payload, bed->datagram, 0);
}

/* Knocks for each probe with each family in use, and waits for all answers. `sources`: where each
 * comes from; NULL: all from bed->source. To be freed. */
static struct attempt *attempts_make(struct testbed *bed, const struct probe *probes,
				     const char *const *sources, size_t *count, int64_t patience)
{
	struct attempt *attempts = calloc(2 * *count, sizeof(*attempts));
	int64_t start = now_ms();
	bool again = false;
	size_t total = 0;

	for (size_t i = 0; i < 2 * *count; i++) {
		const char *source = sources ? sources[i / 2] : bed->source;
		if (!uses_family(source, families[i % 2]))
			continue;
		attempts[total].probe = &probes[i / 2];
		attempts[total].source = source;
		attempts[total].family = families[i % 2];
		attempt_start(bed, &attempts[total++]);
		if (total % 32 == 0) /* no more in flight than a queue of the NIC holds */
			listen_once(bed, attempts, total, 0);
	}
	while (pending(attempts, total, now_ms() - start, patience)) {
		listen_once(bed, attempts, total, 20);
		if (!again && now_ms() - start > patience / 2) {
			send_again(bed, attempts, total);
			again = true;
		}
	}
	for (size_t i = 0; i < total; i++)
		close(attempts[i].fd);
	*count = total;
	return attempts;
}

/* Frees the attempts. */
static void attempts_judge(struct attempt *attempts, size_t count, const char *file, int line)
{
	static const char *const names[] = {"filtered", "open", "refused"};
	unsigned wrong = 0;

	for (size_t i = 0; i < count; i++) {
		const struct attempt *attempt = &attempts[i];
		if (attempt->found == attempt->probe->expected || ++wrong > 20)
			continue;
		print_error("%s %u over %s%s%s: %s expected, %s found\n",
			    attempt->probe->type == TCP ? "tcp" : "udp", attempt->probe->port,
			    attempt->family == AF_INET ? "IPv4" : "IPv6",
			    attempt->source ? " from " : "", attempt->source ? attempt->source : "",
			    names[attempt->probe->expected], names[attempt->found]);
	}
	free(attempts);
	if (wrong)
		_fail(file, line);
}

void probes_check(struct testbed *bed, const struct probe *probes, size_t count, const char *file,
		  int line)
{
	struct attempt *attempts = attempts_make(bed, probes, NULL, &count, PATIENCE_MS);

	attempts_judge(attempts, count, file, line);
}

void knockers_check(struct testbed *bed, int type, unsigned port, const struct knocker *knockers,
		    size_t count, const char *file, int line)
{
	struct probe *probes = calloc(count, sizeof(*probes));
	const char **sources = calloc(count, sizeof(*sources));

	for (size_t i = 0; i < count; i++) {
		probes[i] = (struct probe){type, port, knockers[i].expected};
		sources[i] = knockers[i].source;
	}
	struct attempt *attempts = attempts_make(bed, probes, sources, &count, PATIENCE_MS);
	attempts_judge(attempts, count, file, line);
	free(probes);
	free(sources);
}

bool knock(struct testbed *bed, int type, unsigned port, enum answer expected)
{
	struct probe probe = {type, port, expected};
	bool as_expected = true;
	size_t count = 1;
	struct attempt *attempts = attempts_make(bed, &probe, NULL, &count, SILENCE_MS);

	for (size_t i = 0; i < count; i++)
		as_expected &= attempts[i].found == expected;
	free(attempts);
	return as_expected;
}

/* --- Sessions ------------------------------------------------------------------------------ */

/* It is on the listener to which the connection went, once the last ACK has arrived. */
static int accept_any(const struct testbed *bed)
{
	int server = -1;

	for (size_t i = 0; i < bed->listener_count && server < 0; i++)
		if (bed->listeners[i].type == TCP)
			server = accept4(bed->listeners[i].fd, NULL, NULL, SOCK_CLOEXEC);
	return server;
}

struct session session_open(struct testbed *bed, int family, unsigned port)
{
	union address to = address_of(bed, &bed->guarded, family, port);
	int client = open_socket(bed, &bed->peer, family, TCP);
	struct pollfd connected = {.fd = client, .events = POLLOUT};

	bind_source(bed->source, client);
	assert_true(connect(client, &to.any, sizeof(to)) == 0 || errno == EINPROGRESS);
	assert_int_equal(poll(&connected, 1, PATIENCE_MS), 1);
	struct session session = {.client = client, .server = -1};
	wait_until((session.server = accept_any(bed)) >= 0);
	return session;
}

bool session_carries(struct session *session, bool expected)
{
	struct pollfd arrival = {.fd = session->server, .events = POLLIN};
	char byte = 'x';

	assert_int_equal(send(session->client, &byte, 1, 0), 1);
	if (poll(&arrival, 1, expected ? PATIENCE_MS : SILENCE_MS) != 1)
		return false;
	return recv(session->server, &byte, 1, 0) == 1;
}

size_t session_transfer(struct session *session, size_t bytes)
{
	struct pollfd ends[] = {{.fd = session->client}, {.fd = session->server, .events = POLLIN}};
	static char buffer[DATAGRAM_MAX];
	size_t sent = 0, received = 0;

	while (received < bytes) {
		size_t rest = bytes - sent < sizeof(payload) ? bytes - sent : sizeof(payload);
		ends[0].events = rest ? POLLOUT : 0;
		if (poll(ends, 2, PATIENCE_MS) < 1)
			break;
		ssize_t count = rest ? send(session->client, payload, rest, 0) : 0;
		sent += count > 0 ? (size_t)count : 0;
		count = recv(session->server, buffer, sizeof(buffer), MSG_DONTWAIT);
		received += count > 0 ? (size_t)count : 0;
	}
	return received;
}

void session_close(struct session *session)
{
	close(session->client);
	close(session->server);
}

/* --- Datagrams ----------------------------------------------------------------------------- */

void send_datagrams(struct testbed *bed, const struct host *from, int family, unsigned port,
		    size_t bytes, unsigned count)
{
	const struct host *to = from == &bed->peer ? &bed->guarded : &bed->peer;
	union address address = address_of(bed, to, family, port);
	int fd = open_socket(bed, from, family, UDP);

	if (from == &bed->peer)
		bind_source(bed->source, fd);
	for (unsigned i = 0; i < count; i++)
		assert_int_equal(sendto(fd, payload, bytes, 0, &address.any, sizeof(address)),
				 bytes);
	close(fd);
}

void assert_reaches_peer(struct testbed *bed, int family, unsigned port)
{
	union address address = address_of(bed, NULL, family, port);
	int fd = open_socket(bed, &bed->peer, family, UDP);
	struct pollfd arrival = {.fd = fd, .events = POLLIN};

	assert_int_equal(bind(fd, &address.any, sizeof(address)), 0);
	send_datagrams(bed, &bed->guarded, family, port, 32, 1);
	int arrived = poll(&arrival, 1, PATIENCE_MS);
	close(fd);
	assert_int_equal(arrived, 1);
}
