/* SPDX-License-Identifier: GPL-2.0-only */
/* Signals, and the descriptors 0 to 2: what must not end or mislead a command halfway. */
#ifndef PORTFW_BASE_SIGNALS_H
#define PORTFW_BASE_SIGNALS_H

#include <signal.h>
#include <stdbool.h>

/*
 * For main(), first of all. A reader that went away and a limit of file size are errors of write(2)
 * from now on, not the end of the program. Descriptors 0 to 2 that are closed are taken, so that no
 * file that is opened later gets the number and what is printed: reading and writing them fails.
 */
void signals_begin(void);

/* Of a program that is executed: signals as they are by default. */
void signals_of_child(sigset_t *defaults, sigset_t *mask);

/*
 * The stretch in which a change is made: from signals_hold() to its end nothing but SIGKILL ends or
 * stops the program. What came meanwhile is dropped: the command is done by then, and its exit
 * status says what became of it. Stretches may stand within each other.
 */
struct uninterrupted {
	bool outermost;
	sigset_t before;
};
struct uninterrupted signals_hold(void);
void signals_release(struct uninterrupted *stretch);
#define _cleanup_uninterrupted_ __attribute__((cleanup(signals_release)))

#endif
