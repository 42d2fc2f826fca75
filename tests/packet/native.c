/* SPDX-License-Identifier: GPL-2.0-only */
#include "native.h"

#include "../../bpf/decide.h"

/* The callback below is handed the packet alone. */
static const struct setting *judged_in;

/* The first `length` of 64 bits. */
static __u64 first_bits(__u64 bits, unsigned length)
{
	return length ? bits >> (64 - length) << (64 - length) : 0;
}

static __u64 number_at(const __u8 *bytes, unsigned count)
{
	__u64 number = 0;

	while (count--)
		number = number << 8 | *bytes++;
	return number;
}

static bool block_matches(const struct block_address *block, const struct pkt *pkt)
{
	unsigned length = block->length;

	if (block->family != pkt->family)
		return false;
	if (block->family == 4)
		return first_bits(pkt->source_low << 32, length) == number_at(block->bytes, 4)
									    << 32;
	return first_bits(pkt->source_high, length < 64 ? length : 64) ==
		       number_at(block->bytes, 8) &&
	       first_bits(pkt->source_low, length < 64 ? 0 : length - 64) ==
		       number_at(block->bytes + 8, 8);
}

/* The block list is the kernel's: natively the setting stands in for it. */
static bool is_on_block_list(const struct pkt *pkt)
{
	for (size_t i = 0; i < judged_in->blocked_count; i++) {
		const struct block_item *item = &judged_in->blocked[i];

		if ((!item->block.until || judged_in->now < item->block.until) &&
		    block_matches(&item->address, pkt))
			return true;
	}
	return false;
}

struct answer native_judge(const struct setting *setting, enum link_type link, unsigned nic,
			   const unsigned char *bytes, size_t length, size_t linear)
{
	const struct tables tables = {
		.slot = setting->tables.slot,
		.sources4 = setting->tables.sources4,
		.sources6 = setting->tables.sources6,
		.cells = setting->tables.cells,
		.now = setting->now,
		.is_blocked = is_on_block_list,
	};
	frame_context context = {
		.bytes = bytes,
		.linear = (__u32)linear,
		.length = (__u32)length,
	};
	struct frame frame = frame_of(&context);
	struct answer answer = {};
	struct pkt pkt;

	judged_in = setting;
	answer.reason = parse(&frame, link, &pkt);
	if (!answer.reason)
		answer.reason = decide(&tables, nic, &pkt);
	if (pkt.port_table < PORT_TABLE_SCTP) {
		answer.proto = pkt.port_table == PORT_TABLE_TCP ? PROTO_TCP : PROTO_UDP;
		answer.port = pkt.destination_port;
	}
	return answer;
}
