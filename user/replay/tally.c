/* SPDX-License-Identifier: GPL-2.0-only */
#include "tally.h"
#include "bpf/flow.h"
#include <errno.h>
#include <stdlib.h>

#define PLACES_FIRST 1024
#define PLACES_MAX (1u << 21) /* 48 MiB; powers of two */

int tally_make(struct tally *tally)
{
	*tally = (struct tally){.source_places = PLACES_FIRST};
	tally->ports = calloc((size_t)PORT_TABLE_COUNT * PORT_COUNT, sizeof(*tally->ports));
	tally->sources = calloc(tally->source_places, sizeof(*tally->sources));
	return tally->ports && tally->sources ? 0 : -ENOMEM;
}

void tally_free(struct tally *tally)
{
	free(tally->ports);
	free(tally->sources);
	*tally = (struct tally){0};
}

/* --- Sources -------------------------------------------------------------------------------- */

/* The place of the address, or the free one where it belongs. */
static struct tally_source *find_place(const struct tally *tally, const struct address6 *address)
{
	__u64 hash = (address->high * 0x9e3779b97f4a7c15 ^ address->low) * 0xd6e8feb86659fd93;
	size_t mask = tally->source_places - 1, place = (hash ^ hash >> 32) & mask;

	for (;; place = (place + 1) & mask) {
		struct tally_source *source = &tally->sources[place];
		if (!source->packets ||
		    (source->address.high == address->high && source->address.low == address->low))
			return source;
	}
}

/* Puts the sources with more than so many packets into a table with so many places. */
static int move_sources(struct tally *tally, size_t places, __u64 least)
{
	struct tally_source *old = tally->sources, *end = old + tally->source_places;
	struct tally_source *moved = calloc(places, sizeof(*moved));

	if (!moved)
		return -ENOMEM;
	tally->sources = moved;
	tally->source_places = places;
	tally->source_count = 0;
	for (const struct tally_source *source = old; source < end; source++) {
		if (source->packets <= least)
			continue;
		*find_place(tally, &source->address) = *source;
		tally->source_count++;
	}
	free(old);
	return 0;
}

/* Where the table cannot grow, the rarest sources are forgotten: those seen most have been in it
 * for long. */
static int make_room(struct tally *tally)
{
	if (tally->source_places < PLACES_MAX)
		return move_sources(tally, tally->source_places * 2, 0);
	tally->estimated = true;
	for (__u64 least = 1; tally->source_count > PLACES_MAX / 4; least *= 2) {
		int code = move_sources(tally, PLACES_MAX, least);
		if (code)
			return code;
	}
	return 0;
}

static int count_source(struct tally *tally, const struct pkt *pkt)
{
	const struct address6 address =
		flow_address(pkt->family, pkt->source_high, pkt->source_low);
	struct tally_source *source = find_place(tally, &address);

	if (!source->packets && tally->source_count >= tally->source_places / 2) {
		int code = make_room(tally);
		if (code)
			return code;
		source = find_place(tally, &address);
	}
	if (!source->packets) {
		source->address = address;
		tally->source_count++;
	}
	source->packets++;
	return 0;
}

/* --- Counting ------------------------------------------------------------------------------- */

int tally_arrival(struct tally *tally, const struct pkt *pkt, enum reason reason, __u32 length)
{
	tally->reasons[reason].packets++;
	tally->reasons[reason].bytes += length;
	if (reason_verdict(reason) == VERDICT_PASS)
		return 0;
	if (pkt->port_table < PORT_TABLE_COUNT)
		tally->ports[(size_t)pkt->port_table * PORT_COUNT + pkt->destination_port]++;
	return pkt->family ? count_source(tally, pkt) : 0;
}

void tally_top_ports(const struct tally *tally, struct tally_port top[TALLY_TOP])
{
	for (size_t i = 0; i < TALLY_TOP; i++)
		top[i] = (struct tally_port){.packets = 0};
	for (size_t i = 0; i < (size_t)PORT_TABLE_COUNT * PORT_COUNT; i++) {
		struct tally_port port = {.table = (enum port_table)(i / PORT_COUNT),
					  .port = (__u16)(i % PORT_COUNT),
					  .packets = tally->ports[i]};
		for (size_t j = 0; port.packets && j < TALLY_TOP; j++) {
			struct tally_port moved = top[j];
			if (port.packets <= moved.packets)
				continue;
			top[j] = port;
			port = moved;
		}
	}
}

/* More packets first, then by address, so that the order is always the same. */
static bool is_above(const struct tally_source *a, const struct tally_source *b)
{
	if (a->packets != b->packets)
		return a->packets > b->packets;
	if (a->address.high != b->address.high)
		return a->address.high < b->address.high;
	return a->address.low < b->address.low;
}

void tally_top_sources(const struct tally *tally, struct tally_source top[TALLY_TOP])
{
	for (size_t i = 0; i < TALLY_TOP; i++)
		top[i] = (struct tally_source){.packets = 0};
	for (size_t i = 0; i < tally->source_places; i++) {
		struct tally_source source = tally->sources[i];
		for (size_t j = 0; source.packets && j < TALLY_TOP; j++) {
			struct tally_source moved = top[j];
			if (!is_above(&source, &moved))
				continue;
			top[j] = source;
			source = moved;
		}
	}
}
