/* SPDX-License-Identifier: GPL-2.0-only */
#include "traffic.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#define PLANS_MAX 8
#define LINES_MAX 1024
#define TICK_MS 20
#define UNANSWERED_MAX 8 /* bytes on their way on one connection */
#define PATIENCE_MS 20000
#define SILENCE_MS 400 /* TCP sends again what was lost after 200 */

/* What the child writes and the test reads. */
struct shared {
	uint64_t ticks;	  /* rounds over all connections */
	uint64_t arrived; /* bytes, at those who answer */
	struct {
		uint64_t answers;
		int error; /* of the connection: it is broken */
	} lines[LINES_MAX];
	char failure[128]; /* why the child gave up */
};

struct traffic {
	struct testbed *bed;
	struct shared *shared;
	size_t count; /* of connections */
	pid_t pid;
};

/* --- The child ----------------------------------------------------------------------------- */

/* Those of a plan who answer. */
struct answerers {
	int listener; /* of TCP; of UDP the one socket that answers */
	int fds[LINES_MAX];
	size_t count;
};

struct line {
	const struct traffic_plan *plan;
	unsigned source_port;
	int fd; /* -1: not open */
	uint64_t sent;
	uint64_t before; /* answers on earlier connections */
};

struct pump {
	struct testbed *bed;
	struct shared *shared;
	struct answerers answerers[PLANS_MAX];
	size_t plan_count;
	struct line lines[LINES_MAX];
	size_t line_count;
};

__attribute__((noreturn)) static void give_up(struct pump *pump, const char *what)
{
	snprintf(pump->shared->failure, sizeof(pump->shared->failure), "%s: %s", what,
		 strerror(errno));
	_exit(1);
}

static socklen_t make_address(int family, const char *text, unsigned port,
			      struct sockaddr_storage *address)
{
	struct sockaddr_in6 *six = (struct sockaddr_in6 *)address;
	struct sockaddr_in *four = (struct sockaddr_in *)address;

	memset(address, 0, sizeof(*address));
	address->ss_family = (sa_family_t)family;
	if (family == AF_INET6) {
		six->sin6_port = htons((uint16_t)port);
		inet_pton(AF_INET6, text ? text : "::", &six->sin6_addr);
		return sizeof(*six);
	}
	four->sin_port = htons((uint16_t)port);
	inet_pton(AF_INET, text ? text : "0.0.0.0", &four->sin_addr);
	return sizeof(*four);
}

static int family_of(const struct traffic_plan *plan)
{
	return strchr(plan->address, ':') ? AF_INET6 : AF_INET;
}

/* Bound to the port, unless that is 0. */
static int make_socket(struct pump *pump, const struct traffic_plan *plan, const struct host *host,
		       unsigned port)
{
	struct sockaddr_storage address;
	socklen_t size = make_address(family_of(plan), NULL, port, &address);
	int one = 1;

	host_enter(pump->bed, host);
	int fd = socket(family_of(plan), plan->type | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	host_leave(pump->bed);
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
	setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &one, sizeof(one));
	if (fd < 0 || (port && bind(fd, (struct sockaddr *)&address, size)))
		give_up(pump, "a socket");
	return fd;
}

static void open_line(struct pump *pump, struct line *line)
{
	const struct traffic_plan *plan = line->plan;
	struct sockaddr_storage to;
	socklen_t size = make_address(family_of(plan), plan->address, plan->port, &to);

	line->fd = make_socket(pump, plan, plan->from, line->source_port);
	line->sent = 0;
	if (connect(line->fd, (struct sockaddr *)&to, size) && errno != EINPROGRESS)
		give_up(pump, "connect");
}

static void note_error(int *error)
{
	if (errno != EAGAIN && errno != EINPROGRESS)
		*error = errno;
}

static uint64_t take_answers(const struct line *line, int *error)
{
	char buffer[64];
	uint64_t count = 0;
	ssize_t length;

	while ((length = recv(line->fd, buffer, sizeof(buffer), 0)) > 0)
		count += (uint64_t)length;
	if (length < 0)
		note_error(error);
	else
		*error = ECONNRESET;
	return count;
}

/* Sends one more byte and takes the answers. */
static void turn_line(struct pump *pump, size_t index)
{
	struct line *line = &pump->lines[index];
	uint64_t answers = pump->shared->lines[index].answers;
	int *error = &pump->shared->lines[index].error;
	unsigned room = line->plan->fresh ? 1 : UNANSWERED_MAX;

	if (*error)
		return;
	if (line->fd < 0)
		open_line(pump, line);
	if (line->plan->type == UDP || line->sent - (answers - line->before) < room) {
		if (send(line->fd, "x", 1, MSG_NOSIGNAL) == 1)
			line->sent++;
		else
			note_error(error);
	}
	uint64_t more = take_answers(line, error);
	if (!more)
		return;
	answers += more;
	__atomic_store_n(&pump->shared->lines[index].answers, answers, __ATOMIC_RELAXED);
	if (line->plan->fresh) {
		close(line->fd);
		line->fd = -1;
		line->before = answers;
	}
}

static void answer_datagrams(struct pump *pump, int fd)
{
	struct sockaddr_storage from;
	socklen_t size = sizeof(from);
	char buffer[64];
	ssize_t length;

	while ((length = recvfrom(fd, buffer, sizeof(buffer), 0, (struct sockaddr *)&from, &size)) >
	       0) {
		pump->shared->arrived += (uint64_t)length;
		sendto(fd, buffer, (size_t)length, 0, (struct sockaddr *)&from, size);
		size = sizeof(from);
	}
}

/* Whether the connection still stands. */
static bool answer_stream(struct pump *pump, int fd)
{
	char buffer[64];
	ssize_t length = recv(fd, buffer, sizeof(buffer), 0);

	if (length > 0) {
		pump->shared->arrived += (uint64_t)length;
		send(fd, buffer, (size_t)length, MSG_NOSIGNAL);
	}
	return length > 0 || (length < 0 && errno == EAGAIN);
}

static void turn_answerers(struct pump *pump, struct answerers *answerers, int type)
{
	int fd;

	if (type == UDP) {
		answer_datagrams(pump, answerers->listener);
		return;
	}
	while (answerers->count < LINES_MAX &&
	       (fd = accept4(answerers->listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC)) >= 0)
		answerers->fds[answerers->count++] = fd;
	for (size_t i = 0; i < answerers->count; i++) {
		if (answer_stream(pump, answerers->fds[i]))
			continue;
		close(answerers->fds[i]);
		answerers->fds[i--] = answerers->fds[--answerers->count];
	}
}

static void prepare(struct pump *pump, const struct traffic_plan *plans)
{
	struct rlimit files = {4096, 4096};

	setrlimit(RLIMIT_NOFILE, &files);
	for (size_t i = 0; i < pump->plan_count; i++) {
		const struct traffic_plan *plan = &plans[i];
		unsigned port = plan->listen_port ? plan->listen_port : plan->port;
		int fd = make_socket(pump, plan, plan->to, port);
		if (plan->type == TCP && listen(fd, LINES_MAX))
			give_up(pump, "listen");
		pump->answerers[i].listener = fd;
		for (unsigned n = 0; n < plan->count; n++)
			pump->lines[pump->line_count++] = (struct line){
				.plan = plan,
				.fd = -1,
				.source_port = plan->source_port ? plan->source_port + n : 0,
			};
	}
}

/* Leaves half of a processor to others, whatever the work takes. */
static void rest(int64_t worked)
{
	int64_t pause = worked > TICK_MS ? worked : TICK_MS;

	nanosleep(&(struct timespec){.tv_sec = pause / 1000, .tv_nsec = pause % 1000 * 1000000},
		  NULL);
}

__attribute__((noreturn)) static void pump_forever(struct pump *pump,
						   const struct traffic_plan *plans)
{
	prepare(pump, plans);
	for (;;) {
		int64_t begin = now_ms();
		for (size_t i = 0; i < pump->line_count; i++)
			turn_line(pump, i);
		for (size_t i = 0; i < pump->plan_count; i++)
			turn_answerers(pump, &pump->answerers[i], plans[i].type);
		__atomic_add_fetch(&pump->shared->ticks, 1, __ATOMIC_RELEASE);
		rest(now_ms() - begin);
	}
}

/* --- The test ------------------------------------------------------------------------------ */

struct traffic *traffic_begin(struct testbed *bed, const struct traffic_plan *plans, size_t count)
{
	struct traffic *traffic = calloc(1, sizeof(*traffic));

	*traffic = (struct traffic){.bed = bed};
	traffic->shared = mmap(NULL, sizeof(*traffic->shared), PROT_READ | PROT_WRITE,
			       MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	assert_ptr_not_equal(traffic->shared, MAP_FAILED);
	for (size_t i = 0; i < count; i++)
		traffic->count += plans[i].count;
	assert_true(count <= PLANS_MAX && traffic->count <= LINES_MAX);
	traffic->pid = testbed_fork(bed);
	if (traffic->pid == 0) {
		struct pump *pump = calloc(1, sizeof(*pump));
		*pump = (struct pump){.bed = bed, .shared = traffic->shared, .plan_count = count};
		pump_forever(pump, plans);
	}
	assert_goes_on(traffic);
	return traffic;
}

void traffic_stop(struct traffic *traffic)
{
	testbed_kill(traffic->bed, traffic->pid);
	munmap(traffic->shared, sizeof(*traffic->shared));
	free(traffic);
}

static uint64_t answers_of(const struct traffic *traffic, size_t index)
{
	return __atomic_load_n(&traffic->shared->lines[index].answers, __ATOMIC_RELAXED);
}

static uint64_t *all_answers(const struct traffic *traffic)
{
	uint64_t *answers = calloc(traffic->count + 1, sizeof(*answers));

	for (size_t i = 0; i < traffic->count; i++)
		answers[i] = answers_of(traffic, i);
	return answers;
}

/* A connection that has not had an answer to what it sent since; `count`: all had. */
static size_t first_waiting(const struct traffic *traffic, const uint64_t *before, size_t first)
{
	size_t i = first;

	while (i < traffic->count && answers_of(traffic, i) > before[i] + UNANSWERED_MAX)
		i++;
	return i;
}

void traffic_goes_on(struct traffic *traffic, size_t first, const char *file, int line)
{
	uint64_t *before = all_answers(traffic);
	int64_t deadline = now_ms() + PATIENCE_MS;
	size_t waiting;

	while ((waiting = first_waiting(traffic, before, first)) < traffic->count &&
	       now_ms() < deadline && !*traffic->shared->failure)
		pause_briefly();
	if (waiting < traffic->count) {
		int error = traffic->shared->lines[waiting].error;
		print_error("connection %zu of %zu has %llu answers, and no more: %s%s\n", waiting,
			    traffic->count, (unsigned long long)answers_of(traffic, waiting),
			    error ? strerror(error) : "silence", traffic->shared->failure);
	}
	free(before);
	if (waiting < traffic->count)
		_fail(file, line);
}

void traffic_is_cut(struct traffic *traffic, bool both_ends, const char *file, int line)
{
	struct shared *shared = traffic->shared;
	uint64_t ticks = shared->ticks;

	/* What arrived before is taken. */
	wait_until(__atomic_load_n(&shared->ticks, __ATOMIC_ACQUIRE) > ticks + 1);
	uint64_t *before = all_answers(traffic), arrived = shared->arrived;
	int64_t end = now_ms() + SILENCE_MS;
	ticks = shared->ticks;
	while (now_ms() < end || shared->ticks < ticks + 5)
		pause_briefly();
	arrived = both_ends ? shared->arrived - arrived : 0;
	size_t talking = 0;
	while (talking < traffic->count && answers_of(traffic, talking) == before[talking])
		talking++;
	free(before);
	if (arrived || talking < traffic->count) {
		print_error("%llu bytes arrived after all, answers on connection %zu of %zu\n",
			    (unsigned long long)arrived, talking, traffic->count);
		_fail(file, line);
	}
}
