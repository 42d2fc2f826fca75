/* SPDX-License-Identifier: GPL-2.0-only */
/* What a command wants changed. The command fills it; nothing behind it writes to it. */
#ifndef PORTFW_CHANGE_REQUEST_H
#define PORTFW_CHANGE_REQUEST_H

#include "policy/attachments.h"
#include "policy/lockdown.h"
#include "policy/policy.h"
#include "state/paths.h"

/* What the new policy is made from. All but the first take the place of what is in force, too,
 * whatever that was. */
enum request_base {
	BASE_POLICY, /* the policy that there is, by the edit */
	BASE_GIVEN,  /* `given`; a policy file with errors does not matter */
	BASE_KEPT,   /* the newest that is kept for undo and differs; nor does it then */
	BASE_FILE,   /* the policy file, which stays: `restore` */
};

struct request {
	struct paths paths;
	bool dry_run; /* work out what would change, touch nothing */
	bool runtime; /* the running policy only, not the file */
	bool force;   /* even if it cuts the operator off */
	bool urgent; /* not kept waiting by the lock: without it, a running instance is only read */
	bool boot;   /* NICs that cannot be attached are noted and left out; nobody is asked */

	/* What follows where the policy file cannot be read: ", nothing changed". */
	const char *consequence;

	__s64 trial_seconds; /* --confirm: 0 without */
	const char *trial;   /* the same as it was said: "5m" */
	bool can_be_tried;   /* the command would take --confirm */

	/* On from the start in an instance that has to be made; NULL: as its file says. */
	const struct lockdown *lockdown;

	__u32 flows_max; /* entries of the flow table, if it has to be made; 0: not said */

	enum request_base base;
	/* BASE_POLICY; may be NULL. Gets a normal policy and need not leave it so. -errno. */
	int (*edit)(struct policy *policy, const void *argument, struct error *error);
	const void *argument;
	/* Rules of the argument whose ends were counted from `counted` (seconds since the Epoch).
	 * They are put off by how long the lock took, and told apart from ends in force. NULL:
	 * none. */
	struct policy *timed;
	__s64 counted;
	/* BASE_GIVEN. */
	const struct policy *given;
	const char *given_path; /* where it was read, "-": standard input; NULL: nowhere */

	struct attachment attach[MAX_NICS]; /* to be attached, unless they are */
	size_t attach_count;
	bool explicit_mode; /* their modes were named: one that is attached must have it */

	bool detaches; /* NICs at most, so no instance is needed */
	bool detach_all;
	const char *const *detach; /* names of NICs */
	size_t detach_count;

	bool backup; /* keep a dated copy of the policy file */
};

/* Whether the change is a trial. */
static inline bool request_is_trial(const struct request *request)
{
	return request->trial_seconds;
}

/* Whether the rules are those of another policy, rather than the old ones edited. */
static inline bool request_replaces(const struct request *request)
{
	return request->base != BASE_POLICY;
}

/* Whether the request detaches the NIC of this name. */
bool request_detaches(const struct request *request, const char *nic);

#endif
