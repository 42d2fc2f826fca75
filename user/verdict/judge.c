/* SPDX-License-Identifier: GPL-2.0-only */
#include "judge.h"
#include "bpf/decide.h"
#include "kernel/blocks.h"
#include "policy/reason.h"
#include "policy/scope.h"
#include "policy/text_lines.h"
#include "policy/words.h"
#include "tables.h"
#include <endian.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* --- Making it ----------------------------------------------------------------------------- */

int judge_make(const struct policy *policy, const char nics[MAX_NICS][IFNAMSIZ],
	       const struct deadline_table *known, const struct moment *now, struct judge *judge,
	       struct error *error)
{
	*judge = (struct judge){.policy = policy, .now = *now};
	memcpy(judge->nics, nics, sizeof(judge->nics));
	return verdict_compile(policy, nics, known, now, &judge->compiled, error);
}

void judge_free(struct judge *judge)
{
	verdict_free(&judge->compiled);
	flow_list_free(&judge->flows);
	*judge = (struct judge){0};
}

/* --- Packets ------------------------------------------------------------------------------- */

static const struct prefix *find_in_list(const struct block_list *list, const struct prefix *source)
{
	const struct block_entry *entry = block_list_find(list, source);

	if (!entry)
		entry = block_list_holder(list, source);
	return entry ? &entry->prefix : NULL;
}

/* The entry of the block list that holds the source, all bits of an address. */
static bool find_block(struct judge *judge, const struct prefix *source, struct prefix *block)
{
	const struct prefix *found = NULL;
	struct block_item item;

	if (judge->blocks)
		found = find_in_list(judge->blocks, source);
	if (found) {
		*block = *found;
		return true;
	}
	if (!judge->blocks_of ||
	    blocks_holder(judge->blocks_of, source, judge->now.jiffies, &item, NULL) <= 0)
		return false;
	*block = item.prefix;
	return true;
}

bool judge_block(struct judge *judge, const struct judge_packet *packet, struct prefix *block)
{
	const struct prefix source = endpoint_prefix(&packet->source);

	return find_block(judge, &source, block);
}

/* --- What the program asks ----------------------------------------------------------------- */

static bool is_on_block_list(const struct tables *tables, __u32 family, __u64 high, __u64 low)
{
	const __u64 words[] = {htobe64(family == 4 ? low << 32 : high),
			       htobe64(family == 4 ? 0 : low)};
	struct prefix source = {.family = (__u8)family, .length = family == 4 ? 32 : 128}, block;

	memcpy(source.address, words, sizeof(source.address));
	return find_block(tables->context, &source, &block);
}

/* A table that cannot be read has no flow: then rather too much drops than too little. */
static struct flow *find_flow(const struct tables *tables, const struct flow_key *key)
{
	struct judge *judge = tables->context;

	if (!judge->flows_of)
		return NULL;
	if (!judge->flows_read && flows_read(judge->flows_of, &judge->flows, NULL))
		judge->flows = (struct flow_list){0};
	judge->flows_read = true;
	for (size_t i = 0; i < judge->flows.count; i++) {
		struct flow_entry *entry = &judge->flows.entries[i];

		if (memcmp(&entry->key, key, sizeof(*key)) == 0)
			return &entry->flow;
	}
	return NULL;
}

/* --- Judging ------------------------------------------------------------------------------- */

static void set_address(const struct endpoint *end, __u64 *high, __u64 *low)
{
	struct address6 address = flows_address(end);

	*high = address.high;
	*low = end->family == 4 ? (__u32)address.low : address.low;
}

static struct pkt pkt_of(const struct judge_packet *packet)
{
	int table = protocol_table(packet->protocol);
	struct pkt pkt = {
		.family = packet->source.family,
		.protocol = packet->protocol,
		.port_table = (__u8)(table < 0 ? PORT_TABLE_COUNT : table),
		.source_port = packet->source.port,
		.destination_port = packet->destination.port,
		.tcp_flags = packet->tcp_flags,
		.icmp_type = packet->icmp_type,
	};

	set_address(&packet->source, &pkt.source_high, &pkt.source_low);
	set_address(&packet->destination, &pkt.destination_high, &pkt.destination_low);
	return pkt;
}

enum reason judge_packet(struct judge *judge, unsigned nic, const struct judge_packet *packet)
{
	const struct pkt pkt = pkt_of(packet);
	struct tables tables;
	struct match match;

	verdict_tables(&judge->compiled, judge->now.jiffies, &tables);
	tables.context = judge;
	tables.is_blocked = is_on_block_list;
	tables.find_flow = find_flow;
	return decide(&tables, nic, &pkt, &match);
}

/* --- What decides -------------------------------------------------------------------------- */

const struct rule *judge_rule(const struct judge *judge, unsigned nic,
			      const struct judge_packet *packet)
{
	const struct prefix source = endpoint_prefix(&packet->source);
	const struct rule *rule = NULL;
	/* Rules of a policy that is in force end by the kernel's clock, and those that are over are
	 * not there: none is over by the wall clock. */
	const __s64 beginning = 0;

	policy_lookup(judge->policy, packet->protocol,
		      protocol_table(packet->protocol) < 0 ? 0 : packet->destination.port,
		      judge->nics[nic], &source, beginning, &rule);
	return rule;
}

static char *print_block(struct judge *judge, const struct judge_packet *packet)
{
	char prefix[WORDS_PREFIX_SIZE] = "", *text;
	struct prefix block;

	if (judge_block(judge, packet, &block))
		words_print_prefix(&block, prefix);
	return asprintf(&text, "block %s", prefix) < 0 ? NULL : text;
}

char *judge_decider(struct judge *judge, unsigned nic, const struct judge_packet *packet,
		    enum reason reason)
{
	const struct rule *rule;

	switch (reason) {
	case REASON_BLOCKED:
		return print_block(judge, packet);
	case REASON_DEFAULT_ALLOW:
	case REASON_DEFAULT_DENY:
		return text_default_print(judge->policy->default_action);
	case REASON_ALLOW:
	case REASON_DENY:
		rule = judge_rule(judge, nic, packet);
		return rule ? policy_line_of(judge->policy, rule) : strdup(reason_name(reason));
	default:
		return strdup(reason_name(reason));
	}
}
