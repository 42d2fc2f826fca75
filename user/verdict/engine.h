/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The programs of bpf/, compiled natively: a policy, a block list and a flow table of their own,
 * and a clock that the caller drives. Times are milliseconds since the Epoch.
 */
#ifndef PORTFW_VERDICT_ENGINE_H
#define PORTFW_VERDICT_ENGINE_H

#include "bpf/parse.h"
#include "policy/blocks.h"
#include "policy/policy.h"

struct engine;

struct engine_setup {
	const struct policy *policy; /* normal; may go once the engine is there */
	const struct block_list *blocks;
	const char *nic; /* on which packets arrive, for rules `on` a NIC; "": none of theirs */
	__u32 flows_max; /* room in the flow table */
};

/* -ENOMEM, or as policy_compile(). */
int engine_make(const struct engine_setup *setup, struct engine **engine, struct error *error);
void engine_free(struct engine *engine);

/* The verdict on a packet that arrives. */
enum reason engine_arrive(struct engine *engine, const struct pkt *pkt, __u64 now);
/* What a packet that leaves meets: REASON_NONE, it leaves, and its flow is noted; or why it drops.
 * `parsed`: what parse() said of it; `connected`: its sender chose the peer, instead of answering
 * whoever asks. */
enum reason engine_leave(struct engine *engine, enum reason parsed, const struct pkt *pkt,
			 __u64 now, bool connected);

#endif
