/* SPDX-License-Identifier: GPL-2.0-only */
/* What there is when a change begins: the policy file, and what the kernel enforces. */
#ifndef PORTFW_CHANGE_HAVE_H
#define PORTFW_CHANGE_HAVE_H

#include "base/exit_status.h"
#include "base/notes.h"
#include "request.h"
#include "state/live.h"
#include "state/load.h"
#include "state/pending.h"

struct have {
	int lock; /* negative: not taken */
	/* It may change the instance: it has the lock, or there can be none, and nobody has it. */
	bool writes;
	struct loaded file; /* or what the trial that runs would make of it */
	struct live live;
	bool running;	      /* there is an instance */
	bool broken;	      /* the file cannot be used; the attached NICs stand in for it */
	bool damaged;	      /* there are pins, but they are none */
	__u64 trial_deadline; /* of the trial that runs, 0: none */
	/* What confirming that trial would save, which is then what the change builds on. */
	struct pending pending;
	/* BASE_FILE: the file cannot be used, and `file` is what is enforced all the same: what is
	 * in force, or the stand-in of this name ("": none). How the command ends by that. */
	bool unusable;
	enum exit_status unusable_status;
	char stand_in[64];
	/* BASE_KEPT: the policy that comes back. Of those kept, those from this number on go. */
	struct loaded kept;
	unsigned kept_number;
};
#define HAVE_INIT                             \
	{                                     \
		.lock = -1, .live = LIVE_INIT \
	}

/* What a command does with a trial that runs and with damage, besides changing the policy. */
enum have_flag {
	HAVE_DECIDES = 1 << 0,	/* it decides the trial, instead of being refused while one runs */
	HAVE_MENDS = 1 << 1,	/* it goes on where pins are damaged, as if there were none */
	HAVE_REPLACES = 1 << 2, /* it goes on where the policy file cannot be used */
};

/* Checks privileges, takes the lock, reads the policy file and the kernel's policy. With dry_run
 * only the file, unless the change is one of the kernel's policy. *have must be HAVE_INIT, and
 * closed in any case. What is wrong is noted. */
enum exit_status have_read(const struct request *request, unsigned flags, struct have *have,
			   const struct notes *notes);
void have_close(struct have *have);

#endif
