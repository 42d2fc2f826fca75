/* SPDX-License-Identifier: GPL-2.0-only */
/* Where an instance has its files and pins. */
#ifndef PORTFW_STATE_PATHS_H
#define PORTFW_STATE_PATHS_H

struct paths {
	const char *policy;  /* the policy file; what belongs to incidents stands beside it */
	const char *pin_dir; /* in a bpffs */
	const char *run_dir; /* lock, pending trial, evidence */
};

#endif
