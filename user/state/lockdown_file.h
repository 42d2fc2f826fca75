/* SPDX-License-Identifier: GPL-2.0-only */
/* Lockdown outlives commands and reboots in the file `lockdown` beside the policy file. */
#ifndef PORTFW_STATE_LOCKDOWN_FILE_H
#define PORTFW_STATE_LOCKDOWN_FILE_H

#include "moment.h"
#include "policy/lockdown.h"
#include <limits.h>

struct lockdown_file {
	char path[PATH_MAX];
	bool there; /* there is one */
	bool on;    /* and its time is not up by the wall clock */
	struct lockdown lockdown;
};

/* Reads the one beside `policy`. -EINVAL: its text is damaged. */
int lockdown_file_read(const char *policy, struct lockdown_file *file, struct error *error);
int lockdown_file_write(const struct lockdown_file *file, struct error *error);
/* Removes it; nothing if there is none. */
int lockdown_file_remove(const struct lockdown_file *file, struct error *error);

/* Isolates the host as the file's contents say, until its time is up by the kernel's clock. */
int lockdown_file_enforce(const struct lockdown_file *file, struct instance *instance,
			  struct error *error);
/* Makes the kernel follow the file: after an instance was created, and to restore. Where lockdown
 * is on already, its deadline in the kernel counts. *on (may be NULL): it is on now. */
int lockdown_file_load(const char *policy, struct instance *instance, bool *on,
		       struct error *error);

/* What the kernel has, into *lockdown, with `until` by the wall clock. false: it is off. */
bool lockdown_in_kernel(const struct instance *instance, const struct moment *now,
			struct lockdown *lockdown);

#endif
