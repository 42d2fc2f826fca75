/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Flows in memory, as the kernel's table has them: when it is full, the one whose packets are
 * longest ago gives way to a new one.
 */
#ifndef PORTFW_VERDICT_FLOW_TABLE_H
#define PORTFW_VERDICT_FLOW_TABLE_H

#include <portfw/abi.h>

struct flow_table;

/* `capacity`: at least 1, at most FLOWS_LIMIT. NULL: no memory. */
struct flow_table *flow_table_new(__u32 capacity);
/* May be NULL. */
void flow_table_free(struct flow_table *table);

/* The flow with this key, which counts as a use of it; NULL: there is none. Valid until the next
 * one is entered. */
struct flow *flow_table_find(struct flow_table *table, const struct flow_key *key);
/* Enters a flow, all zero, under a key that is not there yet. */
struct flow *flow_table_enter(struct flow_table *table, const struct flow_key *key);

#endif
