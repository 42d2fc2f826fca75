/* SPDX-License-Identifier: GPL-2.0-only */
/* What becomes of the policy file and of the kernel: worked out before anything is touched. */
#ifndef PORTFW_CHANGE_PLAN_H
#define PORTFW_CHANGE_PLAN_H

#include "have.h"

struct plan {
	bool nothing; /* to restore: there is no policy file */
	/* Afterwards: what the file says, and what is in force, on which NICs. */
	struct policy file_policy, live_policy;
	struct attachments file_attached, live_attached;
	/* What shall be attached, in the mode that it shall have, and those of it that are not. */
	struct attachment attach[MAX_NICS], nics[MAX_NICS];
	size_t attach_count, nic_count;
	__u32 detach;	   /* bit n: detach the NIC with index n */
	bool whole;	   /* the kernel gets the policy of the file, whatever it enforced */
	bool saves;	   /* the policy file changes */
	bool publishes;	   /* the kernel's tables are written */
	bool removes;	   /* the last NIC goes, and the instance with it */
	bool backup;	   /* a dated copy of the policy file is kept */
	unsigned consumed; /* of the policies kept for undo, those from this number on go */
	unsigned failures; /* at boot: what is left out already */
};

/* Works out what changes. *plan must be zero, and freed in any case. What is wrong is noted. */
enum exit_status plan_make(const struct request *request, const struct have *have,
			   struct plan *plan, const struct notes *notes);
void plan_free(struct plan *plan);

/* Whether anything changes. */
static inline bool plan_needed(const struct plan *plan)
{
	return plan->saves || plan->publishes || plan->removes;
}

/* Whether the running default becomes deny; of NICs that come that is no matter. */
static inline bool plan_starts_to_deny(const struct have *have, const struct plan *plan)
{
	return have->running && plan->publishes &&
	       plan->live_policy.default_action == ACTION_DENY &&
	       have->live.policy.default_action != ACTION_DENY;
}

#endif
