/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The policy as a set: for each protocol, NIC scope and port at most one state. Pure: no I/O, no
 * libbpf, no root.
 *
 * Rules are appended in the order in which they were given and then normalised: where rules of one
 * scope overlap, the later one wins; neighbours that are equal in everything merge; the result is
 * sorted. Two policies that judge alike and are commented alike are then equal, field by field.
 */
#ifndef PORTFW_POLICY_POLICY_H
#define PORTFW_POLICY_POLICY_H

#include "base/error.h"
#include "net/prefix.h"
#include <net/if.h>
#include <portfw/abi.h>
#include <stdbool.h>
#include <stddef.h>

#define POLICY_COMMENT_MAX 127	  /* bytes */
#define POLICY_SOURCES_MAX 100000 /* distinct prefixes */

/*
 * A state of an interval of ports. For a protocol without ports (any but TCP, UDP, SCTP) the
 * interval is 0 to 65535. The scope is {proto, nic, source}.
 *
 * A port of a scope has at most one permanent state (until 0) and one timed one (until > 0), which
 * overlays it while it lasts. A later timed rule replaces the timed state alone; a later permanent
 * rule replaces both; ACTION_NONE removes both. Canonical text therefore has a scope's permanent
 * rules before its timed ones.
 */
struct rule {
	__u8 proto; /* IP protocol number */
	/* UDP port 68 or 546 named by itself (low == high): a deny then covers answers of DHCP
	 * servers too, and the interval is kept apart from its neighbours. Set by
	 * policy_append() alone, for allow as for deny, so that equal policies stay equal; and by
	 * policy_normalise() where no more than that port is left of a wider interval, which then
	 * has the text of an exact one. */
	bool exact;
	__u16 low, high;    /* both inclusive */
	char nic[IFNAMSIZ]; /* "": every NIC */
	struct prefix source;
	/* ACTION_ALLOW or ACTION_DENY; ACTION_NONE removes (only before normalising);
	 * ACTION_DENY_EXACT never: see `exact`. */
	enum action action;
	unsigned line; /* of the input file, 0: not from a file */
	__s64 until;   /* seconds since the Epoch, UTC; 0: for ever */
	char *comment; /* NULL: none. Owned by the policy that holds the rule. */
};

struct policy {
	enum action default_action; /* ACTION_ALLOW or ACTION_DENY */
	struct rule *rules;
	size_t rule_count, rule_capacity;
	bool normal; /* rules are normalised */
};

/* An empty policy: default allow, no rule. Holds nothing that must be freed. */
void policy_init(struct policy *policy);
void policy_free(struct policy *policy);
#define _cleanup_policy_ __attribute__((cleanup(policy_free)))

/* Behind the last rule. Nothing may be added to a null pointer, not even 0. */
static inline const struct rule *policy_rules_end(const struct policy *policy)
{
	return policy->rules ? policy->rules + policy->rule_count : NULL;
}

/* A deep copy into *copy, which must hold nothing. -ENOMEM: *copy is untouched. */
int policy_copy(const struct policy *policy, struct policy *copy);

/* Appends a rule that overlays what is there, or with ACTION_NONE removes it; the comment is
 * copied. -ENOMEM; -EINVAL: low > high, or ports of a protocol that has none. */
int policy_append(struct policy *policy, const struct rule *rule);

/* Brings the rules into canonical form. `diagnostics` may be NULL; otherwise every line that is
 * overlapped by a later line gets a warning at the later line, one for each such pair of lines
 * (pairs that a third, later line hides may be left out).
 * O(n log n). -ENOMEM: the policy is untouched. */
int policy_normalise(struct policy *policy, struct diagnostics *diagnostics);

/* Same default and same rules, comments included. Both normal. */
bool policy_equal(const struct policy *a, const struct policy *b);

/* What the policy says at `now` (seconds since the Epoch) of one port on one NIC ("": a NIC that no
 * rule names) for packets from `source` (family 4 or 6 with full length: one address; family 0:
 * sources that no prefix holds): ACTION_NONE where only the default applies. `rule` (may be NULL)
 * receives the deciding rule, NULL for none; it belongs to the policy. Normal policy. */
enum action policy_lookup(const struct policy *policy, __u8 proto, __u16 port, const char *nic,
			  const struct prefix *source, __s64 now, const struct rule **rule);

/* Whether a rule allows a port on one NIC ("": a NIC that no rule names), from some sources at
 * least.
 */
bool policy_allows_some(const struct policy *policy, __u8 proto, __u16 port, const char *nic);

/* The rules of narrower scope (longer source prefix, or the same source on one NIC) than `rule`
 * that give some of its ports the opposite action: what stays open after `deny tcp 22`, from
 * where. Copies into *narrower, which must hold nothing; normal before and after. */
int policy_narrower(const struct policy *policy, const struct rule *rule, struct policy *narrower);

#endif
