/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The one way in which commands change something: the policy file and the kernel together, whole or
 * not at all.
 *
 * change_open(), say what is wanted, change_plan(), look at the plan, change_make(), say what is
 * now true. With --dry-run, change_make() prints the plan and touches nothing. With --confirm the
 * kernel's half becomes a trial, and the file's half waits in the run directory.
 */
#ifndef PORTFW_CHANGE_CHANGE_H
#define PORTFW_CHANGE_CHANGE_H

#include "state/live.h"
#include "state/load.h"
#include "state/pending.h"

/* A NIC that a change attaches. */
struct new_nic {
	struct attachment wanted;
	unsigned index;	       /* in the instance */
	bool reserved;	       /* the index is taken */
	bool attached;	       /* by now */
	enum attach_mode got;  /* once attached */
	struct error fallback; /* why not native, if that was tried first */
};

enum change_flag {
	CHANGE_RESTORES = 1 << 0,     /* the kernel follows the file, which stays */
	CHANGE_MENDS_DAMAGE = 1 << 1, /* goes on where pins are damaged, as if there were none */
	CHANGE_REPLACES = 1 << 2,     /* goes on where the file has errors: a copy is kept */
	CHANGE_DECIDES = 1 << 3,      /* decides a trial, instead of being refused while one runs */
};

struct change {
	const struct invocation *invocation;
	unsigned flags; /* enum change_flag */
	int lock;

	/* What is wanted; the command sets it before change_plan(). */
	int (*edit)(struct policy *policy, const void *argument, struct error *error);
	const void *argument;
	bool replaces;	     /* the edit looks at attachments only: the rules are replaced */
	bool whole;	     /* the kernel gets the new policy of the file, whatever it enforced */
	bool boot;	     /* NICs that cannot be attached are reported and left out */
	bool backup;	     /* keep a copy of the file */
	unsigned consumed;   /* of the policies kept for undo, those from this number on go */
	__s64 trial_seconds; /* --confirm: 0 without */
	__u32 flows_max;     /* --max-flows: entries of the flow table, if it has to be made */
	struct attachment attach[MAX_NICS]; /* to be attached, unless they are */
	size_t attach_count;
	bool detaches; /* NICs at most, so no instance is needed */
	__u32 detach;  /* bit n: detach the NIC with index n */

	/* What there is. */
	struct loaded file;
	struct live live;
	bool running; /* there is an instance */
	bool broken;  /* the file has errors; the attached NICs stand in for it */
	bool damaged; /* there are pins, but they are none */
	/* What confirming the trial that runs would save, which is then what the change builds on.
	 * Of the change itself once it is made. */
	struct pending pending;
	__u64 trial_deadline; /* of the trial that runs, 0: none */

	/* What becomes of it. */
	struct policy file_policy, live_policy;
	char *text; /* of file_policy, once it was needed; owned */
	struct new_nic nics[MAX_NICS];
	size_t nic_count;
	bool saves, publishes; /* the file, the kernel */
	bool removes;	       /* the last NIC goes, and the instance with it */
	unsigned failures;     /* at boot: NICs, or the block list, left out */
	char backup_path[PATH_MAX];

	/* Of the instance, while the change is made. */
	bool guarded; /* guard_change() has been asked */
	bool created, switched;
	bool past_limit; /* the policy is: it was the input's fault */
	unsigned old_slot, slot;
	__u64 deadline; /* of its trial */
};

/* Checks privileges, takes the lock, reads the policy file and the kernel's policy. With --dry-run
 * only the file, unless the change is one of the kernel's policy. Returns an exit status; *change
 * must be closed in any case. */
int change_open(struct change *change, const struct invocation *invocation, unsigned flags);

/* Works out what changes. Returns an exit status. */
int change_plan(struct change *change);

/* Whether the change is a trial. */
static inline bool change_is_trial(const struct change *change)
{
	return change->trial_seconds;
}

/* Whether anything changes. */
static inline bool change_needed(const struct change *change)
{
	return change->saves || change->publishes || change->removes;
}

/* Makes the change. With --json or --dry-run it prints what changed or would change. Returns an
 * exit status; STATUS_FAILED with failures > 0: done but for these. */
int change_make(struct change *change);

void change_close(struct change *change);
#define _cleanup_change_ __attribute__((cleanup(change_close)))

#endif
