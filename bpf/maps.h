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

/* Tables of a slot that are too large for it: an inner map for each slot that needs one. */
#define LARGE_TABLE(name, layout)                          \
	struct name##_inner {                              \
		__uint(type, BPF_MAP_TYPE_ARRAY);          \
		__uint(map_flags, BPF_F_MMAPABLE);         \
		__uint(max_entries, 1);                    \
		__uint(key_size, sizeof(__u32));           \
		__uint(value_size, sizeof(struct layout)); \
	};                                                 \
	struct {                                           \
		__uint(type, BPF_MAP_TYPE_ARRAY_OF_MAPS);  \
		__uint(max_entries, SLOT_COUNT);           \
		__type(key, __u32);                        \
		__array(values, struct name##_inner);      \
	} name SEC(".maps")

LARGE_TABLE(sources4, sources4_large);
LARGE_TABLE(sources6, sources6_large);
LARGE_TABLE(cells, cells_large);

/* The block list: edited entry by entry, not compiled into slots. Single addresses are in the hash,
 * shorter prefixes in the tries. Nothing is allocated for entries that are not there. */
#define BPF_F_NO_PREALLOC (1U << 0)

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__uint(max_entries, BLOCKS_MAX);
	__type(key, struct address6);
	__type(value, struct block);
} blocks SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_LPM_TRIE);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__uint(max_entries, BLOCKS_MAX);
	__type(key, struct block_prefix4);
	__type(value, struct block);
} block_prefixes4 SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_LPM_TRIE);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__uint(max_entries, BLOCKS_MAX);
	__type(key, struct block_prefix6);
	__type(value, struct block);
} block_prefixes6 SEC(".maps");

/* What this host opened. The size is that of the pinned map. */
struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, FLOWS_DEFAULT);
	__type(key, struct flow_key);
	__type(value, struct flow);
} flows SEC(".maps");

/* The index of the slot in force: the control word is read once, so a packet sees one whole policy.
 * Past the deadline of a trial that is the fallback, with no command at work. */
static __always_inline __u32 slot_in_force(void)
{
	__u32 zero = 0;
	const struct control *head = bpf_map_lookup_elem(&control, &zero);
	__u64 word, deadline;

	if (!head)
		return 0; /* never: array maps have all their entries */
	word = *(const volatile __u64 *)&head->word;
	deadline = CONTROL_DEADLINE(word);
	if (deadline && (bpf_jiffies64() & CONTROL_DEADLINE_MASK) >= deadline)
		return CONTROL_FALLBACK(word);
	return CONTROL_ACTIVE(word);
}

#endif
