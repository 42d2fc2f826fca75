/* SPDX-License-Identifier: GPL-2.0-only */
/* Which processes hold which sockets, from /proc. */
#ifndef PORTFW_HOST_PROCESSES_H
#define PORTFW_HOST_PROCESSES_H

#include "base/error.h"
#include <linux/types.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

struct process {
	pid_t pid;
	char name[64];	/* base name of the program file (sshd, sshd-session); else its comm */
	uid_t uid;	/* effective */
	char unit[128]; /* systemd unit or scope from its cgroup: "ssh.service"; "" where none */
};

/* A socket and one of the processes that hold it. */
struct socket_owner {
	__u64 inode;
	size_t process; /* index into processes */
};

struct process_list {
	struct process *processes; /* those that hold one, by pid */
	size_t process_count;
	struct socket_owner *owners; /* sorted by inode, then by pid */
	size_t owner_count;
	size_t unreadable; /* processes whose descriptors could not be read: privileges */
};

/* Finds the holders of the sockets with these inodes (sorted), or of all sockets if `inodes` is
 * NULL. Processes that vanish meanwhile are left out; a process with several descriptors of a
 * socket is one owner. Negative errno; *list is untouched then. */
int processes_find(const __u64 *inodes, size_t count, struct process_list *list,
		   struct error *error);
void process_list_free(struct process_list *list);
#define _cleanup_process_list_ __attribute__((cleanup(process_list_free)))

/* The first owner of the socket; *count (may be NULL) receives how many there are, next to each
 * other. NULL: none is known. */
const struct socket_owner *processes_owner(const struct process_list *list, __u64 inode,
					   size_t *count);

#endif
