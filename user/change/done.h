/* SPDX-License-Identifier: GPL-2.0-only */
/* What was done: written while a change is made. */
#ifndef PORTFW_CHANGE_DONE_H
#define PORTFW_CHANGE_DONE_H

#include "plan.h"

/* A NIC that a change attaches. */
struct new_nic {
	struct attachment wanted;
	unsigned index;	       /* in the instance */
	bool reserved;	       /* the index is taken */
	bool attached;	       /* by now */
	enum attach_mode got;  /* once attached */
	struct error fallback; /* why not native, if that was tried first */
};

struct done {
	struct new_nic nics[MAX_NICS];
	size_t nic_count;
	struct attachments attached; /* afterwards */
	bool made;		     /* or would be, in a dry run; but for the failures */
	unsigned failures;	     /* at boot: NICs, or the block list, left out */
	char backup_path[PATH_MAX];  /* the dated copy of the policy file, "" if none */
	bool past_limit;	     /* the policy is: it was the input's fault */
	bool created, switched;	     /* the instance, to the new slot */
	unsigned old_slot, slot;
	char *text;	/* the new policy file, if it is written or on trial; owned */
	__u64 deadline; /* of the trial that it is, 0: none */
};

/* A change while it is made. */
struct making {
	const struct request *request;
	const struct have *have;
	const struct plan *plan;
	struct instance *instance;     /* that runs, or is made */
	struct moment now;	       /* by its clock */
	const struct pending *pending; /* what confirming the trial is to save, if it is one */
	struct done *done;
	const struct notes *notes;
};

/* Whether the kernel's tables are written, as far as there are NICs for them. */
static inline bool making_publishes(const struct making *making)
{
	return making->plan->publishes && (making->have->running || making->done->nic_count);
}

#endif
