/* SPDX-License-Identifier: GPL-2.0-only */
#include "flow_table.h"
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

/* Entries are known by their number, from 1 on; 0: none. */
struct entry {
	struct flow_key key;
	struct flow flow;
	__u32 next;	    /* in the same bucket */
	__u32 newer, older; /* by use */
};

struct flow_table {
	struct entry *entries; /* place 0 is not used */
	__u32 *buckets;
	__u32 places; /* for entries; there are as many buckets, a power of two */
	__u32 capacity, used;
	__u32 newest, oldest;
	__u64 seed; /* so that nobody can make a capture whose flows share a bucket */
};

#define PLACES_FIRST 1024

struct flow_table *flow_table_new(__u32 capacity)
{
	struct flow_table *table = calloc(1, sizeof(*table));

	if (!table)
		return NULL;
	table->capacity = capacity;
	table->places = PLACES_FIRST;
	table->entries = calloc(table->places + 1, sizeof(*table->entries));
	table->buckets = calloc(table->places, sizeof(*table->buckets));
	if (getrandom(&table->seed, sizeof(table->seed), GRND_NONBLOCK) < 0)
		table->seed = (__u64)(unsigned long)table;
	if (table->entries && table->buckets)
		return table;
	flow_table_free(table);
	return NULL;
}

void flow_table_free(struct flow_table *table)
{
	if (!table)
		return;
	free(table->entries);
	free(table->buckets);
	free(table);
}

static __u32 *bucket_of(const struct flow_table *table, const struct flow_key *key)
{
	__u64 words[sizeof(*key) / sizeof(__u64)], hash = table->seed;

	memcpy(words, key, sizeof(words));
	for (size_t i = 0; i < sizeof(words) / sizeof(*words); i++) {
		hash = (hash ^ words[i]) * 0x9e3779b97f4a7c15;
		hash ^= hash >> 32;
	}
	return &table->buckets[hash & (table->places - 1)];
}

/* Takes the entry out of the order of use. */
static void unlink_entry(struct flow_table *table, const struct entry *entry)
{
	if (entry->newer)
		table->entries[entry->newer].older = entry->older;
	else
		table->newest = entry->older;
	if (entry->older)
		table->entries[entry->older].newer = entry->newer;
	else
		table->oldest = entry->newer;
}

static void make_newest(struct flow_table *table, __u32 number)
{
	struct entry *entry = &table->entries[number];

	entry->newer = 0;
	entry->older = table->newest;
	if (table->newest)
		table->entries[table->newest].newer = number;
	else
		table->oldest = number;
	table->newest = number;
}

struct flow *flow_table_find(struct flow_table *table, const struct flow_key *key)
{
	for (__u32 number = *bucket_of(table, key); number; number = table->entries[number].next) {
		struct entry *entry = &table->entries[number];
		if (memcmp(&entry->key, key, sizeof(*key)) != 0)
			continue;
		if (table->newest != number) {
			unlink_entry(table, entry);
			make_newest(table, number);
		}
		return &entry->flow;
	}
	return NULL;
}

/* Doubles the places. False: there is no memory. */
static bool grow(struct flow_table *table)
{
	__u32 places = table->places * 2;
	struct entry *entries = reallocarray(table->entries, (size_t)places + 1, sizeof(*entries));
	__u32 *buckets = calloc(places, sizeof(*buckets));

	if (entries)
		table->entries = entries;
	if (!entries || !buckets) {
		free(buckets);
		return false;
	}
	free(table->buckets);
	table->buckets = buckets;
	table->places = places;
	for (__u32 number = 1; number <= table->used; number++) {
		__u32 *bucket = bucket_of(table, &entries[number].key);
		entries[number].next = *bucket;
		*bucket = number;
	}
	return true;
}

/* The number of an entry to fill: a new one, or the one that was used longest ago. */
static __u32 take(struct flow_table *table)
{
	__u32 number = table->oldest, *link;

	if (table->used < table->capacity && (table->used < table->places || grow(table)))
		return ++table->used;
	link = bucket_of(table, &table->entries[number].key);
	while (*link != number)
		link = &table->entries[*link].next;
	*link = table->entries[number].next;
	unlink_entry(table, &table->entries[number]);
	return number;
}

struct flow *flow_table_enter(struct flow_table *table, const struct flow_key *key)
{
	__u32 number = take(table), *bucket = bucket_of(table, key);
	struct entry *entry = &table->entries[number];

	*entry = (struct entry){.key = *key, .next = *bucket};
	*bucket = number;
	make_newest(table, number);
	return &entry->flow;
}
