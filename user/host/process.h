/* SPDX-License-Identifier: GPL-2.0-only */
/* One process, from /proc; private to user/host/. */
#ifndef PORTFW_HOST_PROCESS_H
#define PORTFW_HOST_PROCESS_H

#include "processes.h"

/* Fills *process in. `proc` is a descriptor of /proc. false: it has ended. */
bool process_describe(int proc, pid_t pid, struct process *process);

#endif
