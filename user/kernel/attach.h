/* SPDX-License-Identifier: GPL-2.0-only */
/* NICs of this network namespace and the XDP links on them. */
#ifndef PORTFW_KERNEL_ATTACH_H
#define PORTFW_KERNEL_ATTACH_H

#include "instance.h"

/* What `status` knows of an attached NIC, asked from the kernel. */
struct nic_status {
	unsigned index;	     /* in the policy: 0 to MAX_NICS - 1 */
	char name[IFNAMSIZ]; /* now; as it was at attach if the NIC is gone */
	unsigned ifindex;
	enum attach_mode mode;
	enum link_type link_type;
	unsigned prog_id;	 /* 0: not attached any more */
	enum egress_kind egress; /* how packets that leave are watched */
	bool unsettled;		 /* see attach_settle() */
	bool gone;		 /* the NIC has vanished, or is in another network namespace */
	bool detached;	     /* the NIC is there, but our link no longer is (pin lost or broken) */
	bool egress_missing; /* packets that leave are not watched: never, or not any more */
};

/* All NICs that the instance holds, by index. */
int attach_list(const struct instance *instance, struct nic_status nics[MAX_NICS], size_t *count,
		struct error *error);

/* Can this NIC be attached? Looks at: exists, not lo, link type known, no XDP program of others.
 * -ENODEV, -EOPNOTSUPP, -EBUSY (the message names the program by id and name). */
int attach_check(const char *nic, struct error *error);

/*
 * Reserves an index for the NIC, so that a policy can be compiled for it: attach_reserve(),
 * egress_attach(), publish the policy, attach_link(). An attached NIC keeps its index. Returns the
 * index. -ENOSPC: MAX_NICS.
 */
int attach_reserve(struct instance *instance, const char *nic, struct error *error);
/* Loads the program for the NIC, attaches it and pins the link. mode ATTACH_AUTO: native, else
 * generic; *got says which, and *fallback (may be NULL) why not native. On error nothing is left
 * attached and the index is free again. */
int attach_link(struct instance *instance, unsigned index, enum attach_mode mode,
		enum attach_mode *got, struct error *fallback, struct error *error);
/* Notes that attaching is complete, policy file and all, or that detaching begins. What is left
 * unsettled, by a killed command or a trial that nobody confirmed, `restore` detaches where the
 * policy file does not name it. */
void attach_settle(struct instance *instance, unsigned index, bool settled);
/* Takes back what killed commands left of NICs that they reserved and did not come to attach, the
 * egress program first of all. Under the lock. */
void attach_sweep(struct instance *instance);
/* Detaches the NIC with this index and removes its pin; works when the NIC is gone. */
int attach_unlink(struct instance *instance, unsigned index, struct error *error);

/* Fills what can be told of the NIC with this ifindex, on which an XDP link is: name, mode, link
 * type. -errno: it is gone or not understood; sets no message. */
int attach_describe_link(unsigned ifindex, struct nic *nic);

/* The names by index, "" where free, for policy_compile(). */
void attach_names(const struct instance *instance, char names[MAX_NICS][IFNAMSIZ]);

#endif
