/* SPDX-License-Identifier: GPL-2.0-only */
#include "flow_index.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

struct flow_index_place {
	struct flow_key key;
	bool taken;
	size_t number;
};

int flow_index_make(struct flow_index *index, size_t capacity)
{
	size_t size = 16;

	*index = (struct flow_index){0};
	while (size < 2 * capacity)
		size *= 2;
	index->places = calloc(size, sizeof(*index->places));
	if (!index->places)
		return -ENOMEM;
	index->mask = size - 1;
	index->room = size / 2;
	if (getrandom(&index->seed, sizeof(index->seed), GRND_NONBLOCK) < 0)
		index->seed = (__u64)(size_t)index->places;
	return 0;
}

void flow_index_free(struct flow_index *index)
{
	free(index->places);
	*index = (struct flow_index){0};
}

static __u64 mix(__u64 hash, __u64 word)
{
	hash = (hash ^ word) * 0x9e3779b97f4a7c15ull;
	return hash ^ hash >> 32;
}

static size_t hash_key(const struct flow_index *index, const struct flow_key *key)
{
	__u64 words[sizeof(*key) / sizeof(__u64)], hash = index->seed;

	memcpy(words, key, sizeof(words));
	for (size_t i = 0; i < sizeof(words) / sizeof(*words); i++)
		hash = mix(hash, words[i]);
	return hash;
}

/* Where the key is, or would be. */
static struct flow_index_place *find_place(const struct flow_index *index,
					   const struct flow_key *key)
{
	size_t at = hash_key(index, key) & index->mask;

	while (index->places[at].taken && memcmp(&index->places[at].key, key, sizeof(*key)) != 0)
		at = (at + 1) & index->mask;
	return &index->places[at];
}

const size_t *flow_index_find(const struct flow_index *index, const struct flow_key *key)
{
	const struct flow_index_place *place = find_place(index, key);

	return place->taken ? &place->number : NULL;
}

size_t *flow_index_add(struct flow_index *index, const struct flow_key *key, size_t number,
		       bool *added)
{
	struct flow_index_place *place = find_place(index, key);

	if (added)
		*added = !place->taken;
	if (place->taken)
		return &place->number;
	if (!index->room)
		return NULL;
	index->room--;
	*place = (struct flow_index_place){*key, true, number};
	return &place->number;
}
