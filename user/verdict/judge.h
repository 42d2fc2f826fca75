/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What a policy does with a packet, asked natively: its compiled tables are judged by the code that
 * judges in the kernel (bpf/decide.h).
 */
#ifndef PORTFW_VERDICT_JUDGE_H
#define PORTFW_VERDICT_JUDGE_H

#include "kernel/flows.h"
#include "net/endpoint.h"
#include "policy/blocks.h"
#include "policy/deadlines.h"

/* A packet as it arrives; a whole one. */
struct judge_packet {
	__u8 protocol;
	__u8 tcp_flags; /* JUDGE_ACK, ... */
	__u8 icmp_type;
	struct endpoint source, destination;
};
/* As in the TCP header. */
#define JUDGE_SYN 0x02
#define JUDGE_ACK 0x10

struct judge {
	const struct policy *policy;
	char nics[MAX_NICS][IFNAMSIZ]; /* by index, "": free */
	struct moment now;
	struct compiled compiled;

	/* What counts besides the policy; all may be NULL. The user of the judge sets them. */
	struct instance *blocks_of;	 /* the kernel's block list */
	const struct block_list *blocks; /* normal, without entries whose time is up */
	struct instance *flows_of;

	struct flow_list flows; /* read when a packet asks for them */
	bool flows_read;
};

/*
 * Compiles the policy (normal, without rules whose time is up; it must outlive the judge), with the
 * deadlines that are known. nics[n] is the name of the NIC with index n. `now` without jiffies:
 * there is no instance, and no rule ends while the judge is in use.
 * -ENOSPC: past a limit. *judge must be released in any case.
 */
int judge_make(const struct policy *policy, const char nics[MAX_NICS][IFNAMSIZ],
	       const struct deadline_table *known, const struct moment *now, struct judge *judge,
	       struct error *error);
void judge_free(struct judge *judge);
#define _cleanup_judge_ __attribute__((cleanup(judge_free)))

/* What happens to the packet on the NIC with index `nic`. */
enum reason judge_packet(struct judge *judge, unsigned nic, const struct judge_packet *packet);

/* What decides so, as canonical text, to be freed: "deny tcp 22", "default deny", "block
 * 203.0.113.0/24". For other reasons their spelling: "reply". NULL: no memory. */
char *judge_decider(struct judge *judge, unsigned nic, const struct judge_packet *packet,
		    enum reason reason);

/* The rule that decides; NULL where none does. It belongs to the policy. */
const struct rule *judge_rule(const struct judge *judge, unsigned nic,
			      const struct judge_packet *packet);

/* The entry of the block list that holds the packet's source. */
bool judge_block(struct judge *judge, const struct judge_packet *packet, struct prefix *block);

#endif
