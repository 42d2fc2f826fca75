/* SPDX-License-Identifier: GPL-2.0-only */
/* Large policies and block lists, and the same for nft. */
#include "bench.h"

#include <linux/types.h>
#include <stdio.h>

#define RULES 10000
#define PREFIXES 100000

/* Prefix i of many that do not overlap, of 24 to 32 bits. */
static void print_prefix(FILE *file, unsigned i)
{
	unsigned address = (i + 100) * 42848u & ~255u;

	fprintf(file, "%u.%u.%u.%u/%u", address >> 24, address >> 16 & 255, address >> 8 & 255,
		address & 255, 24 + i % 9);
}

/* The port of a rule: no two of a protocol are neighbours. */
static unsigned port_of(unsigned rule, unsigned variant)
{
	return rule / 2 * 4 + 1000 + variant;
}

/* Each in two variants, so that one after the other is always a change. */
static void print_rules(FILE *file, unsigned variant)
{
	fprintf(file, "default allow\n");
	for (unsigned i = 0; i < RULES; i++)
		fprintf(file, "allow %s %u comment \"service %u\"\n", i % 2 ? "udp" : "tcp",
			port_of(i, variant), i);
}

static void print_prefixes(FILE *file, unsigned variant)
{
	fprintf(file, "default allow\n");
	for (unsigned i = 0; i < PREFIXES; i++) {
		fprintf(file, "deny tcp %u from ", 8080 + variant);
		print_prefix(file, i);
		fprintf(file, "\n");
	}
}

static void begin_table(FILE *file)
{
	fprintf(file, "add table inet bench\ndelete table inet bench\ntable inet bench {\n");
}

static void begin_chain(FILE *file)
{
	fprintf(file, "chain input {\ntype filter hook input priority 0; policy accept;\n");
}

static void print_nft_rules(FILE *file, unsigned variant)
{
	begin_table(file);
	begin_chain(file);
	for (unsigned i = 0; i < RULES; i++)
		fprintf(file, "%s dport %u accept comment \"service %u\"\n", i % 2 ? "udp" : "tcp",
			port_of(i, variant), i);
	fprintf(file, "}\n}\n");
}

static void print_nft_sets(FILE *file, unsigned variant)
{
	begin_table(file);
	for (unsigned set = 0; set < 2; set++) {
		fprintf(file, "set ports%u {\ntype inet_service; flags interval;\nelements = {\n",
			set);
		for (unsigned i = 0; i < RULES / 2; i++)
			fprintf(file, "%u,\n", port_of(2 * i, variant));
		fprintf(file, "}\n}\n");
	}
	begin_chain(file);
	fprintf(file, "tcp dport @ports0 accept\nudp dport @ports1 accept\n}\n}\n");
}

static void print_nft_prefixes(FILE *file, unsigned variant)
{
	begin_table(file);
	fprintf(file, "set sources {\ntype ipv4_addr; flags interval;\nelements = {\n");
	for (unsigned i = 0; i < PREFIXES; i++) {
		print_prefix(file, i);
		fprintf(file, ",\n");
	}
	fprintf(file, "}\n}\n");
	begin_chain(file);
	fprintf(file, "ip saddr @sources tcp dport %u drop\n}\n}\n", 8080 + variant);
}

static void print_addresses(FILE *file, unsigned count)
{
	for (unsigned i = 0; i < count; i++)
		fprintf(file, "198.%u.%u.%u\n", 18 + (i >> 16), i >> 8 & 255, i & 255);
}

/* --- A capture ------------------------------------------------------------------------------ */

#define CAPTURED 60 /* bytes of each packet */

struct capture_frame {
	__u8 link[14], version, tos;
	__u8 total[2], id[4], ttl, protocol, checksum[2], source[4], destination[4];
	__u8 source_port[2], port[2], rest[8], data_offset, flags;
	__u8 payload[CAPTURED - 48];
};
_Static_assert(sizeof(struct capture_frame) == CAPTURED, "no padding");

static void put_number(__u8 *at, unsigned bytes, unsigned number)
{
	while (bytes--) {
		at[bytes] = (__u8)number;
		number >>= 8;
	}
}

/* Packet i: the host's own connections and their replies, and a flood from everywhere. */
static void make_frame(unsigned i, struct capture_frame *frame)
{
	static const unsigned host = 0xc0000201, client = 0xcb007100;
	bool own = i % 4 == 0, reply = i % 4 == 1;
	unsigned peer = own || reply ? client + i / 4 % 250 : i * 2654435761u;
	unsigned port = 40000 + i / 4 % 1000;

	*frame = (struct capture_frame){
		.link = {2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2, 8, 0},
		.version = 0x45,
		.total = {0, CAPTURED - 14},
		.ttl = 64,
		.protocol = i % 8 == 2 ? 17 : 6,
		.data_offset = 0x50,
		.flags = own && i % 16 ? 0x10
			 : reply       ? 0x12
				       : 2,
	};
	put_number(frame->source, 4, own ? host : peer);
	put_number(frame->destination, 4, own ? peer : host);
	put_number(frame->source_port, 2, own ? port : reply ? 443 : peer >> 3);
	put_number(frame->port, 2, own ? 443 : reply ? port : i % 1024);
	if (frame->protocol == 17)
		put_number(frame->rest, 2, CAPTURED - 34);
}

static void print_capture(FILE *file, unsigned packets)
{
	/* Microseconds, version 2.4, Ethernet. */
	const __u32 header[] = {0xa1b2c3d4, 2 | 4 << 16, 0, 0, 65535, 1};

	fwrite(header, sizeof(header), 1, file);
	for (unsigned i = 0; i < packets; i++) {
		const __u32 record[] = {1700000000 + i / 10000, i % 10000 * 100, CAPTURED,
					CAPTURED};
		struct capture_frame frame;

		make_frame(i, &frame);
		fwrite(record, sizeof(record), 1, file);
		fwrite(&frame, sizeof(frame), 1, file);
	}
}

bool bench_write_inputs(void)
{
	static const struct {
		const char *name;
		void (*print)(FILE *file, unsigned argument);
		unsigned argument;
	} inputs[] = {
		{"rules-a", print_rules, 0},
		{"rules-b", print_rules, 1},
		{"prefixes-a", print_prefixes, 0},
		{"prefixes-b", print_prefixes, 1},
		{"nft-rules", print_nft_rules, 0},
		{"nft-sets", print_nft_sets, 0},
		{"nft-prefixes", print_nft_prefixes, 0},
		{"addresses-10000", print_addresses, 10000},
		{"addresses-99990", print_addresses, 99990},
		{"capture", print_capture, 1000000},
	};

	for (unsigned i = 0; i < sizeof(inputs) / sizeof(*inputs); i++) {
		FILE *file = fopen(inputs[i].name, "w");
		bool failed = !file;

		if (file)
			inputs[i].print(file, inputs[i].argument);
		failed = failed || ferror(file) || fclose(file);
		if (failed) {
			perror(inputs[i].name);
			return false;
		}
	}
	return true;
}
