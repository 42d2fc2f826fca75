/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Lockdown outlives commands and reboots in the file `lockdown` beside the instance's own policy
 * file. Commands switch the kernel first, and without the lock: the file follows.
 */
#ifndef PORTFW_STATE_LOCKDOWN_FILE_H
#define PORTFW_STATE_LOCKDOWN_FILE_H

#include "base/notes.h"
#include "moment.h"
#include "policy/lockdown.h"
#include <limits.h>
#include <stdbool.h>

struct lockdown_file {
	char path[PATH_MAX];
	bool there;   /* there is one, whatever it is; an empty one is none */
	bool on;      /* and its time is not up by the wall clock */
	bool damaged; /* not understood in full, or not readable: it isolates nevertheless */
	struct lockdown lockdown; /* what could be read */
};

/* The path of the file; -EINVAL: the policy file itself has that name. */
int lockdown_file_path(const char *policy, char path[PATH_MAX], struct error *error);

/* Reads the one beside `policy`. What is wrong with it goes to `notes` (may be NULL), each line as
 * a place. Fails only without a path or memory. */
int lockdown_file_read(const char *policy, struct lockdown_file *file, const struct notes *notes,
		       struct error *error);

/* Makes the file say what the kernel has, and again until both agree: others may switch at the same
 * time. A directory, FIFO or link to nothing in its place is moved aside. */
int lockdown_file_save(const char *policy, struct instance *instance, struct error *error);
/* Removes it, where there is no instance. */
int lockdown_file_remove(const char *policy, struct error *error);

/* Isolates the host, until lockdown->until by the wall clock (0: for ever) in the kernel's time. At
 * once, whatever becomes of the clock. */
int lockdown_enforce(const struct lockdown *lockdown, struct instance *instance,
		     struct error *error);

/*
 * Makes the kernel and the file agree: after an instance was created, and to restore. What a
 * command switched and could not save is saved now; else the kernel follows the file, whose
 * deadline counts only where lockdown is not on already. A damaged file isolates, says so and
 * counts in *failures.
 */
int lockdown_file_load(const char *policy, struct instance *instance, const struct notes *notes,
		       unsigned *failures, struct error *error);

/* What the kernel has, into *lockdown, with `until` by the wall clock. false: it is off. */
bool lockdown_in_kernel(const struct instance *instance, const struct moment *now,
			struct lockdown *lockdown);

#endif
