/* SPDX-License-Identifier: GPL-2.0-only */
/* What the kernel enforces now. */
#ifndef PORTFW_CMD_LIVE_H
#define PORTFW_CMD_LIVE_H

#include "cmd.h"
#include "kernel/attach.h"
#include "kernel/instance.h"
#include "policy/policy.h"

struct live {
	struct instance instance;
	__u64 version;	      /* of the policy, as instance_version() counts */
	bool published;	      /* the instance has a policy; not so if it was never completed */
	struct policy policy; /* of the kernel; its attachments are the NICs that are attached */
	struct nic_status nics[MAX_NICS];
	size_t nic_count;
};
#define LIVE_INIT                         \
	{                                 \
		.instance = INSTANCE_INIT \
	}

/* Reads the instance. -ENOENT: there is none, which sets no message. Otherwise -errno as of the
 * functions in instance.h. *live must be released in any case. */
int live_read(const char *pin_dir, bool writable, struct live *live, struct error *error);

/* The same for a command that needs privileges and a running policy: reports what is wrong and
 * returns an exit status. */
int live_load(const struct invocation *invocation, struct live *live);

/* Gives the attachments of the running policy the modes that a policy asks for, where that is what
 * they have: `attach eth0` is met by either mode. */
void live_adopt_modes(struct live *live, const struct policy *wanted);

/* The NIC of this name that the instance holds; `attached`: only if it is attached. NULL: none. */
const struct nic_status *live_nic(const struct live *live, const char *name, bool attached);

/* Whether the tables in force are those of the running policy. -errno, 0: no, 1: yes. */
int live_tables_match(const struct live *live, struct error *error);

void live_close(struct live *live);
#define _cleanup_live_ __attribute__((cleanup(live_close)))

#endif
