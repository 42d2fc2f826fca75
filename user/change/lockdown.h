/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Isolating the host, and ending that. The kernel first, without the lock; then the file, then what
 * can wait: NICs that are not attached yet, evidence, connections. Works also where the policy file
 * has errors, a trial runs, a disk is full: none of it matters under lockdown.
 */
#ifndef PORTFW_CHANGE_LOCKDOWN_H
#define PORTFW_CHANGE_LOCKDOWN_H

#include "change.h"
#include "policy/lockdown.h"

struct lockdown_request {
	struct paths paths;
	bool dry_run;
	bool kill;	      /* destroy the TCP connections that are cut, too */
	const char *evidence; /* where the record goes; NULL: a new file in the state directory */
	struct lockdown lockdown; /* without `until` */
	__s64 seconds;		  /* 0: for ever */
};

struct lockdown_change {
	struct request request; /* what is attached where nothing is */
	struct change change;
	struct lockdown lockdown; /* as it is on, or would be */
	struct instance instance; /* that was there when the command began */
	bool was_on;		  /* unlock: in the kernel, or by a file, which may be damaged */
	bool running;		  /* there was an instance */
	bool done;		  /* NICs are cut, or free again, though perhaps not all of them */
	bool unsaved;		  /* but the file does not say so */
};
#define LOCKDOWN_CHANGE_INIT(takes)                                     \
	{                                                               \
		.change = CHANGE_INIT(takes), .instance = INSTANCE_INIT \
	}
void lockdown_change_close(struct lockdown_change *change);
#define _cleanup_lockdown_change_ __attribute__((cleanup(lockdown_change_close)))

/* STATUS_FAILED with change->done: isolated, but a NIC is open, which was named. STATUS_UNSAVED:
 * isolated, but not saved. */
enum exit_status lockdown_begin(const struct lockdown_request *request,
				struct lockdown_change *change);
enum exit_status lockdown_end(const struct lockdown_request *request,
			      struct lockdown_change *change);

#endif
