/* SPDX-License-Identifier: GPL-2.0-only */
#include "processes.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/list.h"
#include "process.h"

#define SOCKET_PREFIX "socket:["

struct search {
	const __u64 *inodes; /* wanted, sorted; NULL: all */
	size_t count;
	int proc; /* descriptor of /proc */
	struct process_list list;
};

static int by_inode(const void *a, const void *b)
{
	const __u64 *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

static bool is_wanted(const struct search *search, __u64 inode)
{
	return !search->inodes ||
	       bsearch(&inode, search->inodes, search->count, sizeof(*search->inodes), by_inode);
}

/* --- The descriptors of a process ---------------------------------------------------------- */

/* Calls `each` for the names in a directory, but those that begin with a dot. Bare system calls:
 * opendir(3) allocates and asks more than a directory of three names is worth. */
static int walk_directory(int fd, int (*each)(int fd, const char *name, void *context),
			  void *context)
{
	char buffer[16384] __attribute__((aligned(__alignof__(struct dirent64))));
	ssize_t length;

	while ((length = getdents64(fd, buffer, sizeof(buffer))) > 0) {
		for (ssize_t place = 0; place < length;) {
			const struct dirent64 *entry = (const void *)(buffer + place);
			int code = *entry->d_name == '.' ? 0 : each(fd, entry->d_name, context);

			if (code)
				return code;
			place += entry->d_reclen;
		}
	}
	return length < 0 ? -errno : 0;
}

/* Appends the process that is being looked at as an owner. */
static int add_owner(struct search *search, __u64 inode)
{
	struct process_list *list = &search->list;
	struct socket_owner *owners = list_extend(list->owners, list->owner_count, sizeof(*owners));

	if (!owners)
		return -ENOMEM;
	list->owners = owners;
	owners[list->owner_count++] = (struct socket_owner){inode, list->process_count};
	return 0;
}

static int visit_descriptor(int directory, const char *name, void *context)
{
	struct search *search = context;
	char target[64];
	ssize_t length = readlinkat(directory, name, target, sizeof(target) - 1);
	__u64 inode;

	if (length < 0) /* closed meanwhile, or no privileges: the same for all */
		return errno == EACCES || errno == EPERM ? -errno : 0;
	target[length] = '\0';
	if (strncmp(target, SOCKET_PREFIX, strlen(SOCKET_PREFIX)) != 0)
		return 0;
	inode = strtoull(target + strlen(SOCKET_PREFIX), NULL, 10);
	return is_wanted(search, inode) ? add_owner(search, inode) : 0;
}

static int visit_descriptors(struct search *search, const char *pid)
{
	char path[sizeof(((struct dirent64 *)0)->d_name) + sizeof("/fd")];
	int fd, code;

	snprintf(path, sizeof(path), "%s/fd", pid);
	fd = openat(search->proc, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	code = walk_directory(fd, visit_descriptor, search);
	close(fd);
	return code;
}

/* --- The processes ------------------------------------------------------------------------- */

/* Keeps the process whose descriptors were just visited if it owns a socket. */
static int keep_process(struct search *search, pid_t pid, size_t owners_before)
{
	struct process_list *list = &search->list;
	struct process *processes;

	if (list->owner_count == owners_before)
		return 0;
	processes = list_extend(list->processes, list->process_count, sizeof(*processes));
	if (!processes)
		return -ENOMEM;
	list->processes = processes;
	if (process_describe(search->proc, pid, &processes[list->process_count]))
		list->process_count++;
	else
		list->owner_count = owners_before;
	return 0;
}

/* The links of a process that is gone read as EACCES, too. */
static bool is_there(int proc, const char *pid)
{
	return faccessat(proc, pid, F_OK, 0) == 0;
}

static int visit_process(int proc, const char *name, void *context)
{
	struct search *search = context;
	size_t owners_before = search->list.owner_count;
	int code;

	if (*name < '0' || *name > '9')
		return 0;
	code = visit_descriptors(search, name);
	switch (code) {
	case 0:
		return keep_process(search, (pid_t)strtol(name, NULL, 10), owners_before);
	case -ENOENT: /* it ended */
	case -ESRCH:
		search->list.owner_count = owners_before;
		return 0;
	case -EACCES:
	case -EPERM:
		search->list.owner_count = owners_before;
		search->list.unreadable += is_there(proc, name);
		return 0;
	default:
		return code;
	}
}

/* Processes are in the order of their pids, as /proc lists them. */
static int by_socket(const void *a, const void *b)
{
	const struct socket_owner *x = a, *y = b;

	if (x->inode != y->inode)
		return x->inode < y->inode ? -1 : 1;
	return (x->process > y->process) - (x->process < y->process);
}

static void sort_owners(struct process_list *list)
{
	size_t kept = 0;

	if (!list->owner_count)
		return;
	qsort(list->owners, list->owner_count, sizeof(*list->owners), by_socket);
	for (size_t i = 0; i < list->owner_count; i++)
		if (!kept || by_socket(&list->owners[kept - 1], &list->owners[i]) != 0)
			list->owners[kept++] = list->owners[i];
	list->owner_count = kept;
}

int processes_find(const __u64 *inodes, size_t count, struct process_list *list,
		   struct error *error)
{
	struct search search = {.inodes = inodes, .count = count};
	int code;

	search.proc = open("/proc", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (search.proc < 0)
		return error_set(error, -errno, "cannot open /proc: %s", strerror(errno));
	code = inodes && !count ? 0 : walk_directory(search.proc, visit_process, &search);
	close(search.proc);
	if (code) {
		process_list_free(&search.list);
		return error_set(error, code, "cannot read the processes in /proc: %s",
				 strerror(-code));
	}
	sort_owners(&search.list);
	*list = search.list;
	return 0;
}

void process_list_free(struct process_list *list)
{
	free(list->processes);
	free(list->owners);
	*list = (struct process_list){};
}

const struct socket_owner *processes_owner(const struct process_list *list, __u64 inode,
					   size_t *count)
{
	size_t low = 0, high = list->owner_count, first;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (list->owners[middle].inode < inode)
			low = middle + 1;
		else
			high = middle;
	}
	first = low;
	while (low < list->owner_count && list->owners[low].inode == inode)
		low++;
	if (count)
		*count = low - first;
	return low > first ? &list->owners[first] : NULL;
}
