/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What listens, compared with the policy: who is reachable from where, which rules nobody needs,
 * and the policy that leaves open what is used alone. Pure: what listens, and what was counted, is
 * handed in.
 */
#ifndef PORTFW_POLICY_AUDIT_H
#define PORTFW_POLICY_AUDIT_H

#include "reach.h"

/* X(NAME). */
#define AUDIT_VERDICTS(X)                                         \
	X(OPEN)	   /* listening, and a rule lets packets in */    \
	X(EXPOSED) /* reachable only because nothing denies it */ \
	X(CLOSED)  /* listening, and the policy lets nobody in */ \
	X(LOCAL)   /* bound to loopback */                        \
	X(STALE)   /* a rule allows it, and nobody listens */     \
	X(IDLE)	   /* listening and allowed, and no packet has come for long */

enum audit_verdict {
#define X(name) AUDIT_##name,
	AUDIT_VERDICTS(X)
#undef X
		AUDIT_VERDICT_COUNT,
};
const char *audit_verdict_name(enum audit_verdict verdict);

/* From where one of the guarded NICs lets packets in. */
struct nic_reach {
	char nic[IFNAMSIZ];    /* "": all of them alike */
	struct reach reach[2]; /* IPv4, IPv6; nobody for a family that the socket does not take */
};

/* What waits for packets: a socket, or a port that NAT leads elsewhere. */
struct listener {
	__u64 passed, dropped; /* packets so far, if `counted` */
	__u32 carriers;	       /* bit n: what arrives on guarded NIC n can get there */
	__u16 low, high;       /* more than one port only where NAT says so */
	__u8 proto;
	bool raw;      /* a raw socket: no ports */
	bool takes[2]; /* packets of IPv4, IPv6 */
	bool local;    /* bound to loopback */
	bool bound;    /* to an interface: SO_BINDTODEVICE */
	/* A socket of a program that asks, not one that serves: of a DHCP client, or UDP in the
	 * range that the kernel takes ports from. Answers reach it without a rule. */
	bool client;
	bool counted;	/* packets to the port are counted */
	bool has_peers; /* outsiders are connected to it now */

	/* What audit_judge() finds. */
	bool unguarded; /* EXPOSED, since no guarded NIC is in between */
	bool by_itself; /* ICMP and IGMP: passes without a rule */
	enum audit_verdict verdict;
	const struct rule *rule; /* that lets packets in, or keeps them out; NULL: the default */
	struct nic_reach *nics;	 /* owned; none where the policy does not matter */
	size_t nic_count;
};
void listener_free(struct listener *listener);

/* What holds for all listeners. */
struct audit_setting {
	const struct policy *policy;   /* normal */
	char nics[MAX_NICS][IFNAMSIZ]; /* that are guarded */
	size_t nic_count;
	__s64 now; /* seconds since the Epoch */
	bool idle; /* counters are old enough: no packet means IDLE */
};

/* -ENOMEM. */
int audit_judge(const struct audit_setting *setting, struct listener *listener);

/* The extent over all NICs; `family`: 0 IPv4, 1 IPv6. */
enum reach_extent audit_extent(const struct listener *listener, unsigned family);

/* An allow rule and how many of its ports somebody listens on. */
struct rule_use {
	const struct rule *rule; /* the policy's */
	bool stale;
	bool local;	    /* stale, since they are on loopback alone */
	unsigned listening; /* ports */
};
struct rule_uses {
	struct rule_use *list;
	size_t count;
};
/* Of each allow rule of the policy that only helps somebody who listens. `listeners` are sorted by
 * audit_listener_compare(). -ENOMEM. */
int audit_rules(const struct policy *policy, const struct listener *const *listeners, size_t count,
		struct rule_uses *uses);
void rule_uses_free(struct rule_uses *uses);
#define _cleanup_rule_uses_ __attribute__((cleanup(rule_uses_free)))
/* By protocol and port. */
int audit_listener_compare(const struct listener *a, const struct listener *b);

/* What is to stay open. */
struct close_plan {
	const struct listener *const *listeners; /* judged, sorted */
	size_t count;
	bool counted;	/* something was; else all that listens counts as used */
	bool drop_idle; /* IDLE ports close, too */
	__s64 now;
	/* The operator's session: always stays. family 0: there is none. */
	struct prefix operator_source;
	__u16 operator_port;
};

/* Whether a listener that only the default lets in is used. */
bool audit_keeps(const struct close_plan *plan, const struct listener *listener);
/* Whether some rule lets somebody in: then who may is decided already. */
bool audit_is_allowed(const struct policy *policy, const struct listener *listener);

/* Makes the policy the one that leaves open what is used: default deny, rules for it, no stale
 * ones. Deny rules and other allow rules stay. Normal before and after. -ENOMEM. */
int audit_close_unused(struct policy *policy, const struct close_plan *plan);

#endif
