/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Two hosts of its own for each test: `guarded`, where portfw runs, and `peer`, which knocks. They
 * are network namespaces without names, joined by a veth pair, and the files and pins live in a
 * private mount namespace: all of it goes with the test's process, however that ends.
 */
#ifndef E2E_TESTBED_H
#define E2E_TESTBED_H

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include <cmocka.h>

struct host {
	const char *name;
	int net; /* descriptor of its network namespace */
};

/* A socket of the guarded host that waits for the peer. UDP sockets echo while probes run. */
struct listener {
	int type; /* TCP or UDP */
	int fd;
};

struct run;

struct testbed {
	struct host guarded, peer;
	struct host guests[2]; /* behind the guarded host */
	size_t guest_count;
	int own_net, own_mount; /* where the test's process came from */

	/* The environment of portfw. */
	char policy[64], pin_dir[64], run_dir[64];

	unsigned link; /* the link that probes take: links are numbered from 0 */
	const char *
		source; /* the address that probes come from; NULL: the peer's own, both families */
	size_t datagram; /* bytes that UDP probes carry */

	/* Of the commands that are started from now on. */
	const char *program; /* TESTBED_NEWER or TESTBED_VARIANT; NULL: the one under test */
	const char *session; /* SSH_CONNECTION; NULL: not set */
	const char *fault;   /* the fault build runs, and dies at this point; NULL: the usual one */
	long clock;	     /* seconds that their wall clock is ahead */
	uint64_t no_memory;  /* bit n: command n of bpf(2) fails with ENOMEM */

	struct listener listeners[512];
	size_t listener_count;
	struct run *runs; /* of commands, freed with the testbed */
	pid_t children[8];
	size_t child_count;
};

/* Where the private file systems are. */
#define TESTBED_BPFFS "/run/bpf"
#define TESTBED_PORTFW "/run/bin/portfw"  /* the program under test */
#define TESTBED_CLOCK "/run/bin/clock.so" /* gives a program another wall clock */
#define TESTBED_FAULTY "/run/bin/faulty"  /* the same, built with its points of failure */
/* With points of failure too: of a later ABI version, and of the same with other programs. */
#define TESTBED_NEWER "/run/bin/newer"
#define TESTBED_VARIANT "/run/bin/variant"

/* Fixtures. Without what a testbed needs, *state stays NULL. */
int testbed_setup(void **state);
int testbed_teardown(void **state);
#define TESTBED_TEST(function) \
	cmocka_unit_test_setup_teardown(function, testbed_setup, testbed_teardown)

/* The testbed of a test; where there is none, the test is skipped with the reason. */
struct testbed *testbed(void **state);
__attribute__((noreturn)) void skip_because(const char *reason);

/* Sets policy, pin_dir and run_dir to those of another instance. */
void testbed_use_instance(struct testbed *bed, const char *name);

/* Joins the hosts by one more veth pair, called `nic` on both sides: link number `link`. */
void testbed_add_veth(struct testbed *bed, unsigned link, const char *nic);
/* The same by two tun devices and a child that carries packets between them. */
void testbed_add_tun(struct testbed *bed, unsigned link, const char *nic);

/* A machine behind the guarded host, which forwards for it: guest N of 0 and 1 has 10.88.N.2 and
 * fd88:N::2, and its veth pair is called `inN` on the guarded host, `eth0` on its own. */
const struct host *testbed_add_guest(struct testbed *bed);

/* One more address of the peer on link 0, IPv4 or IPv6; the guarded host knows the way to it. */
void testbed_add_address(struct testbed *bed, const char *address);

/* From now on this process makes sockets in the host's network, until host_leave(). */
void host_enter(const struct testbed *bed, const struct host *host);
void host_leave(const struct testbed *bed);

/* A child that is killed with the testbed. Returns 0 in the child. */
pid_t testbed_fork(struct testbed *bed);
/* Kills such a child now. */
void testbed_kill(struct testbed *bed, pid_t pid);

/* Milliseconds of the monotonic clock. */
int64_t now_ms(void);

/* Waits until the expression holds, for as long as a busy machine may need. */
#define wait_until(expression)                                                     \
	do {                                                                       \
		int64_t deadline_ = now_ms() + 10000;                              \
		while (!(expression)) {                                            \
			if (now_ms() > deadline_)                                  \
				fail_msg("this never came true: %s", #expression); \
			pause_briefly();                                           \
		}                                                                  \
	} while (0)
void pause_briefly(void);

#endif
