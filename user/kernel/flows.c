/* SPDX-License-Identifier: GPL-2.0-only */
#include "flows.h"

#include <bpf/bpf.h>
#include <endian.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/* Entries read at once: more than ever share a bucket of the hash, unless somebody tries to. */
#define BATCH 4096

#define MEMLOCK "memlock:"
/* Key, value, what the kernel puts in front (48 bytes) and a bucket (16). For a /proc that does not
 * tell. */
#define BYTES_PER_FLOW (sizeof(struct flow_key) + sizeof(struct flow) + 64)

/* --- Keys ---------------------------------------------------------------------------------- */

void flows_note_port(struct control *control, const struct flow_key *key)
{
	if (key->protocol == IPPROTO_TCP)
		control->flow_ports[PORT_TABLE_TCP][key->local_port] = 1;
	else if (key->protocol == IPPROTO_UDP)
		control->flow_ports[PORT_TABLE_UDP][key->local_port] = 1;
}

struct address6 flows_address(const struct endpoint *end)
{
	struct address6 address = {0, 0};
	__u64 words[2];
	__u32 word;

	if (end->family == 4) {
		memcpy(&word, end->address, sizeof(word));
		address.low = BLOCK_KEY4_LOW | be32toh(word);
	} else {
		memcpy(words, end->address, sizeof(words));
		address = (struct address6){be64toh(words[0]), be64toh(words[1])};
	}
	return address;
}

struct endpoint flows_endpoint(const struct address6 *address)
{
	struct endpoint end = {.family = 6};

	if (!address->high && address->low >> 32 == BLOCK_KEY4_LOW >> 32) {
		__u32 word = htobe32((__u32)address->low);

		end.family = 4;
		memcpy(end.address, &word, sizeof(word));
	} else {
		__u64 words[] = {htobe64(address->high), htobe64(address->low)};

		memcpy(end.address, words, sizeof(words));
	}
	return end;
}

/* --- Reading ------------------------------------------------------------------------------- */

/* One answer of the kernel. */
struct batch {
	struct flow_key *keys;
	struct flow *flows;
	__u32 size;
};

static void batch_free(struct batch *batch)
{
	free(batch->keys);
	free(batch->flows);
}
#define _cleanup_batch_ __attribute__((cleanup(batch_free)))

static int batch_grow(struct batch *batch)
{
	__u32 size = batch->size ? 2 * batch->size : BATCH;
	struct flow_key *keys = reallocarray(batch->keys, size, sizeof(*keys));
	struct flow *flows;

	if (!keys)
		return -ENOMEM;
	batch->keys = keys;
	flows = reallocarray(batch->flows, size, sizeof(*flows));
	if (!flows)
		return -ENOMEM;
	batch->flows = flows;
	batch->size = size;
	return 0;
}

static int append(struct flow_list *list, size_t *room, const struct batch *batch, size_t count)
{
	if (list->count + count > *room) {
		size_t wanted = 2 * *room + count;
		struct flow_entry *entries = reallocarray(list->entries, wanted, sizeof(*entries));

		if (!entries)
			return -ENOMEM;
		list->entries = entries;
		*room = wanted;
	}
	for (size_t i = 0; i < count; i++)
		list->entries[list->count++] = (struct flow_entry){batch->keys[i], batch->flows[i]};
	return 0;
}

static __s64 milliseconds(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (__s64)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* Batches exist from Linux 5.6 on for hashes. -ENOSPC: more share a bucket than the batch holds,
 * and the kernel stays where it is. */
static int read_all(int fd, __s64 deadline, struct flow_list *list, bool *complete)
{
	_cleanup_batch_ struct batch batch = {NULL, NULL, 0};
	int code = batch_grow(&batch), end = 0;
	__u32 place, *from = NULL;
	size_t room = 0;

	*complete = true;
	while (!code && end != -ENOENT) {
		__u32 count = batch.size;

		if (deadline && milliseconds() >= deadline) {
			*complete = false;
			return 0;
		}

		end = bpf_map_lookup_batch(fd, from, &place, batch.keys, batch.flows, &count, NULL);
		if (end == -ENOSPC) {
			code = batch_grow(&batch);
			continue;
		}
		if (end && end != -ENOENT)
			return end;
		from = &place;
		if (count)
			code = append(list, &room, &batch, count);
	}
	return code;
}

int flows_read_until(const struct instance *instance, __s64 deadline, struct flow_list *list,
		     bool *complete, struct error *error)
{
	struct flow_list made = {NULL, 0};
	int code = read_all(instance->fds[MAP_FLOWS], deadline, &made, complete);

	if (code) {
		flow_list_free(&made);
		return error_set(error, code, "cannot read the flow table: %s", strerror(-code));
	}
	*list = made;
	return 0;
}

int flows_read(const struct instance *instance, struct flow_list *list, struct error *error)
{
	bool complete;

	return flows_read_until(instance, 0, list, &complete, error);
}

void flow_list_free(struct flow_list *list)
{
	free(list->entries);
	*list = (struct flow_list){NULL, 0};
}

/* --- Statistics ---------------------------------------------------------------------------- */

struct flow_counters flows_counters(const struct instance *instance, size_t present)
{
	__u64 made = instance->control->flows_seeded;
	struct flow_counters sum = {0, 0, 0};

	for (unsigned cpu = 0; cpu < instance->control->cpu_count; cpu++) {
		sum.learnt += instance->counters[cpu].flows_learnt;
		sum.failed += instance->counters[cpu].flows_failed;
	}
	made += sum.learnt;
	sum.replaced = made > present ? made - present : 0;
	return sum;
}

__u64 flows_memory(const struct instance *instance)
{
	char path[64], line[128];
	__u64 bytes = 0;
	FILE *file;

	snprintf(path, sizeof(path), "/proc/self/fdinfo/%d", instance->fds[MAP_FLOWS]);
	file = fopen(path, "re");
	while (file && !bytes && fgets(line, sizeof(line), file)) {
		if (strncmp(line, MEMLOCK, strlen(MEMLOCK)) == 0)
			bytes = strtoull(line + strlen(MEMLOCK), NULL, 10);
	}
	if (file)
		fclose(file);
	return bytes ? bytes : instance->control->flows_max * BYTES_PER_FLOW;
}
