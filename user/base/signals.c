/* SPDX-License-Identifier: GPL-2.0-only */
#include "signals.h"
#include <fcntl.h>
#include <stddef.h>
#include <unistd.h>

/* Ignored always; executing a program would hand that on. */
static const int ignored[] = {SIGPIPE, SIGXFSZ};
#define IGNORED_COUNT (sizeof(ignored) / sizeof(ignored[0]))

/* What the program itself did wrong is not put off. */
static const int faults[] = {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGTRAP, SIGABRT, SIGSYS};
#define FAULT_COUNT (sizeof(faults) / sizeof(faults[0]))

static unsigned depth; /* of stretches that nothing interrupts */

void signals_begin(void)
{
	for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++)
		if (fcntl(fd, F_GETFD) < 0)
			(void)!open("/", O_PATH); /* the lowest number that is free: this one */
	for (size_t i = 0; i < IGNORED_COUNT; i++)
		signal(ignored[i], SIG_IGN);
}

void signals_of_child(sigset_t *defaults, sigset_t *mask)
{
	sigemptyset(defaults);
	for (size_t i = 0; i < IGNORED_COUNT; i++)
		sigaddset(defaults, ignored[i]);
	sigemptyset(mask);
}

struct uninterrupted signals_hold(void)
{
	struct uninterrupted stretch = {.outermost = depth++ == 0};
	sigset_t all;

	if (!stretch.outermost)
		return stretch;
	sigfillset(&all);
	for (size_t i = 0; i < FAULT_COUNT; i++)
		sigdelset(&all, faults[i]);
	sigprocmask(SIG_BLOCK, &all, &stretch.before);
	return stretch;
}

/* A signal that waits is dropped by being ignored. */
static void drop(int number)
{
	const struct sigaction ignore = {.sa_handler = SIG_IGN};
	struct sigaction old;

	if (sigaction(number, &ignore, &old) == 0)
		sigaction(number, &old, NULL);
}

void signals_release(struct uninterrupted *stretch)
{
	sigset_t pending;

	depth--;
	if (!stretch->outermost)
		return;
	sigpending(&pending);
	for (int number = 1; number < NSIG; number++)
		if (sigismember(&pending, number) == 1 &&
		    sigismember(&stretch->before, number) != 1)
			drop(number);
	sigprocmask(SIG_SETMASK, &stretch->before, NULL);
}
