/* SPDX-License-Identifier: GPL-2.0-only */
/* How long `portfw lockdown` takes to cut, and to end, on a host with many flows and sockets. */
#include "bench.h"

#include <arpa/inet.h>
#include <bpf/bpf.h>
#include <errno.h>
#include <fcntl.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "kernel/lockdown.h"

enum {
	FLOWS = FLOWS_DEFAULT,
	SOCKETS = 1000, /* both ends of connections by way of lo */
	RUNS = 5,
	PORT = 4242,
};

#define CUT_LIMIT 20.0 /* milliseconds */
#define END_LIMIT 1000.0

/* --- What there is --------------------------------------------------------------------------- */

static bool enter_flows(const struct instance *instance)
{
	const int fd = instance->fds[MAP_FLOWS];

	for (unsigned i = 0; i < FLOWS; i++) {
		const struct flow_key key = {
			.local = {0, BLOCK_KEY4_LOW | 0x0a000001},
			.remote = {0, BLOCK_KEY4_LOW | (0x20000000 + i)},
			.local_port = (__u16)(32768 + i % 28000),
			.remote_port = 443,
			.protocol = 6,
		};
		const struct flow flow = {
			.until = ~0ull, .created = i, .state = FLOW_OPEN, .beats_deny = 1};

		if (bpf_map_update_elem(fd, &key, &flow, BPF_ANY))
			return false;
	}
	return true;
}

static bool open_sockets(int sockets[SOCKETS])
{
	const struct sockaddr_in where = {.sin_family = AF_INET,
					  .sin_port = htons(PORT),
					  .sin_addr = {htonl(INADDR_LOOPBACK)}};
	const struct rlimit files = {4 * SOCKETS, 4 * SOCKETS};
	int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	bool good = !setrlimit(RLIMIT_NOFILE, &files) &&
		    !bind(listener, (const struct sockaddr *)&where, sizeof(where)) &&
		    !listen(listener, SOCKETS);

	for (unsigned i = 0; i < SOCKETS && good; i += 2) {
		sockets[i] = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
		good = !connect(sockets[i], (const struct sockaddr *)&where, sizeof(where));
		sockets[i + 1] = accept(listener, NULL, NULL);
	}
	close(listener);
	return good;
}

/* --- The time -------------------------------------------------------------------------------- */

static pid_t start(const char *portfw, const char *verb)
{
	const char *arguments[] = {portfw, "--force", "-q", verb, NULL};
	posix_spawn_file_actions_t actions;
	pid_t child = -1;

	posix_spawn_file_actions_init(&actions);
	posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, "/dev/null", O_WRONLY, 0);
	posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, "/dev/null", O_WRONLY, 0);
	if (posix_spawnp(&child, portfw, &actions, NULL, (char **)arguments, environ))
		child = -1;
	posix_spawn_file_actions_destroy(&actions);
	return child;
}

/* `peer` is up and not attached: 1 is how it ends, with the guarded NIC cut. */
static bool ends(pid_t child)
{
	int status;

	return child > 0 && waitpid(child, &status, 0) == child && WIFEXITED(status) &&
	       WEXITSTATUS(status) <= 1;
}

static bool time_one(const char *portfw, const struct instance *instance, double *cut, double *end)
{
	const __u64 before = lockdown_word(instance);
	double begun = bench_now();
	pid_t child = start(portfw, "lockdown");
	bool good = child > 0;

	while (good && lockdown_word(instance) == before && bench_now() - begun < 10e9)
		;
	*cut = (bench_now() - begun) / 1e6;
	good = good && lockdown_word(instance) != before;
	good = ends(child) && good;
	*end = (bench_now() - begun) / 1e6;
	return ends(start(portfw, "unlock")) && good;
}

static bool print(const char *name, double *times, double limit)
{
	double median = bench_median(times, RUNS);

	printf("%-46s %8.2f %8.2f %8.2f  %s\n", name, times[0], median, limit,
	       times[RUNS - 1] <= limit ? "ok" : "MISSED");
	return times[RUNS - 1] <= limit;
}

bool bench_lockdown(const char *portfw)
{
	_cleanup_instance_ struct instance instance = INSTANCE_INIT;
	double cuts[RUNS], times[RUNS];
	int sockets[SOCKETS];
	struct error error = {""};
	bool good;

	if (instance_open(getenv("PORTFW_PIN_DIR"), true, &instance, &error)) {
		fprintf(stderr, "bench: %s\n", error.text);
		return false;
	}
	if (!enter_flows(&instance) || !open_sockets(sockets)) {
		fprintf(stderr, "bench: flows or sockets: %s\n", strerror(errno));
		return false;
	}
	for (unsigned i = 0; i < RUNS; i++) {
		if (time_one(portfw, &instance, &cuts[i], &times[i]))
			continue;
		fprintf(stderr, "bench: %s lockdown failed\n", portfw);
		return false;
	}
	for (unsigned i = 0; i < SOCKETS; i++)
		close(sockets[i]);
	good = print("lockdown until the cut, 262,144 flows", cuts, CUT_LIMIT);
	return print("lockdown to its end, and 1,000 sockets", times, END_LIMIT) && good;
}
