/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The maps, laid out in <portfw/abi.h>. All are pinned and shared by the programs of all NICs. */
#ifndef PORTFW_BPF_MAPS_H
#define PORTFW_BPF_MAPS_H

#include <bpf/bpf_helpers.h>
#include <portfw/abi.h>

#define BPF_F_MMAPABLE (1U << 10)

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct control);
} control SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, SLOT_COUNT);
	__type(key, __u32);
	__type(value, struct slot);
} slots SEC(".maps");

/* One entry for each possible CPU; their number is set before load. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct cpu_counters);
} counters SEC(".maps");

/* The slot in force: the control word is read once, so a packet sees one whole policy. */
static __always_inline const struct slot *active_slot(void)
{
	__u32 zero = 0, index;
	const struct control *head = bpf_map_lookup_elem(&control, &zero);

	if (!head)
		return 0;
	index = CONTROL_ACTIVE(*(const volatile __u64 *)&head->word);
	return bpf_map_lookup_elem(&slots, &index);
}

#endif
