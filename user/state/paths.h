/* SPDX-License-Identifier: GPL-2.0-only */
/* Where an instance has its files and pins. */
#ifndef PORTFW_STATE_PATHS_H
#define PORTFW_STATE_PATHS_H

#include <stdbool.h>
#include <string.h>

struct paths {
	const char *policy;    /* the policy file that the command is about */
	const char *own;       /* that of the instance, whatever --policy says: what belongs to
				* incidents stands beside it */
	const char *pin_dir;   /* in a bpffs */
	const char *run_dir;   /* lock, pending trial */
	const char *state_dir; /* evidence: what a reboot must not lose */
};

/* Whether the command is about the instance's own policy file. */
static inline bool paths_are_own(const struct paths *paths)
{
	return strcmp(paths->policy, paths->own) == 0;
}

#endif
