/* SPDX-License-Identifier: GPL-2.0-only */
#include "cases.h"

#include <stdio.h>

const char *case_policy(const struct packet_case *packet)
{
	return packet->policy ? packet->policy : CASE_POLICY;
}

static bool case_flows(const struct packet_case *packet, __u64 now, struct setting *setting)
{
	const size_t most = sizeof(packet->flows) / sizeof(*packet->flows);
	size_t count = 0;

	for (; count < most && packet->flows[count].local; count++)
		if (!read_flow(&packet->flows[count], now, &setting->flows[count])) {
			printf("%s, %s: no flow\n", packet->flows[count].local,
			       packet->flows[count].remote);
			return false;
		}
	setting->flow_count = count;
	return true;
}

bool case_setting(const struct packet_case *packet, __u64 now, struct setting *setting)
{
	const size_t most = sizeof(packet->blocked) / sizeof(*packet->blocked);
	size_t count = 0;

	for (; count < most && packet->blocked[count].address; count++) {
		struct block_item *item = &setting->blocked[count];
		long long until = packet->blocked[count].until;

		*item = (struct block_item){.block.until = until ? jiffies_at(until, now) : 0};
		if (!read_address(packet->blocked[count].address, &item->prefix)) {
			printf("%s: no address\n", packet->blocked[count].address);
			return false;
		}
	}
	setting->blocked_count = count;
	setting->now = now;
	if (!case_flows(packet, now, setting) ||
	    !read_lockdown(packet->keep, sizeof(packet->keep) / sizeof(*packet->keep), setting))
		return false;
	return compile_text(case_policy(packet), now, &setting->tables);
}
