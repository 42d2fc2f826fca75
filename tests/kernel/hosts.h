/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A host between two others, for each test anew, and their sockets. They are network namespaces
 * without names, joined by veth pairs; the test's process lives on `host`. All of it goes with the
 * process, however that ends.
 */
#ifndef KERNEL_HOSTS_H
#define KERNEL_HOSTS_H

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <netinet/in.h>
#include <sys/socket.h>

#include "net/endpoint.h"

/* The host's address and the others'; IPv6 addresses end alike. */
#define HOST "10.88.0.1"
#define PEER "10.88.0.2"   /* on the outer link, eth0 */
#define NOBODY "10.88.0.3" /* on it, too: packets there vanish */
#define INNER "10.99.0.1"  /* the host's on the inner link, eth1 */
#define GUEST "10.99.0.2"  /* on it; its way out is the host */
#define HOST6 "fd88::1"
#define PEER6 "fd88::2"

#define VRRP 112 /* no protocol of the kernel's own */

/* Their network namespaces. */
struct hosts {
	int own_net; /* where the test's process came from */
	int host, peer, guest;
};

__attribute__((noreturn)) void skip_because(const char *reason);

/* -EPERM: only root can have hosts. Another negative errno: it failed. */
int hosts_make(struct hosts *hosts);
/* Closes the sockets, too. */
void hosts_free(const struct hosts *hosts);

/* Of tests that need no more than the hosts. */
int setup_hosts(void **state);
int teardown_hosts(void **state);
#define HOSTS_TEST(function) cmocka_unit_test_setup_teardown(function, setup_hosts, teardown_hosts)
/* The hosts; skips the test where there are none. */
const struct hosts *testbed(void **state);

int64_t now_ms(void);

/* Runs a script on the host where the process is; its exit status, -1: none. */
int run_script(const char *script);
/* Runs a script on that host, which must succeed. */
void run_at(int net, const char *script);

/* nftables that translate nothing: from then on the host tracks connections. Skips the test where
 * there are none. */
void track(const struct hosts *hosts);
/* What leaves by eth0 gets the host's address. */
void masquerade(const struct hosts *hosts);

union address {
	struct sockaddr any;
	struct sockaddr_in v4;
	struct sockaddr_in6 v6;
};

socklen_t make_address(const char *text, unsigned port, union address *address);

/* A socket of that host, whose calls fail rather than wait for long. Sockets are closed with the
 * hosts. */
int open_socket(int net, int family, int type, int protocol);
void bind_to(int fd, const char *local, unsigned port);
/* A socket of that host, bound to an address and port; port 0: any. */
int socket_at(int net, int type, const char *local, unsigned port);
int listen_at(int net, const char *local, unsigned port);
int accept_from(int listener);
void connect_to(int fd, const char *remote, unsigned port);
void send_datagram(int fd, const char *remote, unsigned port);
unsigned port_of(int fd);
/* The number by which the kernel lists the socket. */
__u64 inode_of(int fd);

struct endpoint end_of(const char *text, unsigned port);
void assert_end(const struct endpoint *end, const char *text, unsigned port);

#endif
