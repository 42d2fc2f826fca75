/* SPDX-License-Identifier: GPL-2.0-only */
#include "evidence.h"
#include "base/version.h"
#include "host/processes.h"
#include "host/sockets.h"
#include "kernel/flows.h"
#include "output/json.h"
#include "policy/text.h"
#include "policy/words.h"
#include "state/blocks_file.h"
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define COMMAND_LINE_MAX 4096

/* --- Sockets and processes ------------------------------------------------------------------- */

static const char *const state_names[] = {
	[SOCKET_ESTABLISHED] = "established", [SOCKET_SYN_SENT] = "syn-sent",
	[SOCKET_SYN_RECV] = "syn-recv",	      [SOCKET_FIN_WAIT1] = "fin-wait-1",
	[SOCKET_FIN_WAIT2] = "fin-wait-2",    [SOCKET_TIME_WAIT] = "time-wait",
	[SOCKET_CLOSE] = "unconnected",	      [SOCKET_CLOSE_WAIT] = "close-wait",
	[SOCKET_LAST_ACK] = "last-ack",	      [SOCKET_LISTEN] = "listen",
	[SOCKET_CLOSING] = "closing",
};
_Static_assert(sizeof(state_names) / sizeof(*state_names) == SOCKET_STATE_COUNT,
	       "each has its name");

static json_t *protocol_json(__u8 protocol)
{
	char number[16];

	switch (protocol) {
	case IPPROTO_TCP:
		return json_string("tcp");
	case IPPROTO_UDP:
		return json_string("udp");
	case IPPROTO_SCTP:
		return json_string("sctp");
	default:
		snprintf(number, sizeof(number), "%u", protocol);
		return json_string(number);
	}
}

static json_t *socket_json(const struct socket_info *socket, const struct process_list *processes)
{
	char local[ENDPOINT_ADDRESS_SIZE], remote[ENDPOINT_ADDRESS_SIZE];
	size_t states = sizeof(state_names) / sizeof(*state_names), count = 0;
	const struct socket_owner *owner = processes_owner(processes, socket->inode, &count);
	json_t *pids = json_array();

	endpoint_print_address(&socket->local, local);
	endpoint_print_address(&socket->remote, remote);
	for (size_t i = 0; i < count; i++)
		json_array_append_new(pids,
				      json_integer(processes->processes[owner[i].process].pid));
	return json_pack("{s:o, s:b, s:s, s:s, s:i, s:s, s:i, s:I, s:I, s:o}", "proto",
			 protocol_json(socket->protocol), "raw", (int)socket->raw, "state",
			 socket->state < states && state_names[socket->state]
				 ? state_names[socket->state]
				 : "unknown",
			 "local", local, "local_port", (int)socket->local.port, "remote", remote,
			 "remote_port", (int)socket->remote.port, "uid", (json_int_t)socket->uid,
			 "inode", (json_int_t)socket->inode, "pids", pids);
}

/* The arguments, with blanks between them. */
static json_t *command_line(pid_t pid)
{
	char path[64], text[COMMAND_LINE_MAX];
	ssize_t length;
	int fd;

	snprintf(path, sizeof(path), "/proc/%d/cmdline", (int)pid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	length = fd >= 0 ? read(fd, text, sizeof(text) - 1) : -1;
	if (fd >= 0)
		close(fd);
	if (length < 0)
		return json_null();
	while (length && !text[length - 1])
		length--;
	text[length] = '\0';
	for (ssize_t i = 0; i < length; i++)
		if (!text[i])
			text[i] = ' ';
	return json_text(text);
}

static json_t *process_json(const struct process *process)
{
	char link[64], target[PATH_MAX];
	ssize_t length;

	snprintf(link, sizeof(link), "/proc/%d/exe", (int)process->pid);
	length = readlink(link, target, sizeof(target) - 1);
	target[length > 0 ? length : 0] = '\0';
	return json_pack("{s:I, s:o, s:I, s:o, s:o, s:o}", "pid", (json_int_t)process->pid, "name",
			 json_text(process->name), "uid", (json_int_t)process->uid, "unit",
			 json_filled(process->unit), "program", json_filled(target), "command_line",
			 command_line(process->pid));
}

static void add_missing(json_t *missing, const char *what, const struct error *error)
{
	char text[sizeof(error->text) + 64];

	snprintf(text, sizeof(text), "%s: %s", what, error->text);
	json_array_append_new(missing, json_text(text));
}

/* Milliseconds of the monotonic clock. */
static __s64 milliseconds(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (__s64)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static bool is_late(__s64 deadline)
{
	return deadline && milliseconds() >= deadline;
}

static void add_late(json_t *missing, const char *what, size_t count)
{
	json_array_append_new(missing, json_sprintf("%s: no time for %zu more", what, count));
}

static void collect_sockets(__s64 deadline, json_t *evidence, json_t *missing)
{
	_cleanup_process_list_ struct process_list processes = {NULL, 0, NULL, 0, 0};
	_cleanup_socket_list_ struct socket_list sockets = {NULL, 0};
	json_t *socket_array = json_array(), *process_array = json_array();
	struct error error = {""};

	if (sockets_list(SOCKETS_LISTENING | SOCKETS_CONNECTED, &sockets, &error))
		add_missing(missing, "sockets", &error);
	if (processes_find(NULL, 0, &processes, &error))
		add_missing(missing, "processes", &error);
	if (processes.unreadable)
		json_array_append_new(missing, json_sprintf("processes: %zu cannot be looked into",
							    processes.unreadable));
	for (size_t i = 0; i < sockets.count; i++) {
		if (is_late(deadline)) {
			add_late(missing, "sockets", sockets.count - i);
			break;
		}
		json_array_append_new(socket_array, socket_json(&sockets.sockets[i], &processes));
	}
	for (size_t i = 0; i < processes.process_count; i++) {
		if (is_late(deadline)) {
			add_late(missing, "processes", processes.process_count - i);
			break;
		}
		json_array_append_new(process_array, process_json(&processes.processes[i]));
	}
	json_object_set_new(evidence, "sockets", socket_array);
	json_object_set_new(evidence, "processes", process_array);
}

/* --- What portfw knows ----------------------------------------------------------------------- */

static void collect_policy(const struct paths *paths, struct live *live, json_t *evidence,
			   json_t *missing, const struct notes *notes)
{
	_cleanup_block_list_ struct block_list blocks = BLOCK_LIST_INIT;
	char *text = live ? text_print(&live->policy, &live->attached) : NULL;
	struct error error = {""};
	size_t length;

	json_object_set_new(evidence, "policy", json_text(text));
	free(text);
	text = NULL;
	if (blocks_list_read(paths->own, live ? &live->instance : NULL, &blocks, notes, &error))
		add_missing(missing, "block list", &error);
	else
		text = block_list_print(&blocks, &length);
	json_object_set_new(evidence, "blocks", json_text(text));
	free(text);
}

static void collect_counters(struct live *live, json_t *evidence, json_t *missing)
{
	struct counter totals[REASON_COUNT];
	struct error error = {""};
	bool known = live && instance_totals(&live->instance, totals, &error) == 0;

	if (live && !known)
		add_missing(missing, "counters", &error);
	json_object_set_new(evidence, "counters", known ? json_reasons(totals) : json_object());
}

static json_t *flow_json(const struct flow_entry *entry, const struct moment *now)
{
	const struct endpoint ends[] = {flows_endpoint(&entry->key.local),
					flows_endpoint(&entry->key.remote)};
	char local[ENDPOINT_ADDRESS_SIZE], remote[ENDPOINT_ADDRESS_SIZE];

	endpoint_print_address(&ends[0], local);
	endpoint_print_address(&ends[1], remote);
	return json_pack("{s:o, s:s, s:i, s:s, s:i, s:I, s:s}", "proto",
			 protocol_json(entry->key.protocol), "local", local, "local_port",
			 (int)entry->key.local_port, "remote", remote, "remote_port",
			 (int)entry->key.remote_port, "age_seconds",
			 (json_int_t)((now->jiffies - entry->flow.created) / now->hz), "origin",
			 entry->flow.origin == FLOW_SEEDED ? "seeded" : "seen");
}

/* When a flow was made, and which it is. */
struct age {
	__u64 created;
	size_t index;
};

static int newest_first(const void *a, const void *b)
{
	const struct age *left = a, *right = b;

	return (left->created < right->created) - (left->created > right->created);
}

/* Those that are not over; to be freed. NULL: no memory. */
static struct age *sort_flows(const struct flow_list *flows, __u64 now, size_t *count)
{
	struct age *ages = calloc(flows->count + 1, sizeof(*ages));

	*count = 0;
	for (size_t i = 0; ages && i < flows->count; i++)
		if (flows->entries[i].flow.until > now)
			ages[(*count)++] = (struct age){flows->entries[i].flow.created, i};
	if (ages)
		qsort(ages, *count, sizeof(*ages), newest_first);
	return ages;
}

static void collect_flows(struct live *live, const struct evidence_bounds *bounds, __s64 deadline,
			  json_t *evidence, json_t *missing)
{
	_cleanup_flow_list_ struct flow_list flows = {NULL, 0};
	size_t count = 0, most = bounds->flows ? bounds->flows : SIZE_MAX, taken = 0;
	json_t *array = json_array();
	struct error error = {""};
	bool complete = true;
	struct age *ages;

	if (live && flows_read_until(&live->instance, deadline, &flows, &complete, &error))
		add_missing(missing, "flows", &error);
	if (!complete)
		json_array_append_new(missing, json_string("flows: no time to read all of them"));
	ages = sort_flows(&flows, live ? live->now.jiffies : 0, &count);
	for (; ages && taken < count && taken < most; taken++)
		json_array_append_new(array,
				      flow_json(&flows.entries[ages[taken].index], &live->now));
	free(ages);
	json_object_set_new(evidence, "flows", array);
	json_object_set_new(evidence, "flows_left_out", json_integer((json_int_t)(count - taken)));
}

/* --- The record ------------------------------------------------------------------------------ */

static json_t *boot_id(void)
{
	char id[64] = "";
	FILE *file = fopen("/proc/sys/kernel/random/boot_id", "re");

	if (file && !fgets(id, sizeof(id), file))
		*id = '\0';
	if (file)
		fclose(file);
	id[strcspn(id, "\n")] = '\0';
	return json_filled(id);
}

json_t *evidence_collect(const struct paths *paths, struct live *live,
			 const struct evidence_bounds *bounds, const struct notes *notes)
{
	__s64 deadline = bounds->milliseconds ? milliseconds() + bounds->milliseconds : 0;
	char when[WORDS_TIME_SIZE], host[256] = "";
	json_t *evidence, *missing = json_array();

	words_print_time(time(NULL), when);
	gethostname(host, sizeof(host) - 1);
	evidence = json_pack("{s:s, s:s, s:o, s:o}", "time", when, "version", PORTFW_VERSION,
			     "host", json_text(host), "boot_id", boot_id());
	if (!evidence || !missing) {
		json_decref(evidence);
		json_decref(missing);
		return NULL;
	}
	collect_sockets(deadline, evidence, missing);
	collect_policy(paths, live, evidence, missing, notes);
	collect_counters(live, evidence, missing);
	collect_flows(live, bounds, deadline, evidence, missing);
	json_object_set_new(evidence, "missing", missing);
	return evidence;
}

/* --- The file -------------------------------------------------------------------------------- */

/* A new one. */
static int create(const char *path, struct error *error)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);

	if (fd >= 0)
		return fd;
	return error_set(error, -errno, "%s: %s%s", path, strerror(errno),
			 errno == EEXIST ? ": evidence is never overwritten" : "");
}

/* Takes the descriptor. */
static int fill(json_t *evidence, int fd, const char *path, struct error *error)
{
	FILE *out = fdopen(fd, "w");
	int code = out ? 0 : -errno;

	if (!out) {
		close(fd);
	} else {
		json_write(json_incref(evidence), out);
		if (fflush(out) || ferror(out) || fsync(fd))
			code = errno ? -errno : -EIO;
		if (fclose(out) && !code)
			code = -errno;
	}
	if (!code)
		return 0;
	unlink(path);
	return error_set(error, code, "%s: %s", path, strerror(-code));
}

static int write_new(json_t *evidence, const char *path, struct error *error)
{
	int fd = create(path, error);

	return fd < 0 ? fd : fill(evidence, fd, path, error);
}

int evidence_write(json_t *evidence, const char *path, struct error *error)
{
	int code = write_new(evidence, path, error);

	json_decref(evidence);
	return code;
}

/* Like mkdir -p; the directory itself gets mode 0700. */
static int make_directory(const char *path)
{
	char part[PATH_MAX];

	snprintf(part, sizeof(part), "%s", path);
	for (char *slash = strchr(part + 1, '/'); slash; slash = strchr(slash + 1, '/')) {
		*slash = '\0';
		if (mkdir(part, 0755) && errno != EEXIST)
			return -errno;
		*slash = '/';
	}
	return mkdir(part, 0700) && errno != EEXIST ? -errno : 0;
}

/* DIRECTORY/evidence-20300131T150000Z-4711.json; the process has but one. */
static int keep_in(json_t *evidence, const char *directory, char path[PATH_MAX],
		   struct error *error)
{
	char when[32];
	time_t now = time(NULL);
	struct tm parts;
	int code = make_directory(directory);

	if (code)
		return error_set(error, code, "%s: %s", directory, strerror(-code));
	strftime(when, sizeof(when), "%Y%m%dT%H%M%SZ", gmtime_r(&now, &parts));
	if (snprintf(path, PATH_MAX, "%s/evidence-%s-%d.json", directory, when, (int)getpid()) >=
	    PATH_MAX)
		return error_set(error, -ENAMETOOLONG, "%s: path too long", directory);
	return write_new(evidence, path, error);
}

int evidence_keep(json_t *evidence, const struct paths *paths, char path[PATH_MAX],
		  struct error *error)
{
	struct error why = {""};
	int code = keep_in(evidence, paths->state_dir, path, error);

	/* The first reason is the one that counts. */
	if (code && keep_in(evidence, paths->run_dir, path, &why) == 0)
		code = 0;
	json_decref(evidence);
	return code;
}
