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

static void collect_sockets(json_t *evidence, json_t *missing)
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
	for (size_t i = 0; i < sockets.count; i++)
		json_array_append_new(socket_array, socket_json(&sockets.sockets[i], &processes));
	for (size_t i = 0; i < processes.process_count; i++)
		json_array_append_new(process_array, process_json(&processes.processes[i]));
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

static void collect_flows(struct live *live, json_t *evidence, json_t *missing)
{
	_cleanup_flow_list_ struct flow_list flows = {NULL, 0};
	json_t *array = json_array();
	struct error error = {""};

	json_object_set_new(evidence, "flows", array);
	if (live && flows_read(&live->instance, &flows, &error))
		add_missing(missing, "flows", &error);
	for (size_t i = 0; i < flows.count; i++)
		if (flows.entries[i].flow.until > live->now.jiffies)
			json_array_append_new(array, flow_json(&flows.entries[i], &live->now));
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

json_t *evidence_collect(const struct paths *paths, struct live *live, const struct notes *notes)
{
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
	collect_sockets(evidence, missing);
	collect_policy(paths, live, evidence, missing, notes);
	collect_counters(live, evidence, missing);
	collect_flows(live, evidence, missing);
	json_object_set_new(evidence, "missing", missing);
	return evidence;
}

int evidence_write(json_t *evidence, const char *path, struct error *error)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);
	FILE *out = fd >= 0 ? fdopen(fd, "w") : NULL;
	int code = 0;

	if (!out) {
		code = error_set(error, -errno, "%s: %s", path, strerror(errno));
		if (fd >= 0)
			close(fd);
		json_decref(evidence);
		return code;
	}
	if (fchmod(fd, 0600))
		code = -errno;
	json_write(evidence, out);
	if (fflush(out) || ferror(out))
		code = errno ? -errno : -EIO;
	if (fclose(out) && !code)
		code = -errno;
	return code ? error_set(error, code, "%s: %s", path, strerror(-code)) : 0;
}

void evidence_default_path(const struct paths *paths, char path[PATH_MAX])
{
	char when[32];
	time_t now = time(NULL);
	struct tm parts;

	strftime(when, sizeof(when), "%Y%m%dT%H%M%SZ", gmtime_r(&now, &parts));
	if (snprintf(path, PATH_MAX, "%s/evidence-%s.json", paths->run_dir, when) >= PATH_MAX)
		path[PATH_MAX - 1] = '\0';
}
