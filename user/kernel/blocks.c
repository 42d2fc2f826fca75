/* SPDX-License-Identifier: GPL-2.0-only */
#include "blocks.h"
#include "flows.h"

#include <bpf/bpf.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* The maps of the list and which bit of control->blocked stands for each. */
static const struct {
	enum map_id map;
	enum block_kind kind;
	__u8 family; /* 0: both */
	size_t key_size;
} kinds[] = {
	{MAP_BLOCKS, BLOCK_ADDRESSES, 0, sizeof(struct address6)},
	{MAP_BLOCK_PREFIXES4, BLOCK_PREFIXES4, 4, sizeof(struct block_prefix4)},
	{MAP_BLOCK_PREFIXES6, BLOCK_PREFIXES6, 6, sizeof(struct block_prefix6)},
};
#define KIND_COUNT (sizeof(kinds) / sizeof(*kinds))

#define ENOTSUPP 524 /* what the kernel says of map types without batches; not in errno.h */
#define BATCH 4096   /* entries read at once: more than ever share a bucket of the hash */

union block_key {
	struct address6 address;
	struct block_prefix4 prefix4;
	struct block_prefix6 prefix6;
};

/* The key of a prefix; returns the index of its kind. */
static size_t key_of(const struct prefix *prefix, union block_key *key)
{
	memset(key, 0, sizeof(*key));
	if (prefix->length == prefix_length_max(prefix->family)) {
		key->address = prefix_first(prefix);
		if (prefix->family == 4)
			key->address.low |= BLOCK_KEY4_LOW;
		return 0;
	}
	if (prefix->family == 4) {
		key->prefix4.length = prefix->length;
		memcpy(key->prefix4.address, prefix->address, 4);
		return 1;
	}
	key->prefix6.length = prefix->length;
	memcpy(key->prefix6.address, prefix->address, 16);
	return 2;
}

static struct prefix prefix_of(size_t kind, const union block_key *key)
{
	struct prefix prefix = {.family = kinds[kind].family};
	struct endpoint end;

	switch (kind) {
	case 0:
		end = flows_endpoint(&key->address);
		return endpoint_prefix(&end);
	case 1:
		prefix.length = (__u8)key->prefix4.length;
		memcpy(prefix.address, key->prefix4.address, 4);
		return prefix;
	default:
		prefix.length = (__u8)key->prefix6.length;
		memcpy(prefix.address, key->prefix6.address, 16);
		return prefix;
	}
}

/* --- Many at once -------------------------------------------------------------------------- */

/* The entries of one kind, as the kernel takes them. */
struct batch {
	int fd;
	size_t key_size;
	char *keys;
	struct block *values;
	size_t count;
};

static void batch_free(struct batch *batch)
{
	free(batch->keys);
	free(batch->values);
}
#define _cleanup_batch_ __attribute__((cleanup(batch_free)))

static int batch_allocate(const struct instance *instance, size_t kind, size_t count,
			  struct batch *batch)
{
	batch->fd = instance->fds[kinds[kind].map];
	batch->key_size = kinds[kind].key_size;
	batch->keys = calloc(count, batch->key_size);
	batch->values = calloc(count, sizeof(*batch->values));
	return batch->keys && batch->values ? 0 : -ENOMEM;
}

static void batch_fill(struct batch *batch, size_t kind, const struct block_item *items,
		       size_t count)
{
	union block_key key;

	for (size_t i = 0; i < count; i++) {
		if (key_of(&items[i].prefix, &key) != kind)
			continue;
		memcpy(batch->keys + batch->count * batch->key_size, &key, batch->key_size);
		batch->values[batch->count] = items[i].block;
		batch->values[batch->count++].length = items[i].prefix.length;
	}
}

static bool batches_missing(int code)
{
	return code == -ENOTSUPP || code == -EOPNOTSUPP || code == -EINVAL;
}

static int batch_update(const struct batch *batch)
{
	__u32 done = (__u32)batch->count;
	int code = batch->count > 1 ? bpf_map_update_batch(batch->fd, batch->keys, batch->values,
							   &done, NULL)
				    : -EOPNOTSUPP;

	if (!batches_missing(code))
		return code;
	code = 0;
	for (size_t i = 0; i < batch->count && !code; i++)
		code = bpf_map_update_elem(batch->fd, batch->keys + i * batch->key_size,
					   &batch->values[i], BPF_ANY);
	return code;
}

/* A batch ends at the first key that is not there: single keys then, and on behind it. */
static int batch_delete(const struct batch *batch)
{
	bool batches = batch->count > 1;

	for (size_t at = 0; at < batch->count;) {
		const char *keys = batch->keys + at * batch->key_size;
		__u32 done = (__u32)(batch->count - at);
		int code = batches ? bpf_map_delete_batch(batch->fd, keys, &done, NULL)
				   : bpf_map_delete_elem(batch->fd, keys);

		if (batches && batches_missing(code)) {
			batches = false;
			continue;
		}
		if (code && code != -ENOENT)
			return code;
		at += batches ? done + (code != 0) : 1;
	}
	return 0;
}

/* What control has of it, as one word. */
union marks {
	struct {
		__u32 blocked, times;
	};
	__u64 word;
};
ABI_ASSERT(__builtin_offsetof(struct control, blocked_times) ==
	   __builtin_offsetof(struct control, blocked) + 4);
ABI_ASSERT(__builtin_offsetof(struct control, blocked) % 8 == 0);

static __u64 *marks_of(struct instance *instance)
{
	return (__u64 *)(void *)&instance->control->blocked;
}

/* Programs look only where a bit says so: it is set before the first entry, also where adding fails
 * in the middle. No lock keeps others from clearing it at the same time: so it is set behind the
 * entries once more. */
static void mark_kind(struct instance *instance, size_t kind)
{
	union marks old = {.word = __atomic_load_n(marks_of(instance), __ATOMIC_SEQ_CST)}, made;

	do {
		made = old;
		made.blocked |= kinds[kind].kind;
		made.times++;
	} while (!__atomic_compare_exchange_n(marks_of(instance), &old.word, made.word, false,
					      __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST));
}

/* Clears it behind the last entry: only where nobody else is at work, and nobody has set a bit
 * since it was looked. */
static void unmark_if_empty(struct instance *instance, size_t kind, int fd)
{
	union marks old = {.word = __atomic_load_n(marks_of(instance), __ATOMIC_SEQ_CST)},
		    made = old;
	union block_key first;

	if (blocks_unsaved(instance) > 1 || bpf_map_get_next_key(fd, NULL, &first) != -ENOENT)
		return;
	made.blocked &= ~(__u32)kinds[kind].kind;
	__atomic_compare_exchange_n(marks_of(instance), &old.word, made.word, false,
				    __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST);
}

int blocks_add(struct instance *instance, const struct block_item *items, size_t count,
	       struct error *error)
{
	for (size_t kind = 0; kind < KIND_COUNT; kind++) {
		_cleanup_batch_ struct batch batch = {.fd = -1};
		int code = batch_allocate(instance, kind, count, &batch);

		if (!code) {
			batch_fill(&batch, kind, items, count);
			if (batch.count)
				mark_kind(instance, kind);
			code = batch_update(&batch);
			if (batch.count)
				mark_kind(instance, kind);
		}
		if (code == -E2BIG || code == -ENOSPC)
			return error_set(error, -ENOSPC, "the block list is full: %d entries",
					 BLOCKS_MAX);
		if (code)
			return error_set(error, code, "cannot add to the block list: %s",
					 strerror(-code));
	}
	return 0;
}

int blocks_remove(struct instance *instance, const struct block_item *items, size_t count,
		  struct error *error)
{
	for (size_t kind = 0; kind < KIND_COUNT; kind++) {
		_cleanup_batch_ struct batch batch = {.fd = -1};
		int code = batch_allocate(instance, kind, count, &batch);

		if (!code) {
			batch_fill(&batch, kind, items, count);
			code = batch_delete(&batch);
		}
		if (code)
			return error_set(error, code, "cannot remove from the block list: %s",
					 strerror(-code));
		if (batch.count)
			unmark_if_empty(instance, kind, batch.fd);
	}
	return 0;
}

void blocks_begin(struct instance *instance)
{
	__atomic_fetch_add(&instance->control->blocks_unsaved, 1, __ATOMIC_SEQ_CST);
}

__u32 blocks_unsaved(const struct instance *instance)
{
	return __atomic_load_n(&instance->control->blocks_unsaved, __ATOMIC_SEQ_CST);
}

void blocks_settle(struct instance *instance, __u32 count)
{
	__u32 *at = &instance->control->blocks_unsaved;
	__u32 old = blocks_unsaved(instance);

	while (!__atomic_compare_exchange_n(at, &old, old > count ? old - count : 0, false,
					    __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST))
		;
}

/* --- Reading ------------------------------------------------------------------------------- */

int blocks_find(struct instance *instance, const struct prefix *prefix, struct block *block,
		struct error *error)
{
	union block_key key;
	size_t kind = key_of(prefix, &key);
	struct block found;
	int code;

	if (!(instance->control->blocked & kinds[kind].kind))
		return -ENOENT;
	code = bpf_map_lookup_elem(instance->fds[kinds[kind].map], &key, &found);
	/* A trie finds the longest prefix that holds the address. */
	if (code == -ENOENT || (!code && found.length != prefix->length))
		return -ENOENT;
	if (code)
		return error_set(error, code, "cannot read the block list: %s", strerror(-code));
	*block = found;
	return 0;
}

/* The longest prefix in a trie that holds the address now: an entry whose time is up hides shorter
 * ones. -ENOENT: there is none. */
static int find_prefix(const struct instance *instance, const struct prefix *prefix, __u64 now,
		       struct block *block)
{
	size_t kind = prefix->family == 4 ? 1 : 2;
	union block_key key = {.prefix6 = {.length = prefix->length}};

	/* Both kinds of key begin with the length. */
	memcpy(key.prefix6.address, prefix->address, sizeof(key.prefix6.address));
	if (!(instance->control->blocked & kinds[kind].kind))
		return -ENOENT;
	for (;;) {
		int code = bpf_map_lookup_elem(instance->fds[kinds[kind].map], &key, block);

		if (code || !block->until || now < block->until)
			return code;
		if (!block->length)
			return -ENOENT;
		key.prefix6.length = block->length - 1;
	}
}

int blocks_holder(struct instance *instance, const struct prefix *prefix, __u64 now,
		  struct block_item *item, struct error *error)
{
	struct block block = {.until = 0};
	int code = blocks_find(instance, prefix, &block, error);

	if (code && code != -ENOENT)
		return code;
	if (code || (block.until && block.until <= now))
		code = find_prefix(instance, prefix, now, &block);
	if (code == -ENOENT)
		return 0;
	if (code)
		return error_set(error, code, "cannot read the block list: %s", strerror(-code));
	*item = (struct block_item){prefix_shortened(prefix, block.length), block};
	return 1;
}

/* What a walk calls for each entry. */
struct visitor {
	int (*visit)(const struct block_item *item, void *argument);
	void *argument;
};

static int visit_key(const struct visitor *visitor, size_t kind, const void *key,
		     const struct block *block)
{
	struct block_item item = {.block = *block};
	union block_key copy;

	memset(&copy, 0, sizeof(copy));
	memcpy(&copy, key, kinds[kind].key_size);
	item.prefix = prefix_of(kind, &copy);
	return visitor->visit(&item, visitor->argument);
}

/* Entry by entry, on kernels that have no batches for tries (before 5.13). */
static int list_singly(int fd, size_t kind, const struct visitor *visitor)
{
	union block_key key, next;
	bool first = true;
	int code;

	while (!(code = bpf_map_get_next_key(fd, first ? NULL : &key, &next))) {
		struct block block;

		first = false;
		key = next;
		if (bpf_map_lookup_elem(fd, &key, &block))
			continue; /* removed meanwhile */
		code = visit_key(visitor, kind, &key, &block);
		if (code < 0)
			return code;
	}
	return code == -ENOENT ? 0 : code;
}

static int list_kind(struct instance *instance, size_t kind, const struct visitor *visitor)
{
	_cleanup_batch_ struct batch batch = {.fd = -1};
	union block_key place;
	int end, code = batch_allocate(instance, kind, BATCH, &batch);
	bool first = true;

	if (code)
		return code;
	do {
		__u32 count = BATCH;

		end = bpf_map_lookup_batch(batch.fd, first ? NULL : &place, &place, batch.keys,
					   batch.values, &count, NULL);
		if (first && batches_missing(end))
			return list_singly(batch.fd, kind, visitor);
		if (end && end != -ENOENT)
			return end;
		first = false;
		for (size_t i = 0; i < count; i++) {
			code = visit_key(visitor, kind, batch.keys + i * batch.key_size,
					 &batch.values[i]);
			if (code < 0)
				return code;
		}
	} while (!end);
	return 0;
}

int blocks_list(struct instance *instance,
		int (*visit)(const struct block_item *item, void *argument), void *argument,
		struct error *error)
{
	const struct visitor visitor = {visit, argument};

	for (size_t kind = 0; kind < KIND_COUNT; kind++) {
		int code = 0;

		if (instance->control->blocked & kinds[kind].kind)
			code = list_kind(instance, kind, &visitor);
		if (code)
			return error_set(error, code, "cannot read the block list: %s",
					 strerror(-code));
	}
	return 0;
}
