/* SPDX-License-Identifier: GPL-2.0-only */
/* Isolating the host, and ending that. Works also where the policy file has errors or a trial runs:
 * neither matters under lockdown. */
#ifndef PORTFW_CHANGE_LOCKDOWN_H
#define PORTFW_CHANGE_LOCKDOWN_H

#include "change.h"
#include "policy/lockdown.h"

struct lockdown_request {
	struct paths paths;
	bool dry_run;
	bool kill;	      /* destroy the TCP connections that are cut, too */
	const char *evidence; /* where the record goes; NULL: a dated file in the run directory */
	struct lockdown lockdown; /* without `until` */
	__s64 seconds;		  /* 0: for ever */
};

struct lockdown_change {
	struct request request; /* what is attached where nothing is */
	struct change change;
	struct lockdown lockdown; /* as it is on, or would be */
	bool was_on;		  /* unlock: in the kernel, or by a file, which may be damaged */
	bool running;		  /* unlock: there is an instance */
	bool done;		  /* the host is isolated; NICs may have been left out */
};
#define LOCKDOWN_CHANGE_INIT(takes)          \
	{                                    \
		.change = CHANGE_INIT(takes) \
	}
void lockdown_change_close(struct lockdown_change *change);
#define _cleanup_lockdown_change_ __attribute__((cleanup(lockdown_change_close)))

/* STATUS_FAILED with change_failures(): isolated, but a NIC was left out. */
enum exit_status lockdown_begin(const struct lockdown_request *request,
				struct lockdown_change *change);
enum exit_status lockdown_end(const struct lockdown_request *request,
			      struct lockdown_change *change);

#endif
