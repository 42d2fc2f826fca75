/* SPDX-License-Identifier: GPL-2.0-only */
/* Who holds which sockets, while processes come and go. */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "host/processes.h"

/* A child that is to end, or to keep its secrets, once its descriptors are read. */
static pid_t victim;
static bool ends;

/* In place of the C library's: the kernel reads a link of a process that has just ended as EACCES,
 * as it does one that may not be read. */
ssize_t readlinkat(int directory, const char *name, char *target, size_t size)
{
	char link[64], where[64] = "", wanted[64];

	snprintf(link, sizeof(link), "/proc/self/fd/%d", directory);
	snprintf(wanted, sizeof(wanted), "/proc/%d/fd", (int)victim);
	if (victim && syscall(SYS_readlinkat, AT_FDCWD, link, where, sizeof(where) - 1) > 0 &&
	    strcmp(where, wanted) == 0) {
		if (ends) {
			kill(victim, SIGKILL);
			waitpid(victim, NULL, 0);
		}
		errno = EACCES;
		return -1;
	}
	return syscall(SYS_readlinkat, directory, name, target, size);
}

/* How many processes cannot be looked into. */
static size_t unreadable(void)
{
	struct process_list list = {NULL, 0, NULL, 0, 0};
	size_t count;

	assert_int_equal(processes_find(NULL, 0, &list, NULL), 0);
	count = list.unreadable;
	process_list_free(&list);
	return count;
}

static void start_victim(void)
{
	victim = fork();
	assert_true(victim >= 0);
	if (victim == 0)
		for (;;)
			pause();
}

static void a_process_that_ends_meanwhile_is_not_unreadable(void **state)
{
	size_t before = unreadable();

	(void)state;
	start_victim();
	ends = true;
	assert_int_equal(unreadable(), before);
	assert_int_equal(kill(victim, 0), -1);
	victim = 0;
}

static void a_process_that_may_not_be_read_is_unreadable(void **state)
{
	size_t before = unreadable();

	(void)state;
	start_victim();
	ends = false;
	assert_int_equal(unreadable(), before + 1);
	kill(victim, SIGKILL);
	waitpid(victim, NULL, 0);
	victim = 0;
}

static void the_holder_of_a_socket_is_found(void **state)
{
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	char link[64] = "", path[64];
	struct process_list list = {NULL, 0, NULL, 0, 0};
	size_t count = 0;

	(void)state;
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	assert_true(readlink(path, link, sizeof(link) - 1) > 0);
	__u64 inode = strtoull(link + sizeof("socket:[") - 1, NULL, 10);
	assert_int_equal(processes_find(&inode, 1, &list, NULL), 0);
	const struct socket_owner *owner = processes_owner(&list, inode, &count);
	assert_non_null(owner);
	assert_int_equal(count, 1);
	assert_int_equal(list.processes[owner->process].pid, getpid());
	process_list_free(&list);
	close(fd);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_process_that_ends_meanwhile_is_not_unreadable),
		cmocka_unit_test(a_process_that_may_not_be_read_is_unreadable),
		cmocka_unit_test(the_holder_of_a_socket_is_found),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
