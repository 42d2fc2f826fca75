/* SPDX-License-Identifier: GPL-2.0-only */
#include "survey.h"
#include "kernel/privilege.h"
#include "policy/scope.h"
#include <errno.h>
#include <pwd.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* --- The policy ---------------------------------------------------------------------------- */

static void add_nic(struct audit_setting *setting, const char *name)
{
	if (setting->nic_count < MAX_NICS)
		snprintf(setting->nics[setting->nic_count++], IFNAMSIZ, "%s", name);
}

/* The policy of the file: in place of one that cannot be read, or for its rules alone if nothing is
 * attached. */
static void read_file(struct survey *survey, bool in_place)
{
	const char *path = survey->paths.policy;
	struct policy *policy = &survey->file.policy;
	const struct attachments *attached = &survey->file.attached;
	struct audit_setting *setting = &survey->setting;
	struct error error = {""};
	int code = load_read_policy(&survey->paths, NULL, &survey->file, &error);

	if (code && !(code == -ENOENT && !in_place)) {
		notes_add(survey->notes, NOTE_INFO, "%s cannot be read: %s", path, error.text);
		survey->model.origin = in_place ? POLICY_UNKNOWN : POLICY_RUNNING;
		return;
	}
	survey->live.now.wall = moment_wall(path);
	deadlines_expire(policy, &survey->live.deadlines, &survey->live.now);
	setting->policy = policy;
	if (!in_place)
		return;
	survey->model.origin = POLICY_SAVED;
	for (size_t i = 0; i < attached->count; i++)
		add_nic(setting, attached->list[i].nic);
	if (!attached->count)
		add_nic(setting, "");
}

static void read_counters(struct survey *survey)
{
	struct live *live = &survey->live;
	struct counter totals[REASON_COUNT];
	const struct control *control = live->instance.control;
	struct error error = {""};

	if (instance_totals(&live->instance, totals, &error)) {
		notes_add(survey->notes, NOTE_INFO, "%s", error.text);
		return;
	}
	survey->model.since = live->now.wall;
	if (live->now.hz)
		survey->model.since -=
			(__s64)((live->now.jiffies - control->booted) / live->now.hz);
}

static void read_policy(struct survey *survey)
{
	struct live *live = &survey->live;
	struct error error = {""};
	int code = privilege_check(&error);

	if (code == 0)
		code = live_read(&survey->paths, false, live, &error);
	if (code == -ENOENT || (code == 0 && !live->published)) {
		read_file(survey, false);
		return;
	}
	if (code) {
		notes_add(survey->notes, NOTE_INFO,
			  "the running policy cannot be read: %s; judging by %s", error.text,
			  survey->paths.policy);
		read_file(survey, true);
		return;
	}
	live_expire(live);
	survey->setting.policy = &live->policy;
	for (size_t i = 0; i < live->nic_count; i++)
		if (!live->nics[i].gone && !live->nics[i].detached)
			add_nic(&survey->setting, live->nics[i].name);
	read_counters(survey);
}

/* --- The host ------------------------------------------------------------------------------ */

static int compare_inodes(const void *a, const void *b)
{
	const __u64 *left = a, *right = b;

	return (*left > *right) - (*left < *right);
}

static void read_processes(struct survey *survey)
{
	const struct socket_list *lists[] = {&survey->listening, &survey->connected};
	__u64 *inodes =
		calloc(survey->listening.count + survey->connected.count + 1, sizeof(*inodes));
	struct error error = {""};
	size_t count = 0;

	for (size_t i = 0; inodes && i < 2; i++)
		for (size_t j = 0; j < lists[i]->count; j++)
			if (lists[i]->sockets[j].inode)
				inodes[count++] = lists[i]->sockets[j].inode;
	if (inodes)
		qsort(inodes, count, sizeof(*inodes), compare_inodes);
	if (!inodes || processes_find(inodes, count, &survey->processes, &error)) {
		notes_add(survey->notes, NOTE_INFO, "processes cannot be read: %s", error.text);
		survey->processes.unreadable = 1;
	} else if (survey->processes.unreadable) {
		notes_add(survey->notes, NOTE_INFO,
			  "%zu processes may not be looked into: "
			  "some sockets have no name (%s)",
			  survey->processes.unreadable,
			  geteuid() ? "run it as root" : "missing CAP_SYS_PTRACE");
	}
	free(inodes);
}

static void read_published(struct survey *survey)
{
	struct error error = {""};
	int code = published_list(&survey->published, &error);

	if (code)
		notes_add(survey->notes, NOTE_INFO,
			  "ports that NAT publishes, as of containers, cannot be seen: %s",
			  error.text);
	else if (survey->published.unclear)
		notes_add(survey->notes, NOTE_INFO,
			  "%zu NAT rules lead ports elsewhere that cannot be told",
			  survey->published.unclear);
}

/* "32768	60999". */
static void read_ephemeral(struct survey *survey)
{
	FILE *file = fopen("/proc/sys/net/ipv4/ip_local_port_range", "re");
	unsigned long low = 0, high = 0;
	char line[64], *end;

	survey->ephemeral_low = 32768;
	survey->ephemeral_high = 60999;
	if (!file)
		return;
	if (fgets(line, sizeof(line), file)) {
		low = strtoul(line, &end, 10);
		high = strtoul(end, NULL, 10);
	}
	fclose(file);
	if (high == 0 || high > PORT_MAX || low > high)
		return;
	survey->ephemeral_low = (unsigned)low;
	survey->ephemeral_high = (unsigned)high;
}

static int read_host(struct survey *survey, struct error *error)
{
	int code = network_read(&survey->network, error);

	if (code == 0)
		code = sockets_list(SOCKETS_LISTENING, &survey->listening, error);
	if (code == 0)
		code = sockets_list(SOCKETS_CONNECTED, &survey->connected, error);
	if (code)
		return code;
	read_processes(survey);
	read_published(survey);
	read_ephemeral(survey);
	return 0;
}

int survey_take(const struct paths *paths, __s64 idle, struct survey *survey,
		const struct notes *notes, struct error *error)
{
	int code;

	memset(survey, 0, sizeof(*survey));
	survey->paths = *paths;
	survey->notes = notes;
	survey->live = (struct live)LIVE_INIT;
	survey->model.setting = &survey->setting;
	policy_init(&survey->live.policy);
	policy_init(&survey->file.policy);
	survey->setting.policy = &survey->file.policy;
	read_policy(survey);
	survey->setting.now = survey->live.now.wall;
	survey->setting.idle =
		!idle || (survey->model.since && survey->setting.now - survey->model.since >= idle);
	code = read_host(survey, error);
	if (code == 0)
		code = survey_rows(survey);
	if (code == 0)
		survey_notes(survey);
	return code;
}

void survey_free(struct survey *survey)
{
	audit_model_free(&survey->model);
	published_list_free(&survey->published);
	process_list_free(&survey->processes);
	socket_list_free(&survey->listening);
	socket_list_free(&survey->connected);
	network_free(&survey->network);
	load_free(&survey->file);
	live_close(&survey->live);
}

/* --- Questions ----------------------------------------------------------------------------- */

bool survey_is_outside(const struct survey *survey, const struct socket_info *socket)
{
	return !endpoint_is_any(&socket->remote) && !endpoint_is_loopback(&socket->remote) &&
	       !network_is_local(&survey->network, &socket->remote);
}

const struct process *survey_holder(const struct survey *survey, __u64 inode, size_t *count)
{
	const struct socket_owner *owner =
		inode ? processes_owner(&survey->processes, inode, count) : NULL;

	return owner ? &survey->processes.processes[owner->process] : NULL;
}

void survey_user_name(uid_t uid, char name[33])
{
	/* The database of users is a file, or worse, and a thousand sockets have few users. */
	static struct {
		uid_t uid;
		char name[33];
	} known[16];
	static size_t count;
	const struct passwd *entry;

	for (size_t i = 0; i < count; i++)
		if (known[i].uid == uid) {
			memcpy(name, known[i].name, sizeof(known[i].name));
			return;
		}
	entry = getpwuid(uid);
	snprintf(name, 33, "%.32s", entry ? entry->pw_name : "");
	if (count < sizeof(known) / sizeof(known[0])) {
		known[count].uid = uid;
		memcpy(known[count++].name, name, sizeof(known[0].name));
	}
}

bool survey_packets(const struct survey *survey, __u8 proto, unsigned low, unsigned high,
		    __u64 *passed, __u64 *dropped)
{
	const struct instance *instance = &survey->live.instance;
	int table = protocol_table(proto);

	*passed = *dropped = 0;
	if (!survey->model.since || (table != PORT_TABLE_TCP && table != PORT_TABLE_UDP))
		return false;
	for (unsigned port = low; port <= high; port++) {
		*passed += instance_port_packets(instance, (enum port_table)table, (__u16)port,
						 VERDICT_PASS);
		*dropped += instance_port_packets(instance, (enum port_table)table, (__u16)port,
						  VERDICT_DROP);
	}
	return true;
}
