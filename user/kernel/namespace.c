/* SPDX-License-Identifier: GPL-2.0-only */
#include "namespace.h"

#include <bpf/libbpf.h>
#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "link.h"
#include "maps.h"

/* Of asm-generic/socket.h from Linux 5.14 on. */
#ifndef SO_NETNS_COOKIE
#define SO_NETNS_COOKIE 71
#endif

struct identity {
	__u64 cookie; /* 0: the kernel has none */
	__u64 device, inode;
};

static struct identity identity_of(const char *path)
{
	struct identity identity = {0};
	struct stat status;

	if (stat(path, &status) == 0) {
		identity.device = status.st_dev;
		identity.inode = status.st_ino;
	}
	return identity;
}

static struct identity own_identity(void)
{
	struct identity identity = identity_of("/proc/self/ns/net");
	socklen_t length = sizeof(identity.cookie);
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	if (fd < 0)
		fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (fd >= 0 && getsockopt(fd, SOL_SOCKET, SO_NETNS_COOKIE, &identity.cookie, &length))
		identity.cookie = 0;
	if (fd >= 0)
		close(fd);
	return identity;
}

void namespace_note(struct control *control)
{
	const struct identity own = own_identity();

	control->netns_cookie = own.cookie;
	control->netns_device = own.device;
	control->netns_inode = own.inode;
}

/* --- Links ----------------------------------------------------------------------------------- */

/* Whether a link is on a NIC, and whether its program is on the NIC with that index here. */
static void ask_links(const char *pin_dir, bool *alive, bool *here)
{
	struct bpf_link_info info;
	char path[PATH_MAX];

	*alive = *here = false;
	for (unsigned i = 0; i < MAX_NICS; i++) {
		LIBBPF_OPTS(bpf_xdp_query_opts, query);

		if (!link_query(pin_path(path, pin_dir, PIN_XDP_LINK, i), &info) ||
		    !info.xdp.ifindex)
			continue;
		*alive = true;
		if (bpf_xdp_query((int)info.xdp.ifindex, 0, &query))
			continue;
		*here |= info.prog_id == query.drv_prog_id || info.prog_id == query.skb_prog_id ||
			 info.prog_id == query.prog_id;
	}
}

/* --- Where the other one is ------------------------------------------------------------------ */

#define WHERE_SIZE 320

static bool is_it(const char *path, const struct identity *wanted)
{
	const struct identity found = identity_of(path);

	return found.inode && found.inode == wanted->inode && found.device == wanted->device;
}

/* A name in /run/netns. */
static bool find_name(const struct identity *wanted, char where[WHERE_SIZE])
{
	static const char directory[] = "/run/netns";
	DIR *names = opendir(directory);
	const struct dirent *entry;
	char path[WHERE_SIZE];
	bool found = false;

	while (names && !found && (entry = readdir(names))) {
		snprintf(path, sizeof(path), "%s/%s", directory, entry->d_name);
		found = entry->d_name[0] != '.' && is_it(path, wanted);
		if (found)
			snprintf(where, WHERE_SIZE, "%s", path);
	}
	if (names)
		closedir(names);
	return found;
}

/* A process that is in it. */
static bool find_process(const struct identity *wanted, char where[WHERE_SIZE])
{
	DIR *processes = opendir("/proc");
	const struct dirent *entry;
	char path[WHERE_SIZE];
	bool found = false;

	while (processes && !found && (entry = readdir(processes))) {
		snprintf(path, sizeof(path), "/proc/%s/ns/net", entry->d_name);
		found = strtol(entry->d_name, NULL, 10) > 0 && is_it(path, wanted);
		if (found)
			snprintf(where, WHERE_SIZE, "%s", path);
	}
	if (processes)
		closedir(processes);
	return found;
}

static int say_where(const char *pin_dir, const struct identity *other, const char *where,
		     struct error *error)
{
	if (*where)
		return error_set(error, -EXDEV,
				 "what is attached from %s guards another network namespace, %s: "
				 "run this there, by `nsenter --net=%s portfw ...`",
				 pin_dir, where, where);
	return error_set(error, -EXDEV,
			 "what is attached from %s guards another network namespace (net:[%llu]), "
			 "in which no process is seen from here: run this there",
			 pin_dir, other->inode);
}

int namespace_check(const struct control *control, const char *pin_dir, struct error *error)
{
	const struct identity own = own_identity();
	const struct identity other = {control->netns_cookie, control->netns_device,
				       control->netns_inode};
	char where[WHERE_SIZE] = "";
	bool alive, here;

	if (other.cookie && own.cookie
		    ? other.cookie == own.cookie
		    : other.inode && other.inode == own.inode && other.device == own.device)
		return 0;
	ask_links(pin_dir, &alive, &here);
	if (!other.cookie && !other.inode)
		return here || !alive ? 0 : say_where(pin_dir, &other, where, error);
	if (find_name(&other, where) || find_process(&other, where) || alive)
		return say_where(pin_dir, &other, where, error);
	return -ENOENT;
}
