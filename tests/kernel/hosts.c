/* SPDX-License-Identifier: GPL-2.0-only */
#include "hosts.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { SOCKETS_MAX = 512 };

static int sockets[SOCKETS_MAX];
static size_t socket_count;

void skip_because(const char *reason)
{
	print_message("[  REASON  ] %s\n", reason);
	skip();
	abort();
}

int64_t now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* --- Hosts --------------------------------------------------------------------------------- */

/* Network namespaces are of threads. */
static int open_network(void)
{
	return open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC);
}

static int make_network(void)
{
	return unshare(CLONE_NEWNET) ? -1 : open_network();
}

static void enter(int net)
{
	assert_int_equal(setns(net, CLONE_NEWNET), 0);
}

int run_script(const char *script)
{
	int status;
	pid_t pid = fork();

	if (pid == 0) {
		execl("/bin/sh", "sh", "-ec", script, NULL);
		_exit(127);
	}
	if (pid < 0 || waitpid(pid, &status, 0) != pid)
		return -1;
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

void run_at(int net, const char *script)
{
	int here = open_network();

	enter(net);
	int status = run_script(script);
	enter(here);
	close(here);
	if (status)
		fail_msg("exit status %d of: %s", status, script);
}

/* IPv6 neighbours know each other: one that has just come up may miss the first question, and the
 * next is asked after a second. */
static int join(const struct hosts *hosts)
{
	char script[2048];

	snprintf(script, sizeof(script),
		 "ip link add eth0 address 02:00:00:00:00:01 type veth peer name eth0 "
		 "address 02:00:00:00:00:02 netns /proc/%1$d/fd/%2$d\n"
		 "ip link add eth1 type veth peer name eth0 netns /proc/%1$d/fd/%3$d\n"
		 "ip addr add 10.88.0.1/24 dev eth0; ip addr add 10.99.0.1/24 dev eth1\n"
		 "ip addr add fd88::1/64 dev eth0 nodad\n"
		 "ip link set lo up; ip link set eth0 up; ip link set eth1 up\n"
		 "echo 1 >/proc/sys/net/ipv4/ip_forward\n"
		 "ip neigh add 10.88.0.3 lladdr 02:00:00:00:00:03 dev eth0\n"
		 "ip neigh add fd88::2 lladdr 02:00:00:00:00:02 dev eth0\n",
		 (int)getpid(), hosts->peer, hosts->guest);
	enter(hosts->host);
	if (run_script(script))
		return -1;
	enter(hosts->peer);
	if (run_script("ip addr add 10.88.0.2/24 dev eth0; ip addr add fd88::2/64 dev eth0 nodad\n"
		       "ip link set lo up; ip link set eth0 up\n"
		       "ip route add 10.99.0.0/24 via 10.88.0.1\n"
		       "ip neigh add fd88::1 lladdr 02:00:00:00:00:01 dev eth0\n"))
		return -1;
	enter(hosts->guest);
	if (run_script("ip addr add 10.99.0.2/24 dev eth0; ip link set eth0 up\n"
		       "ip route add default via 10.99.0.1\n"))
		return -1;
	enter(hosts->host);
	/* What leaves before the kernel has noticed that the links are up is lost. */
	return run_script("for nic in eth0 eth1; do\n"
			  "  tries=0\n"
			  "  until ip link show $nic | grep -q 'state UP'; do\n"
			  "    sleep 0.01; tries=$((tries + 1)); test $tries -lt 500\n"
			  "  done\n"
			  "done")
		       ? -1
		       : 0;
}

int hosts_make(struct hosts *hosts)
{
	hosts->own_net = open_network();
	hosts->host = make_network();
	if (hosts->host < 0) {
		close(hosts->own_net);
		return -EPERM;
	}
	hosts->peer = make_network();
	hosts->guest = make_network();
	if (join(hosts)) {
		hosts_free(hosts);
		return -EIO;
	}
	return 0;
}

void hosts_free(const struct hosts *hosts)
{
	while (socket_count)
		close(sockets[--socket_count]);
	setns(hosts->own_net, CLONE_NEWNET);
	close(hosts->own_net);
	close(hosts->host);
	close(hosts->peer);
	close(hosts->guest);
}

int teardown_hosts(void **state)
{
	if (*state)
		hosts_free(*state);
	free(*state);
	return 0;
}

int setup_hosts(void **state)
{
	struct hosts *hosts = calloc(1, sizeof(*hosts));
	int code = hosts ? hosts_make(hosts) : -ENOMEM;

	if (code) {
		free(hosts);
		return code == -EPERM ? 0 : -1;
	}
	*state = hosts;
	return 0;
}

const struct hosts *testbed(void **state)
{
	if (!*state)
		skip_because("needs root");
	return *state;
}

void track(const struct hosts *hosts)
{
	if (run_script("nft list tables >/dev/null 2>&1"))
		skip_because("needs nft and a kernel with nftables");
	run_at(hosts->host,
	       "nft 'add table inet t; add chain inet t in { type filter hook input priority "
	       "0; }; add chain inet t out { type filter hook output priority 0; }; "
	       "add rule inet t in ct state new counter; "
	       "add rule inet t out ct state new counter'");
}

void masquerade(const struct hosts *hosts)
{
	run_at(hosts->host, "nft 'add table ip nat; add chain ip nat post { type nat hook "
			    "postrouting priority srcnat; }; "
			    "add rule ip nat post oifname eth0 masquerade'");
}

/* --- Sockets ------------------------------------------------------------------------------- */

static int keep_socket(int fd)
{
	assert_true(fd >= 0 && socket_count < SOCKETS_MAX);
	sockets[socket_count++] = fd;
	return fd;
}

socklen_t make_address(const char *text, unsigned port, union address *address)
{
	memset(address, 0, sizeof(*address));
	if (strchr(text, ':')) {
		address->v6.sin6_family = AF_INET6;
		address->v6.sin6_port = htons((uint16_t)port);
		assert_int_equal(inet_pton(AF_INET6, text, &address->v6.sin6_addr), 1);
		return sizeof(address->v6);
	}
	address->v4.sin_family = AF_INET;
	address->v4.sin_port = htons((uint16_t)port);
	assert_int_equal(inet_pton(AF_INET, text, &address->v4.sin_addr), 1);
	return sizeof(address->v4);
}

int open_socket(int net, int family, int type, int protocol)
{
	static const struct timeval patience = {.tv_sec = 5};
	int here = open_network(), on = 1;

	enter(net);
	int fd = socket(family, type | SOCK_CLOEXEC, protocol);
	enter(here);
	close(here);
	keep_socket(fd);
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	setsockopt(fd, SOL_SOCKET, SO_REUSEPORT, &on, sizeof(on));
	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
	setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof(patience));
	return fd;
}

void bind_to(int fd, const char *local, unsigned port)
{
	union address address = {0};
	socklen_t length = make_address(local, port, &address);

	if (bind(fd, &address.any, length))
		fail_msg("bind to %s port %u: %s", local, port, strerror(errno));
}

int socket_at(int net, int type, const char *local, unsigned port)
{
	int fd = open_socket(net, strchr(local, ':') ? AF_INET6 : AF_INET, type, 0);

	bind_to(fd, local, port);
	return fd;
}

int listen_at(int net, const char *local, unsigned port)
{
	int fd = socket_at(net, SOCK_STREAM, local, port);

	assert_int_equal(listen(fd, 100), 0);
	return fd;
}

int accept_from(int listener)
{
	return keep_socket(accept4(listener, NULL, NULL, SOCK_CLOEXEC));
}

void connect_to(int fd, const char *remote, unsigned port)
{
	union address address = {0};
	socklen_t length = make_address(remote, port, &address);

	if (connect(fd, &address.any, length))
		fail_msg("connect to %s port %u: %s", remote, port, strerror(errno));
}

void send_datagram(int fd, const char *remote, unsigned port)
{
	union address address = {0};
	socklen_t length = make_address(remote, port, &address);

	assert_int_equal(sendto(fd, "x", 1, 0, &address.any, length), 1);
}

unsigned port_of(int fd)
{
	union address address = {0};
	socklen_t length = sizeof(address);

	assert_int_equal(getsockname(fd, &address.any, &length), 0);
	return ntohs(address.any.sa_family == AF_INET6 ? address.v6.sin6_port
						       : address.v4.sin_port);
}

__u64 inode_of(int fd)
{
	struct stat facts;

	assert_int_equal(fstat(fd, &facts), 0);
	return facts.st_ino;
}

/* --- Ends ---------------------------------------------------------------------------------- */

struct endpoint end_of(const char *text, unsigned port)
{
	union address address = {0};

	make_address(text, port, &address);
	return address.any.sa_family == AF_INET
		       ? endpoint_make(AF_INET, &address.v4.sin_addr, (__u16)port)
		       : endpoint_make(AF_INET6, &address.v6.sin6_addr, (__u16)port);
}

void assert_end(const struct endpoint *end, const char *text, unsigned port)
{
	struct endpoint wanted = end_of(text, port);
	char is[ENDPOINT_SIZE], should[ENDPOINT_SIZE];

	if (endpoint_equal(end, &wanted))
		return;
	endpoint_print(end, is);
	endpoint_print(&wanted, should);
	fail_msg("the end is %s, not %s", is, should);
}
