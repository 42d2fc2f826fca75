/* SPDX-License-Identifier: GPL-2.0-only */
/* What an operator should know of a lockdown. */
#ifndef PORTFW_CMD_LOCKDOWN_NOTES_H
#define PORTFW_CMD_LOCKDOWN_NOTES_H

#include "cli/invocation.h"
#include "policy/lockdown.h"

/* Warns of network file systems and block devices, whose packets drop too. */
void lockdown_warn_of_mounts(void);
/* Destroys the TCP connections that are cut; says how many. */
void lockdown_kill(const struct invocation *invocation, const struct lockdown *lockdown);

#endif
