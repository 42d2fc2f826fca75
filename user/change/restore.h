/* SPDX-License-Identifier: GPL-2.0-only */
/* What `restore` brings besides the policy. */
#ifndef PORTFW_CHANGE_RESTORE_H
#define PORTFW_CHANGE_RESTORE_H

#include "done.h"

/* To an instance that runs: what watches leaving packets, lockdown and the block list as their
 * files say. A new instance gets them when it is made. At boot a failure is noted and counted, else
 * it ends the change. */
enum exit_status restore_incidents(struct making *making);

#endif
