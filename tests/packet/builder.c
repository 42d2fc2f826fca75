/* SPDX-License-Identifier: GPL-2.0-only */
#include "builder.h"

#include <arpa/inet.h>
#include <string.h>

#define TCP_SYN 0x02
#define SCTP_CHUNK_SIZE 4 /* bytes of a chunk's header */

/* How a layer is named by the one before it. */
static const struct {
	__u16 ether_type, ppp;
	__u8 proto;
	bool network;	/* an IP header */
	bool extension; /* IPv6 extension header */
	__u8 size;	/* bytes without options */
} kinds[LAYER_KINDS] = {
	[LAYER_ETHERNET] = {.size = 14},
	[LAYER_VLAN] = {.ether_type = 0x8100, .size = 4},
	[LAYER_PPPOE] = {.ether_type = 0x8864, .size = 8},
	[LAYER_IPV4] = {.ether_type = 0x0800, .ppp = 0x21, .proto = 4, .network = true, .size = 20},
	[LAYER_IPV6] =
		{.ether_type = 0x86dd, .ppp = 0x57, .proto = 41, .network = true, .size = 40},
	[LAYER_HOP_BY_HOP] = {.proto = 0, .extension = true, .size = 8},
	[LAYER_ROUTING] = {.proto = 43, .extension = true, .size = 8},
	[LAYER_DESTINATION] = {.proto = 60, .extension = true, .size = 8},
	[LAYER_MOBILITY] = {.proto = 135, .extension = true, .size = 8},
	[LAYER_FRAGMENT] = {.proto = 44, .extension = true, .size = 8},
	[LAYER_AH] = {.proto = 51, .extension = true, .size = 8},
	[LAYER_TCP] = {.proto = 6, .size = 20},
	[LAYER_UDP] = {.proto = 17, .size = 8},
	[LAYER_SCTP] = {.proto = 132, .size = 12},
	[LAYER_ICMP] = {.proto = 1, .size = 8},
	[LAYER_ICMP6] = {.proto = 58, .size = 8},
	[LAYER_IGMP] = {.proto = 2, .size = 8},
};

static void put16(unsigned char *at, unsigned value)
{
	at[0] = (unsigned char)(value >> 8);
	at[1] = (unsigned char)value;
}

/* An override, or the value that holds without one. */
static unsigned chosen(int override, size_t automatic)
{
	if (override == WRITE_ZERO)
		return 0;
	return override ? (unsigned) override : (unsigned)automatic;
}

static unsigned named(const struct layer *layer, unsigned automatic)
{
	return chosen(layer->next, automatic);
}

static unsigned hex_digit(char digit)
{
	return (unsigned)(digit <= '9' ? digit - '0' : digit - 'a' + 10);
}

static void put_hex(unsigned char *at, const char *hex)
{
	for (; hex && hex[0] && hex[1]; hex += 2)
		*at++ = (unsigned char)(hex_digit(hex[0]) << 4 | hex_digit(hex[1]));
}

static void put_link(unsigned char *at, const struct layer *layer, const struct layer *next)
{
	unsigned type =
		next->kind == LAYER_VLAN && next->type ? next->type : kinds[next->kind].ether_type;

	switch (layer->kind) {
	case LAYER_ETHERNET:
		memcpy(at, "\x02\0\0\0\0\x01\x02\0\0\0\0\x02", 12);
		put16(at + 12, named(layer, type));
		return;
	case LAYER_VLAN:
		put16(at, 5);
		put16(at + 2, named(layer, type));
		return;
	default:
		put16(at, 0x1100); /* version 1, type 1, session data */
		put16(at + 2, 1);
		if (layer->compressed)
			at[6] = (unsigned char)named(layer, kinds[next->kind].ppp);
		else
			put16(at + 6, named(layer, kinds[next->kind].ppp));
	}
}

static void put_ipv4(unsigned char *at, const struct layer *layer, const struct layer *next)
{
	at[0] = (unsigned char)(chosen(layer->version, 4) << 4 |
				chosen(layer->header, 5 + layer->options / 4));
	put16(at + 6, layer->offset | (layer->more ? 0x2000 : 0));
	at[8] = 64;
	at[9] = (unsigned char)named(layer, kinds[next->kind].proto);
	memcpy(at + 12, "\xc0\0\x02\x01\xc0\0\x02\x02", 8);
	if (layer->from)
		inet_pton(AF_INET, layer->from, at + 12);
	if (layer->to)
		inet_pton(AF_INET, layer->to, at + 16);
	memset(at + 20, 1, layer->options);
	put_hex(at + 20, layer->option);
}

static void put_ipv6(unsigned char *at, const struct layer *layer, const struct layer *next)
{
	at[0] = (unsigned char)(chosen(layer->version, 6) << 4);
	at[6] = (unsigned char)named(layer, kinds[next->kind].proto);
	at[7] = 64;
	memcpy(at + 8, "\x20\x01\x0d\xb8", 4);
	memcpy(at + 24, "\x20\x01\x0d\xb8", 4);
	at[23] = 1;
	at[39] = 2;
	if (layer->from)
		inet_pton(AF_INET6, layer->from, at + 8);
	if (layer->to)
		inet_pton(AF_INET6, layer->to, at + 24);
}

static void put_extension(unsigned char *at, const struct layer *layer, const struct layer *next)
{
	at[0] = (unsigned char)named(layer, next->kind ? kinds[next->kind].proto : 59);
	if (layer->kind == LAYER_FRAGMENT) {
		put16(at + 2, layer->offset << 3 | layer->more);
		return;
	}
	at[1] = (unsigned char)chosen(layer->header, layer->options / 8);
	if (layer->kind == LAYER_AH)
		at[1] = (unsigned char)chosen(layer->header, layer->options / 4);
	put_hex(at + 2, layer->option);
}

static void put_transport(unsigned char *at, const struct layer *layer)
{
	if (layer->kind == LAYER_TCP || layer->kind == LAYER_UDP || layer->kind == LAYER_SCTP) {
		put16(at, layer->source);
		put16(at + 2, layer->destination);
	} else {
		at[0] = (unsigned char)layer->type;
		put16(at + 4, layer->id);
	}
	if (layer->kind == LAYER_TCP) {
		at[12] = (unsigned char)(chosen(layer->header, 5 + layer->options / 4) << 4);
		at[13] = (unsigned char)chosen(layer->flags, TCP_SYN);
		memset(at + 20, 1, layer->options);
	}
	if (layer->kind == LAYER_SCTP && layer->type) {
		at[12] = (unsigned char)layer->type;
		put16(at + 14, SCTP_CHUNK_SIZE);
	}
}

/* Appends one layer, lengths of what follows it aside. */
static void append(struct built_frame *frame, const struct layer *layer, const struct layer *next)
{
	unsigned char bytes[4096] = {};
	size_t size = kinds[layer->kind].size + layer->options;

	if (layer->kind == LAYER_PPPOE && layer->compressed)
		size--;
	if (layer->kind == LAYER_SCTP && layer->type)
		size += SCTP_CHUNK_SIZE;
	if (layer->kind == LAYER_PAYLOAD || layer->kind == LAYER_PADDING)
		size = layer->size;
	else if (layer->size && layer->size < size)
		size = layer->size;
	if (layer->kind <= LAYER_PPPOE)
		put_link(bytes, layer, next);
	else if (layer->kind == LAYER_IPV4)
		put_ipv4(bytes, layer, next);
	else if (layer->kind == LAYER_IPV6)
		put_ipv6(bytes, layer, next);
	else if (kinds[layer->kind].extension)
		put_extension(bytes, layer, next);
	else if (kinds[layer->kind].proto)
		put_transport(bytes, layer);
	if (size > FRAME_MAX - frame->length)
		size = FRAME_MAX - frame->length;
	memset(frame->bytes + frame->length, 0, size);
	memcpy(frame->bytes + frame->length, bytes, size < sizeof(bytes) ? size : sizeof(bytes));
	frame->length += size;
}

/* Fills in the length of a layer that starts at `start` in a packet that ends at `end`. */
static void put_length(struct built_frame *frame, const struct layer *layer, size_t start,
		       size_t end)
{
	unsigned char *at = frame->bytes + start;
	size_t size = end - start;

	if (layer->kind == LAYER_IPV4 && size >= 4)
		put16(at + 2, chosen(layer->length, size));
	if (layer->kind == LAYER_IPV6 && size >= 6)
		put16(at + 4, chosen(layer->length, size > 40 ? size - 40 : 0));
	if (layer->kind == LAYER_UDP && size >= 6)
		put16(at + 4, chosen(layer->length, size));
}

void build_frame(const struct layer *layers, struct built_frame *frame)
{
	static const struct layer nothing = {};
	size_t start[LAYERS_MAX], end, count = 0;

	while (count < LAYERS_MAX && layers[count].kind)
		count++;
	frame->length = end = 0;
	for (size_t i = 0; i < count; i++) {
		start[i] = frame->length;
		append(frame, &layers[i], i + 1 < count ? &layers[i + 1] : &nothing);
		if (layers[i].kind != LAYER_PADDING)
			end = frame->length;
	}
	for (size_t i = 0; i < count; i++)
		put_length(frame, &layers[i], start[i], end);
}
