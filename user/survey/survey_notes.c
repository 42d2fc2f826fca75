/* SPDX-License-Identifier: GPL-2.0-only */
/* What an operator should know of a port besides its verdict. */
#include "kernel/lockdown.h"
#include "output/rule.h"
#include "policy/hazards.h"
#include "policy/scope.h"
#include "policy/words.h"
#include "survey.h"
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

#define RANGES_NOTED 3

#define note(row, ...) audit_add_note((row)->notes, &(row)->note_count, __VA_ARGS__)
#define note_whole(model, ...) audit_add_note((model)->notes, &(model)->note_count, __VA_ARGS__)

static bool is_reachable(const struct listener *listener)
{
	return listener->verdict == AUDIT_OPEN || listener->verdict == AUDIT_EXPOSED ||
	       listener->verdict == AUDIT_IDLE;
}

static void note_ephemeral(const struct survey *survey, struct audit_row *row)
{
	const struct listener *listener = &row->listener;

	if (listener->raw || !survey_is_ephemeral(survey, listener->low))
		return;
	note(row, listener->client
			  ? "in the ephemeral range: waits for answers, it seems"
			  : "in the ephemeral range: a connection of this host can take it first");
}

static void note_socket(const struct survey *survey, struct audit_row *row)
{
	const struct listener *listener = &row->listener;

	if (row->found == FOUND_PROXY)
		note(row, "%s, published for a container", row->process);
	if (listener->client && !survey_is_ephemeral(survey, listener->low))
		note(row, "a DHCP client: answers of DHCP servers pass without a rule");
	if (listener->raw && protocol_table(listener->proto) >= 0)
		note(row, "a raw socket: gets a copy of whatever passes");
	if (row->found == FOUND_SOCKET && !row->holders && !survey->processes.unreadable)
		note(row, "no process holds it: a socket of the kernel (WireGuard, VXLAN, NFS)");
	if (listener->high > listener->low)
		note(row, "judged by its first port");
	if (listener->unguarded && listener->bound && survey->setting.nic_count)
		note(row, "%s is not attached", row->device);
}

static void note_row(const struct survey *survey, struct audit_row *row)
{
	const struct listener *listener = &row->listener;
	const char *hazard = listener->raw ? NULL : hazard_of(listener->proto, listener->low);

	if (hazard && is_reachable(listener))
		note(row, "%s", hazard);
	note_socket(survey, row);
	if (listener->verdict != AUDIT_LOCAL)
		note_ephemeral(survey, row);
}

static bool same_port(const struct listener *a, const struct listener *b)
{
	return a->proto == b->proto && a->low == b->low && a->raw == b->raw;
}

/* How wide IPv4 is open to a port: by the socket itself, else by others of the port, which stand
 * next to it. False: nobody takes IPv4. */
static bool find_ipv4_extent(const struct audit_model *model, size_t i, enum reach_extent *widest)
{
	const struct listener *listener = &model->rows[i].listener;
	bool found = listener->takes[0];

	*widest = audit_extent(listener, 0);
	if (found)
		return true;
	while (i > 0 && same_port(&model->rows[i - 1].listener, listener))
		i--;
	for (; i < model->row_count && same_port(&model->rows[i].listener, listener); i++) {
		const struct listener *other = &model->rows[i].listener;
		enum reach_extent extent = audit_extent(other, 0);
		found |= other->takes[0] && !other->local;
		*widest = extent > *widest ? extent : *widest;
	}
	return found;
}

static void note_wider(struct audit_model *model, size_t i)
{
	struct audit_row *row = &model->rows[i];
	enum reach_extent six = audit_extent(&row->listener, 1), four;

	if (six != REACH_NOBODY && find_ipv4_extent(model, i, &four) && six > four)
		note(row, "wider open over IPv6 than over IPv4");
}

static void note_forwarding(struct audit_model *model)
{
	FILE *file = fopen("/proc/sys/net/ipv4/ip_forward", "re");
	int digit = file ? fgetc(file) : '0';

	if (file)
		fclose(file);
	if (digit == '1' && audit_count(model, AUDIT_STALE))
		note_whole(model, "this host forwards packets: rules for "
				  "machines behind it count as STALE, too");
}

static void note_ranges(struct audit_model *model)
{
	unsigned noted = 0;

	for (size_t i = 0; i < model->uses.count && noted < RANGES_NOTED; i++) {
		const struct rule_use *use = &model->uses.list[i];
		unsigned size = use->rule->high - use->rule->low + 1U;
		char *line;

		if (use->stale || use->listening == size || size == PORT_COUNT ||
		    protocol_table(use->rule->proto) < 0)
			continue;
		line = rule_line(use->rule);
		if (line)
			note_whole(model, "%s: somebody listens on %u of %u ports", line,
				   use->listening, size);
		free(line);
		noted++;
	}
}

/* Interfaces that have addresses, and no guarded NIC below them. */
static void find_unguarded(struct survey *survey)
{
	struct audit_model *model = &survey->model;
	const struct network *network = &survey->network;
	char list[256] = "";

	for (size_t i = 0; i < network->interface_count; i++) {
		const struct interface *interface = &network->interfaces[i];
		bool addressed = false, guarded = false;

		for (size_t j = 0; j < network->address_count; j++)
			addressed |= network->addresses[j].ifindex == interface->ifindex;
		for (size_t j = 0; j < survey->setting.nic_count; j++)
			guarded |= network_carries(network, if_nametoindex(survey->setting.nics[j]),
						   interface->ifindex);
		if (!addressed || guarded || interface->flags & IFF_LOOPBACK ||
		    !(interface->flags & IFF_UP) || model->unguarded_count == MAX_NICS)
			continue;
		memcpy(model->unguarded[model->unguarded_count++], interface->name, IFNAMSIZ);
		size_t length = strlen(list);
		snprintf(list + length, sizeof(list) - length, "%s%s", length ? ", " : "",
			 interface->name);
	}
	if (!survey->setting.nic_count)
		note_whole(model,
			   "no NIC is attached, so nothing enforces a policy: `portfw attach NIC`");
	else if (*list)
		note_whole(model, "not attached, so all that listens can be reached through it: %s",
			   list);
}

/* The verdicts are those of the policy: what holds again afterwards. */
static void note_lockdown(struct survey *survey)
{
	const struct live *live = &survey->live;
	size_t count;

	if (live->instance.open &&
	    lockdown_is_on(&live->instance, live->now.jiffies, NULL, NULL, &count))
		note_whole(&survey->model, "lockdown is on: for now only kept sources "
					   "reach anything, whatever stands here");
}

void survey_notes(struct survey *survey)
{
	struct audit_model *model = &survey->model;

	for (size_t i = 0; i < model->row_count; i++) {
		note_row(survey, &model->rows[i]);
		if (model->rows[i].listener.takes[1])
			note_wider(model, i);
	}
	note_lockdown(survey);
	if (model->origin == POLICY_RUNNING)
		find_unguarded(survey);
}

void survey_note_rules(struct survey *survey)
{
	note_ranges(&survey->model);
	note_forwarding(&survey->model);
}
