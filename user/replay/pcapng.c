/* SPDX-License-Identifier: GPL-2.0-only */
#include "pcapng.h"
#include "base/list.h"
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define BLOCK_MAX (16u << 20) /* as libpcap has it */
#define SECONDS_MAX 18446744072ull
#define SECOND 1000000000ull

enum block {
	BLOCK_SECTION = 0x0a0d0d0a,
	BLOCK_INTERFACE = 1,
	BLOCK_PACKET = 2, /* obsolete */
	BLOCK_SIMPLE = 3,
	BLOCK_ENHANCED = 6,
};

#define BYTE_ORDER_MAGIC 0x1a2b3c4d
#define OPTION_RESOLUTION 9
#define OPTION_OFFSET 14

/* --- Bytes ---------------------------------------------------------------------------------- */

static __u32 in_order32(const struct pcapng *pcapng, __u32 value)
{
	return pcapng->swapped ? __builtin_bswap32(value) : value;
}

static __u32 get32(const struct pcapng *pcapng, size_t at)
{
	__u32 value;

	memcpy(&value, pcapng->body + at, sizeof(value));
	return in_order32(pcapng, value);
}

static __u16 get16(const struct pcapng *pcapng, size_t at)
{
	__u16 value;

	memcpy(&value, pcapng->body + at, sizeof(value));
	return pcapng->swapped ? __builtin_bswap16(value) : value;
}

static __u64 get64(const struct pcapng *pcapng, size_t at)
{
	__u64 value;

	memcpy(&value, pcapng->body + at, sizeof(value));
	return pcapng->swapped ? __builtin_bswap64(value) : value;
}

static int broken(struct error *error, const char *what)
{
	return error_set(error, -EPROTO, "the capture is broken: %s", what);
}

/* 1: they are there; 0: the file ends before the first one. */
static int read_bytes(struct pcapng *pcapng, void *bytes, size_t count, struct error *error)
{
	size_t got = fread(bytes, 1, count, pcapng->file);

	if (got == count)
		return 1;
	if (ferror(pcapng->file))
		return error_set(error, -EPROTO, "%s", strerror(errno));
	if (got == 0)
		return 0;
	return error_set(error, -EPROTO, "the capture ends in the middle of a block");
}

/* The same in the middle of a block. */
static int need_bytes(struct pcapng *pcapng, void *bytes, size_t count, struct error *error)
{
	int code = count ? read_bytes(pcapng, bytes, count, error) : 1;

	if (code == 0)
		return error_set(error, -EPROTO, "the capture ends in the middle of a block");
	return code < 0 ? code : 0;
}

/* --- Blocks --------------------------------------------------------------------------------- */

static int make_room(struct pcapng *pcapng, size_t length)
{
	__u8 *body;

	if (length <= pcapng->capacity)
		return 0;
	body = realloc(pcapng->body, length);
	if (!body)
		return -ENOMEM;
	pcapng->body = body;
	pcapng->capacity = length;
	return 0;
}

/* Behind its type; for a section its byte order comes first. *length: of the body, what has been
 * read of it included. */
static int read_length(struct pcapng *pcapng, __u32 type, size_t *length, struct error *error)
{
	__u32 words[2] = {0, 0};
	int code = need_bytes(pcapng, words, type == BLOCK_SECTION ? 8 : 4, error);
	__u32 total;

	if (code)
		return code;
	if (type == BLOCK_SECTION) {
		pcapng->swapped = words[1] != BYTE_ORDER_MAGIC;
		if (in_order32(pcapng, words[1]) != BYTE_ORDER_MAGIC)
			return broken(error, "a section without byte order");
	}
	total = in_order32(pcapng, words[0]);
	if (total < 12 || total % 4 || (type == BLOCK_SECTION && total < 28))
		return broken(error, "a block with a wrong length");
	*length = total - 12;
	return 0;
}

static bool matters(__u32 type)
{
	return type == BLOCK_SECTION || type == BLOCK_INTERFACE || type == BLOCK_PACKET ||
	       type == BLOCK_SIMPLE || type == BLOCK_ENHANCED;
}

/* Of a block that says nothing of packets. */
static int skip(struct pcapng *pcapng, size_t length, struct error *error)
{
	char chunk[4096];
	int code = 0;

	while (code == 0 && length) {
		size_t part = length < sizeof(chunk) ? length : sizeof(chunk);

		code = need_bytes(pcapng, chunk, part, error);
		length -= part;
	}
	return code;
}

static int read_body(struct pcapng *pcapng, __u32 type, size_t length, struct error *error)
{
	size_t had = type == BLOCK_SECTION ? 4 : 0;
	int code;

	pcapng->length = length;
	if (!matters(type))
		return skip(pcapng, length, error);
	if (length > BLOCK_MAX)
		return broken(error, "a block that is too long");
	code = make_room(pcapng, length);
	if (code)
		return error_set(error, code, "out of memory");
	return need_bytes(pcapng, pcapng->body + had, length - had, error);
}

/* The next block, whatever it is: 1; 0: the end. */
static int read_block(struct pcapng *pcapng, __u32 *type, struct error *error)
{
	__u32 behind;
	size_t length = 0;
	int code = read_bytes(pcapng, type, sizeof(*type), error);

	if (code <= 0)
		return code;
	if (*type != BLOCK_SECTION) /* which reads the same in both byte orders */
		*type = in_order32(pcapng, *type);
	if (!pcapng->begun && *type != BLOCK_SECTION)
		return broken(error, "it does not begin with a section");
	code = read_length(pcapng, *type, &length, error);
	if (code == 0)
		code = read_body(pcapng, *type, length, error);
	if (code == 0)
		code = need_bytes(pcapng, &behind, sizeof(behind), error);
	if (code)
		return code;
	if (in_order32(pcapng, behind) != length + 12)
		return broken(error, "the two lengths of a block differ");
	return 1;
}

static int begin_section(struct pcapng *pcapng, struct error *error)
{
	if (get16(pcapng, 4) != 1)
		return error_set(error, -EPROTO, "pcapng of version %u cannot be read",
				 get16(pcapng, 4));
	pcapng->begun = true;
	pcapng->interface_count = 0;
	return 0;
}

/* --- Interfaces ----------------------------------------------------------------------------- */

static int read_options(const struct pcapng *pcapng, size_t at, struct pcapng_interface *interface,
			struct error *error)
{
	while (pcapng->length - at >= 4) {
		unsigned code = get16(pcapng, at), length = get16(pcapng, at + 2);

		if (code == 0)
			break;
		at += 4;
		if (length > pcapng->length - at)
			return broken(error, "an option of an interface is too long");
		if (code == OPTION_RESOLUTION && length == 1)
			interface->resolution = pcapng->body[at];
		if (code == OPTION_OFFSET && length == 8)
			interface->offset = (__s64)get64(pcapng, at);
		at += (length + 3) & ~3u;
		if (at > pcapng->length)
			break;
	}
	return 0;
}

static int add_interface(struct pcapng *pcapng, struct error *error)
{
	struct pcapng_interface *list, made = {.resolution = 6};
	int code;

	if (pcapng->length < 8)
		return broken(error, "the description of an interface is too short");
	made.link = get16(pcapng, 0);
	made.snaplen = get32(pcapng, 4);
	code = read_options(pcapng, 8, &made, error);
	if (code)
		return code;
	list = list_extend(pcapng->interfaces, pcapng->interface_count, sizeof(*list));
	if (!list)
		return error_set(error, -ENOMEM, "out of memory");
	pcapng->interfaces = list;
	list[pcapng->interface_count++] = made;
	return 0;
}

/* --- Time ----------------------------------------------------------------------------------- */

static __u64 power_of_ten(unsigned exponent)
{
	__u64 power = 1;

	while (exponent--)
		power *= 10;
	return power;
}

/* Units of 10^-n: whole seconds, and nanoseconds. */
static void split_decimal(__u64 units, unsigned n, __u64 *seconds, __u64 *nanoseconds)
{
	*seconds = n <= 19 ? units / power_of_ten(n) : 0;
	if (n <= 9)
		*nanoseconds = units % power_of_ten(n) * power_of_ten(9 - n);
	else if (n <= 19)
		*nanoseconds = units % power_of_ten(n) / power_of_ten(n - 9);
	else
		*nanoseconds = n - 9 <= 19 ? units / power_of_ten(n - 9) : 0;
}

/* Units of 2^-n. */
static void split_binary(__u64 units, unsigned n, __u64 *seconds, __u64 *nanoseconds)
{
	__u64 rest = n < 64 ? units & ((1ull << n) - 1) : units;

	*seconds = n < 64 ? units >> n : 0;
	if (n > 32) {
		rest = n - 32 < 64 ? rest >> (n - 32) : 0;
		n = 32;
	}
	*nanoseconds = rest * SECOND >> n;
}

static __u64 read_time(const struct pcapng_interface *interface, __u64 units)
{
	unsigned n = interface->resolution & 0x7f;
	__u64 seconds = 0, nanoseconds = 0;

	if (interface->resolution & 0x80)
		split_binary(units, n, &seconds, &nanoseconds);
	else
		split_decimal(units, n, &seconds, &nanoseconds);
	if (interface->offset < 0)
		seconds -=
			seconds < -(__u64)interface->offset ? seconds : -(__u64)interface->offset;
	else if (seconds > SECONDS_MAX || (__u64)interface->offset > SECONDS_MAX)
		seconds = SECONDS_MAX;
	else
		seconds += (__u64)interface->offset;
	seconds = seconds > SECONDS_MAX ? SECONDS_MAX : seconds;
	return seconds * SECOND + nanoseconds;
}

/* --- Packets -------------------------------------------------------------------------------- */

/* Where the parts of a packet are in its block. */
struct place {
	unsigned interface;
	__u64 time;
	size_t lengths, bytes;
};

static int take_packet(struct pcapng *pcapng, const struct place *place,
		       struct pcapng_packet *packet, struct error *error)
{
	const struct pcapng_interface *interface;
	__u32 count = get32(pcapng, place->lengths);

	if (place->interface >= pcapng->interface_count)
		return broken(error, "a packet of an interface that is not described");
	if (count > pcapng->length - place->bytes)
		return broken(error, "a packet is longer than its block");
	interface = &pcapng->interfaces[place->interface];
	pcapng->last = read_time(interface, place->time);
	*packet = (struct pcapng_packet){
		.time = pcapng->last,
		.bytes = pcapng->body + place->bytes,
		.count = count,
		.length = get32(pcapng, place->lengths + 4),
		.link = interface->link,
	};
	return 1;
}

static int take_enhanced(struct pcapng *pcapng, bool obsolete, struct pcapng_packet *packet,
			 struct error *error)
{
	struct place place = {.lengths = 12, .bytes = 20};

	if (pcapng->length < 20)
		return broken(error, "a packet's block is too short");
	place.interface = obsolete ? get16(pcapng, 0) : get32(pcapng, 0);
	place.time = (__u64)get32(pcapng, 4) << 32 | get32(pcapng, 8);
	return take_packet(pcapng, &place, packet, error);
}

/* Of the first interface, cut by its snapshot length; padding looks like the packet's bytes. */
static int take_simple(struct pcapng *pcapng, struct pcapng_packet *packet, struct error *error)
{
	const struct pcapng_interface *interface = pcapng->interfaces;
	__u32 count;

	if (pcapng->length < 4)
		return broken(error, "a packet's block is too short");
	if (!pcapng->interface_count)
		return broken(error, "a packet of an interface that is not described");
	count = get32(pcapng, 0);
	if (interface->snaplen && count > interface->snaplen)
		count = interface->snaplen;
	if (count > pcapng->length - 4)
		return broken(error, "a packet is longer than its block");
	*packet = (struct pcapng_packet){
		.time = pcapng->last,
		.bytes = pcapng->body + 4,
		.count = count,
		.length = get32(pcapng, 0),
		.link = interface->link,
	};
	return 1;
}

int pcapng_next(struct pcapng *pcapng, struct pcapng_packet *packet, struct error *error)
{
	__u32 type;
	int code;

	while ((code = read_block(pcapng, &type, error)) == 1) {
		switch (type) {
		case BLOCK_SECTION:
			code = begin_section(pcapng, error);
			break;
		case BLOCK_INTERFACE:
			code = add_interface(pcapng, error);
			break;
		case BLOCK_ENHANCED:
		case BLOCK_PACKET:
			return take_enhanced(pcapng, type == BLOCK_PACKET, packet, error);
		case BLOCK_SIMPLE:
			return take_simple(pcapng, packet, error);
		default:
			code = 0;
		}
		if (code)
			return code;
	}
	return code;
}

void pcapng_free(struct pcapng *pcapng)
{
	free(pcapng->body);
	free(pcapng->interfaces);
}
