/* SPDX-License-Identifier: GPL-2.0-only */
#include "tables.h"

#include <bpf/bpf.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "probe.h"

static int open_pin(const struct testbed *bed, const char *pin)
{
	char path[128];

	snprintf(path, sizeof(path), "%s/%s", bed->pin_dir, pin);
	int map = bpf_obj_get(path);
	if (map < 0)
		fail_msg("cannot open %s", path);
	return map;
}

/* --- Deadlines ----------------------------------------------------------------------------- */

/* An entry of a pinned array, to be freed. */
static void *pinned_value(const struct testbed *bed, const char *pin, __u32 index, size_t size)
{
	void *value = calloc(1, size);
	int map = open_pin(bed, pin);

	assert_int_equal(bpf_map_lookup_elem(map, &index, value), 0);
	close(map);
	return value;
}

uint64_t tables_deadline(struct testbed *bed)
{
	struct control *control = pinned_value(bed, PIN_CONTROL, 0, sizeof(*control));
	unsigned active = CONTROL_ACTIVE(control->word);
	struct slot *slot = pinned_value(bed, PIN_SLOTS, active, sizeof(*slot));
	uint64_t deadline = 0;

	for (size_t i = 0; i < OUTCOMES_MAX; i++) {
		uint64_t until = slot->outcomes[i].until;
		if (until && (!deadline || until < deadline))
			deadline = until;
	}
	free(control);
	free(slot);
	return deadline;
}

/* --- Verdicts ------------------------------------------------------------------------------ */

struct counts {
	uint64_t passed, dropped, blocked;
};

static struct counts read_counts(const struct testbed *bed, unsigned port)
{
	struct bpf_map_info info = {0};
	struct counts counts = {0};
	__u32 length = sizeof(info);
	int map = open_pin(bed, PIN_COUNTERS);

	assert_int_equal(bpf_obj_get_info_by_fd(map, &info, &length), 0);
	size_t size = info.max_entries * sizeof(struct cpu_counters);
	const struct cpu_counters *cpus = mmap(NULL, size, PROT_READ, MAP_SHARED, map, 0);
	assert_ptr_not_equal(cpus, MAP_FAILED);
	close(map);
	for (__u32 i = 0; i < info.max_entries; i++) {
		counts.passed += cpus[i].ports[PORT_TABLE_UDP][port][VERDICT_PASS];
		counts.dropped += cpus[i].ports[PORT_TABLE_UDP][port][VERDICT_DROP];
		counts.blocked += cpus[i].reasons[REASON_BLOCKED].packets;
	}
	munmap((void *)cpus, size);
	return counts;
}

enum verdict tables_verdict(struct testbed *bed, unsigned port)
{
	struct counts before = read_counts(bed, port), after;

	send_datagrams(bed, &bed->peer, AF_INET, port, 32, 1);
	wait_until((after = read_counts(bed, port), after.passed > before.passed ||
							    after.dropped > before.dropped ||
							    after.blocked > before.blocked));
	return after.passed > before.passed ? VERDICT_PASS : VERDICT_DROP;
}

uint64_t tables_blocked(struct testbed *bed)
{
	return read_counts(bed, 0).blocked;
}

/* --- Flows --------------------------------------------------------------------------------- */

size_t tables_flows(struct testbed *bed)
{
	struct flow_key key, next;
	int map = open_pin(bed, PIN_FLOWS);
	const struct flow_key *from = NULL;
	size_t count = 0;

	for (; bpf_map_get_next_key(map, from, &next) == 0; count++) {
		key = next;
		from = &key;
	}
	close(map);
	return count;
}

void tables_forget_flows(struct testbed *bed)
{
	int map = open_pin(bed, PIN_FLOWS);
	struct flow_key key;

	while (bpf_map_get_next_key(map, NULL, &key) == 0)
		bpf_map_delete_elem(map, &key);
	close(map);
}
