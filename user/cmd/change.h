/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The one way in which commands change something: the policy file and the kernel together, whole or
 * not at all.
 *
 * change_open(), say what is wanted, change_plan(), look at the plan, change_make(), say what is
 * now true. With --dry-run, change_make() prints the plan and touches nothing.
 */
#ifndef PORTFW_CMD_CHANGE_H
#define PORTFW_CMD_CHANGE_H

#include "live.h"
#include "load.h"

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
};

struct change {
	const struct invocation *invocation;
	unsigned flags; /* enum change_flag */
	int lock;

	/* What is wanted; the command sets it before change_plan(). */
	int (*edit)(struct policy *policy, const void *argument, struct error *error);
	const void *argument;
	bool whole;  /* the kernel gets the new policy of the file, whatever it enforced */
	bool boot;   /* NICs that cannot be attached are reported and left out */
	bool backup; /* keep a copy of the file */
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

	/* What becomes of it. */
	struct policy file_policy, live_policy;
	struct new_nic nics[MAX_NICS];
	size_t nic_count;
	bool saves, publishes; /* the file, the kernel */
	bool removes;	       /* the last NIC goes, and the instance with it */
	unsigned failures;     /* NICs left out */
	char backup_path[PATH_MAX];

	/* Of the instance, while the change is made. */
	bool created, switched;
	bool past_limit; /* the policy is: it was the input's fault */
	unsigned old_slot, slot;
};

/* Checks privileges, takes the lock, reads the policy file and the kernel's policy. With --dry-run
 * only the file, unless the change is one of the kernel's policy. Returns an exit status; *change
 * must be closed in any case. */
int change_open(struct change *change, const struct invocation *invocation, unsigned flags);

/* Works out what changes. Returns an exit status. */
int change_plan(struct change *change);

/* Whether anything does. */
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
