/* SPDX-License-Identifier: GPL-2.0-only */
#include "native.h"

#include "bpf/learn.h"
#include "bpf/leave.h"
#include "judging.h"
#include "verdict/tables.h"

#include <string.h>

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

static bool block_matches(const struct prefix *block, __u32 family, __u64 high, __u64 low)
{
	unsigned length = block->length;

	if (block->family != family)
		return false;
	if (block->family == 4)
		return first_bits(low << 32, length) == number_at(block->address, 4) << 32;
	return first_bits(high, length < 64 ? length : 64) == number_at(block->address, 8) &&
	       first_bits(low, length < 64 ? 0 : length - 64) == number_at(block->address + 8, 8);
}

/* The block list is the kernel's: natively the setting stands in for it. */
static bool is_on_block_list(const struct tables *tables, __u32 family, __u64 high, __u64 low)
{
	const struct setting *setting = tables->context;

	for (size_t i = 0; i < setting->blocked_count; i++) {
		const struct block_item *item = &setting->blocked[i];

		if ((!item->block.until || tables->now < item->block.until) &&
		    block_matches(&item->prefix, family, high, low))
			return true;
	}
	return false;
}

/* So is the flow table. */
static struct flow *find_flow(const struct tables *tables, const struct flow_key *key)
{
	struct setting *setting = tables->context;

	for (size_t i = 0; i < setting->flow_count; i++)
		if (!memcmp(&setting->flows[i].key, key, sizeof(*key)))
			return &setting->flows[i].flow;
	return NULL;
}

static void enter_flow(const struct tables *tables, const struct flow_key *key,
		       const struct flow *flow)
{
	struct setting *setting = tables->context;

	if (setting->flow_count < sizeof(setting->flows) / sizeof(*setting->flows))
		setting->flows[setting->flow_count++] = (struct flow_entry){*key, *flow};
}

/* The control map, as far as it is looked at. */
static const struct control *control_of(const struct setting *setting)
{
	static struct control control;
	struct instance instance = {.control = &control};

	memcpy(control.outside, setting->outside, sizeof(setting->outside));
	control.lockdown = 0;
	memset(control.keep_claims, 0, sizeof(control.keep_claims));
	if (setting->lockdown &&
	    lockdown_switch_on(&instance, setting->keep, setting->keep_count, 0, NULL, NULL))
		return NULL;
	return &control;
}

static struct tables tables_of(const struct setting *setting)
{
	struct tables tables;

	verdict_tables(&setting->tables, setting->now, &tables);
	tables.control = control_of(setting);
	tables.context = (void *)setting; /* decide() only reads it */
	tables.is_blocked = is_on_block_list;
	tables.find_flow = find_flow;
	return tables;
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
	struct match match;
	struct pkt pkt;

	answer.reason = parse(&frame, link, &pkt);
	if (!answer.reason)
		answer.reason = decide(&tables, nic, &pkt, &match);
	if (pkt.port_table < PORT_TABLE_SCTP) {
		answer.proto = pkt.port_table == PORT_TABLE_TCP ? PROTO_TCP : PROTO_UDP;
		answer.port = pkt.destination_port;
	}
	return answer;
}

enum reason native_depart(struct setting *setting, enum link_type link, unsigned nic,
			  const unsigned char *bytes, size_t length, struct native_origin origin)
{
	const struct tables tables = tables_of(setting);
	departure packet = {
		.tables = &tables,
		.hz = TICKS,
		.ingress_ifindex = origin.ingress,
		.from_connected_socket = origin.connected,
		.enter = enter_flow,
	};
	frame_context context = {
		.bytes = bytes,
		.linear = (__u32)length,
		.length = (__u32)length,
	};
	struct frame frame = frame_of(&context);
	enum reason parsed, reason;
	struct pkt pkt;

	parsed = parse(&frame, link, &pkt);
	reason = leave(&tables, parsed, &pkt);
	if (!reason && !parsed)
		learn(&packet, nic, &pkt);
	return reason;
}
