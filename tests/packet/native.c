/* SPDX-License-Identifier: GPL-2.0-only */
#include "native.h"

#include "bpf/learn.h"
#include "judging.h"

#include <string.h>

/* The callbacks below are handed the packet alone. */
static const struct setting *judged_in;
static struct setting *left_in;

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

/* So is the flow table. */
static bool is_in_flow_table(const struct pkt *pkt, bool denied)
{
	struct flow_key key;

	flow_key_of_reply(pkt, &key);
	for (size_t i = 0; i < judged_in->flow_count; i++) {
		const struct flow_entry *entry = &judged_in->flows[i];

		if (!memcmp(&entry->key, &key, sizeof(key)))
			return judged_in->now < entry->flow.until &&
			       (!denied || entry->flow.beats_deny);
	}
	return false;
}

/* Lockdown as the control map has it; NULL: it is off. */
static const struct control *lockdown_of(const struct setting *setting)
{
	static struct control control;
	struct instance instance = {.control = &control};

	if (!setting->lockdown ||
	    lockdown_switch_on(&instance, setting->keep, setting->keep_count, 0, NULL))
		return NULL;
	return &control;
}

static struct tables tables_of(const struct setting *setting)
{
	return (struct tables){
		.slot = setting->tables.slot,
		.control = lockdown_of(setting),
		.sources4 = setting->tables.sources4,
		.sources6 = setting->tables.sources6,
		.cells = setting->tables.cells,
		.now = setting->now,
		.is_blocked = is_on_block_list,
		.is_reply = is_in_flow_table,
	};
}

struct answer native_judge(const struct setting *setting, enum link_type link, unsigned nic,
			   const unsigned char *bytes, size_t length, size_t linear)
{
	const struct tables tables = tables_of(setting);
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

static struct flow *find_flow(const struct flow_key *key)
{
	for (size_t i = 0; i < left_in->flow_count; i++)
		if (!memcmp(&left_in->flows[i].key, key, sizeof(*key)))
			return &left_in->flows[i].flow;
	return NULL;
}

static void enter_flow(const struct flow_key *key, const struct flow *flow)
{
	if (left_in->flow_count < sizeof(left_in->flows) / sizeof(*left_in->flows))
		left_in->flows[left_in->flow_count++] = (struct flow_entry){*key, *flow};
}

void native_depart(struct setting *setting, enum link_type link, unsigned nic,
		   const unsigned char *bytes, size_t length, bool connected)
{
	const struct tables tables = tables_of(setting);
	departure packet = {
		.tables = &tables,
		.hz = TICKS,
		.from_connected_socket = connected,
		.find = find_flow,
		.enter = enter_flow,
	};
	frame_context context = {
		.bytes = bytes,
		.linear = (__u32)length,
		.length = (__u32)length,
	};
	struct frame frame = frame_of(&context);
	struct pkt pkt;

	left_in = setting;
	if (!parse(&frame, link, &pkt) && pkt.fragment != FRAGMENT_LATER)
		learn(&packet, nic, &pkt);
}
