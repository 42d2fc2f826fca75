/* SPDX-License-Identifier: GPL-2.0-only */
/* The NICs that the policy is enforced on: what the attach lines of a policy file say, or what is
 * attached. Pure, and by value: holds nothing that must be freed. */
#ifndef PORTFW_POLICY_ATTACHMENTS_H
#define PORTFW_POLICY_ATTACHMENTS_H

#include "base/error.h"
#include <net/if.h>
#include <portfw/abi.h>
#include <stdbool.h>
#include <stddef.h>

/* A NIC that `restore` attaches. */
struct attachment {
	char nic[IFNAMSIZ];
	enum attach_mode mode;
};

/* Each NIC once. All zero: none. */
struct attachments {
	struct attachment list[MAX_NICS]; /* sorted by name */
	size_t count;
};

/* Adds a NIC or changes its mode. -ENOSPC: MAX_NICS are there; -EINVAL: the name is too long. */
int attachments_add(struct attachments *attached, const char *nic, enum attach_mode mode);
/* Adds those of `others`, which stay attached, that are not there. -EINVAL: more than MAX_NICS. */
int attachments_join(struct attachments *attached, const struct attachments *others,
		     struct error *error);
/* False: it was not there. */
bool attachments_remove(struct attachments *attached, const char *nic);

/* NULL: it is not there. Belongs to the attachments. */
const struct attachment *attachments_find(const struct attachments *attached, const char *nic);

/* The same NICs in the same modes. */
bool attachments_equal(const struct attachments *a, const struct attachments *b);

#endif
