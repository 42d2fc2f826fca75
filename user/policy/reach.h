/* SPDX-License-Identifier: GPL-2.0-only */
/* From where a port is reachable, as far as a policy says so. */
#ifndef PORTFW_POLICY_REACH_H
#define PORTFW_POLICY_REACH_H

#include "policy.h"

enum reach_extent { /* the more, the wider */
		    REACH_NOBODY,
		    REACH_SOME, /* nobody but some */
		    REACH_MOST, /* all but some */
		    REACH_ALL,
};

/* Where openness changes: the addresses of the prefix, but for those of longer prefixes behind it.
 */
struct reach_part {
	struct prefix source; /* length 0: the whole family */
	bool open;
};

/* Of one port on one NIC, for sources of one family. */
struct reach {
	enum reach_extent extent;
	bool by_rule, by_default;	       /* what lets somebody in */
	const struct rule *allowing, *denying; /* a rule that does; the policy's; NULL: none */
	struct reach_part *parts; /* the first is the whole family; prefixes before those in them */
	size_t count;
};

/* Normal policy; `nic` "": one that no rule names; `family` 4 or 6; `now` in seconds since the
 * Epoch. For a protocol without ports `port` does not matter. -ENOMEM; *reach must hold nothing. */
int reach_find(const struct policy *policy, __u8 proto, __u16 port, const char *nic, __u8 family,
	       __s64 now, struct reach *reach);
void reach_free(struct reach *reach);

#endif
