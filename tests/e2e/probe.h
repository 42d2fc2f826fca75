/* SPDX-License-Identifier: GPL-2.0-only */
/* Listeners on the guarded host and knocks from the peer. */
#ifndef E2E_PROBE_H
#define E2E_PROBE_H

#include "testbed.h"

#include <sys/socket.h>

enum { TCP = SOCK_STREAM, UDP = SOCK_DGRAM };

enum answer {
	FILTERED, /* none */
	OPEN,	  /* TCP: connected. UDP: the echo came back whole */
	REFUSED,  /* a reset or ICMP port unreachable: no listener */
};

struct probe {
	int type; /* TCP or UDP */
	unsigned port;
	enum answer expected;
};

/* Listens on the guarded host, over IPv4 and IPv6, on every link. */
void listen_on(struct testbed *bed, int type, unsigned port);

/* Knocks from the peer over bed->link, with IPv4 and IPv6 each, all at once; every answer must be
 * the expected one. Silence counts after a short while where it is expected, else after seconds. */
void probes_check(struct testbed *bed, const struct probe *probes, size_t count, const char *file,
		  int line);
#define assert_answers(bed, ...)                                                                   \
	probes_check(bed, (const struct probe[]){__VA_ARGS__},                                     \
		     sizeof((const struct probe[]){__VA_ARGS__}) / sizeof(struct probe), __FILE__, \
		     __LINE__)

/* The same from one address of the peer alone. */
#define assert_answers_from(bed, address, ...)    \
	do {                                      \
		(bed)->source = (address);        \
		assert_answers(bed, __VA_ARGS__); \
		(bed)->source = NULL;             \
	} while (0)

/* Knocks at one port from several addresses of the peer at once. */
struct knocker {
	const char *source;
	enum answer expected;
};
void knockers_check(struct testbed *bed, int type, unsigned port, const struct knocker *knockers,
		    size_t count, const char *file, int line);
#define assert_answers_each(bed, type, port, ...)                                              \
	knockers_check(bed, type, port, (const struct knocker[]){__VA_ARGS__},                 \
		       sizeof((const struct knocker[]){__VA_ARGS__}) / sizeof(struct knocker), \
		       __FILE__, __LINE__)

/* Knocks once in the same way, without patience: whether all was as expected within a moment. For
 * wait_until(). */
bool knock(struct testbed *bed, int type, unsigned port, enum answer expected);

/* A TCP connection from the peer. */
struct session {
	int client, server;
};
struct session session_open(struct testbed *bed, int family, unsigned port);
/* Whether a byte from the peer arrives; it is waited for long only where that is expected. TCP
 * sends what was lost again, so a later call can deliver it. */
bool session_carries(struct session *session, bool expected);
/* Sends so many bytes from the peer as fast as it goes; returns how many arrived. */
size_t session_transfer(struct session *session, size_t bytes);
void session_close(struct session *session);

/* Sends datagrams without waiting for anything, family AF_INET or AF_INET6, from one host to the
 * other. */
void send_datagrams(struct testbed *bed, const struct host *from, int family, unsigned port,
		    size_t bytes, unsigned count);

/* A UDP socket of the peer on this port; a datagram of the guarded host arrives there. */
void assert_reaches_peer(struct testbed *bed, int family, unsigned port);

#endif
