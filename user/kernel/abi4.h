/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The control map of ABI version 4, as far as it differs from today's: for taking over what an
 * instance of that version has. Its other maps have the layout of today, but for `counters`; its
 * block maps have room for 100,000 entries.
 */
#ifndef PORTFW_KERNEL_ABI4_H
#define PORTFW_KERNEL_ABI4_H

#include <portfw/abi.h>

/* The lockdown word: bit 0 is the set of kept sources, bits 1 to 63 when it ends. */
#define ABI4_LOCKDOWN_SET(word) ((__u32)(word)&1)
#define ABI4_LOCKDOWN_UNTIL(word) ((word) >> 1)
#define ABI4_LOCKDOWN_FOREVER ((1ull << 63) - 1)

struct abi4_nic {
	__u32 ifindex, mode, link_type, reserver;
	char name[16];
	__u16 egress, egress_made_qdisc;
	__u32 egress_handle, egress_priority, egress_program;
};

struct abi4_control {
	__u64 word;
	__u32 blocked, reserved;
	__u64 lockdown;
	__u32 reserved4[10];
	__u32 abi_version, cpu_count;
	__u32 slot_state[SLOT_COUNT], text_length[SLOT_COUNT], slot_version[SLOT_COUNT];
	__u32 large_tables[SLOT_COUNT];
	__u32 hz, reserved2;
	__u64 now, now_ns, booted;
	struct abi4_nic nics[MAX_NICS];
	__u64 flows_seeded;
	__u32 flows_max;
	__u32 outside[OUTSIDE_MAX];
	__u32 reserved3;
	__u64 keep_count[2];
	struct keep keep[2][KEEP_MAX];
	__u8 flow_ports[2][PORT_COUNT];
};
ABI_ASSERT(sizeof(struct abi4_control) == 64 + 104 + 48 * MAX_NICS + 16 + 4 * OUTSIDE_MAX + 16 +
						  2 * 40 * KEEP_MAX + 2 * PORT_COUNT);

#endif
