/* SPDX-License-Identifier: GPL-2.0-only */
/* What a verdict depends on besides the frame, the link and the NIC. */
#ifndef PORTFW_TESTS_PACKET_SETTING_H
#define PORTFW_TESTS_PACKET_SETTING_H

#include <kernel/blocks.h>
#include <kernel/flows.h>
#include <kernel/lockdown.h>
#include <policy/compile.h>

struct setting {
	struct compiled tables;
	__u64 now; /* jiffies64 of the verdict; the program in the kernel has its own clock */
	struct block_item blocked[16];
	size_t blocked_count;
	struct flow_entry flows[16];
	size_t flow_count;
	struct prefix keep[4]; /* what lockdown keeps */
	size_t keep_count;
	bool lockdown;
	__u32 outside[2]; /* ifindexes where outsiders' packets come in, 0: none */
};

#endif
