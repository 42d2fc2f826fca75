/* SPDX-License-Identifier: GPL-2.0-only */
/* What the kernel enforces now. */
#ifndef PORTFW_STATE_LIVE_H
#define PORTFW_STATE_LIVE_H

#include "kernel/attach.h"
#include "kernel/instance.h"
#include "kernel/publish.h"
#include "load.h"
#include "moment.h"
#include "paths.h"
#include "policy/attachments.h"
#include "policy/policy.h"

struct live {
	struct instance instance;
	__u64 version;	    /* of the policy, as publish_version() counts */
	bool published;	    /* the instance has a policy; not so if it was never completed */
	bool lost;	    /* it enforces one whose text is missing or damaged: it is unknown */
	bool blank;	    /* what an attach on trial fell back to: everything passes */
	bool settled;	    /* a trial was found whose time was up, and has been ended */
	struct trial trial; /* pending while it runs */
	struct moment now;
	/* In force, with the ends of its timed rules. Rules whose time is up are in it until
	 * live_expire(). */
	struct policy policy;
	struct attachments attached; /* the NICs that are, see live_adopt_modes() */
	struct deadline_table deadlines;
	char *text; /* of the slot in force, owned */
	/* The policy's own text, until live_expire() drops a rule. */
	struct known known;
	size_t expired; /* rules that live_expire() dropped */
	struct nic_status nics[MAX_NICS];
	size_t nic_count;
};
/* The text of a slot that lets everything pass since there was no policy before a trial. */
#define LIVE_BLANK "#blank\ndefault allow\n"

#define LIVE_INIT                         \
	{                                 \
		.instance = INSTANCE_INIT \
	}

/* Reads the instance. `writable`: for a command that changes it and has the lock; missing pins are
 * mended, a trial whose time is up ends, and a lost policy is no error. -ENOENT: there is none, or
 * none with a NIC, which sets no message. Otherwise -errno as of the functions in
 * kernel/instance.h. *live must be released in any case. */
int live_read(const struct paths *paths, bool writable, struct live *live, struct error *error);

/* The same for a command that needs privileges and a running policy, without the rules whose time
 * is up. The message is there for -ENOENT, too. */
int live_open(const struct paths *paths, struct live *live, struct error *error);

/* Whole seconds that the trial has left, rounded up. */
static inline __s64 live_trial_seconds(const struct live *live)
{
	__s64 seconds = (__s64)live->trial.seconds_left;

	return seconds + ((double)seconds < live->trial.seconds_left);
}

/* The instance that was read: it opens its clock and its counters on demand, which changes nothing
 * of what was read. */
static inline struct instance *live_instance(const struct live *live)
{
	return (struct instance *)&live->instance;
}

/* Drops the rules whose time is up. */
void live_expire(struct live *live);

/* Gives the NICs that are attached the modes that attach lines ask for, where that is what they
 * have: `attach eth0` is met by either mode. */
void live_adopt_modes(struct live *live, const struct attachments *wanted);

/* The NIC of this name that the instance holds; `attached`: only if it is attached. NULL: none. */
const struct nic_status *live_nic(const struct live *live, const char *name, bool attached);

/* Whether the tables in force are those of the running policy, none of its rules dropped. -errno,
 * 0: no, 1: yes. */
int live_tables_match(const struct live *live, struct error *error);

void live_close(struct live *live);
#define _cleanup_live_ __attribute__((cleanup(live_close)))

#endif
