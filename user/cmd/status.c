/* SPDX-License-Identifier: GPL-2.0-only */
#include "output/status.h"
#include "cli/message.h"
#include "kernel/privilege.h"
#include "output/policy.h"
#include "state/blocks_file.h"
#include "state/live.h"
#include "state/load.h"
#include "state/lock.h"
#include "state/lockdown_file.h"
#include "survey/drift.h"
#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/* To read while others change the policy, or attach and detach NICs. */
#define ATTEMPTS 20
#define PAUSE_NANOSECONDS 10000000

/* Keeps the busiest ports, most packets first. */
static void insert(struct busy_port top[STATUS_TOP], struct busy_port port)
{
	for (size_t i = 0; i < STATUS_TOP; i++) {
		if (port.packets <= top[i].packets)
			continue;
		struct busy_port moved = top[i];
		top[i] = port;
		port = moved;
	}
}

static void read_ports(const struct live *live, struct status_model *model)
{
	static const enum port_table tables[] = {PORT_TABLE_TCP, PORT_TABLE_UDP};

	for (size_t i = 0; i < sizeof(tables) / sizeof(tables[0]); i++) {
		for (unsigned port = 0; port < PORT_COUNT; port++) {
			for (unsigned v = 0; v < VERDICT_COUNT; v++) {
				struct busy_port busy = {.table = tables[i], .port = (__u16)port};
				busy.packets = instance_port_packets(&live->instance, busy.table,
								     busy.port, (enum verdict)v);
				if (busy.packets)
					insert(model->busiest[v], busy);
			}
		}
	}
}

static void read_protocols(const struct live *live, struct status_model *model)
{
	for (unsigned protocol = 0; protocol < STATUS_PROTOCOLS; protocol++)
		for (unsigned v = 0; v < VERDICT_COUNT; v++)
			model->protocols[protocol][v] = instance_protocol_packets(
				&live->instance, (__u8)protocol, (enum verdict)v);
}

/* The rules that end by themselves, and when. */
static int read_timed(const struct live *live, struct status_model *model)
{
	_cleanup_times_left_ struct times_left left = {NULL, 0};
	struct text_rules lines = {NULL, 0};
	int code = deadlines_left(&live->policy, &live->deadlines, &live->now, &left);

	if (code == 0 && left.count)
		code = text_rules(&live->policy, &lines);
	if (code == 0 && lines.count) {
		model->timed = calloc(lines.count, sizeof(*model->timed));
		code = model->timed ? 0 : -ENOMEM;
	}
	for (size_t i = 0; code == 0 && i < lines.count; i++) {
		struct timed_rule *timed = &model->timed[model->timed_count];
		const struct text_rule *rule = &lines.list[i];
		if (!rule->until)
			continue;
		*timed = (struct timed_rule){strdup(rule->line), strdup(rule->until),
					     times_left_find(&left, rule->until)};
		model->timed_count++;
		code = timed->line && timed->until ? 0 : -ENOMEM;
	}
	text_rules_free(&lines);
	return code;
}

static int read_blocks(struct live *live, struct status_model *model, struct error *error)
{
	_cleanup_blocks_kernel_ struct blocks_kernel kernel = {BLOCK_LIST_INIT, BLOCK_LIST_INIT};
	int code = blocks_kernel_read(&live->instance, &kernel, error);

	if (code)
		return code;
	model->blocked = kernel.live.count;
	for (size_t i = 0; i < STATUS_BLOCKED && i < kernel.live.count; i++) {
		const struct block_entry *entry = &kernel.live.entries[i];
		char prefix[WORDS_PREFIX_SIZE], left[TIME_LEFT_SIZE] = "";

		words_print_prefix(&entry->prefix, prefix);
		if (entry->until)
			time_left_print(entry->until - live->now.wall, left);
		snprintf(model->first_blocked[i], sizeof(model->first_blocked[i]), "%s%s%s", prefix,
			 *left ? ", " : "", left);
	}
	return 0;
}

static void count_flow(const struct flow_entry *entry, const struct moment *now,
		       struct flow_status *flows)
{
	const struct flow *flow = &entry->flow;
	__s64 age = flow->created < now->jiffies ? (__s64)((now->jiffies - flow->created) / now->hz)
						 : 0;

	if (flow->until <= now->jiffies)
		return;
	flows->live++;
	if (entry->key.protocol == IPPROTO_TCP)
		flows->tcp++;
	else if (entry->key.protocol == IPPROTO_UDP)
		flows->udp++;
	else
		flows->other++;
	flows->seeded += flow->origin == FLOW_SEEDED;
	if (age > flows->oldest)
		flows->oldest = age;
}

static int read_flows(const struct live *live, struct flow_status *flows, struct error *error)
{
	_cleanup_flow_list_ struct flow_list list = {NULL, 0};
	int code = flows_read(&live->instance, &list, error);

	if (code)
		return code;
	for (size_t i = 0; i < list.count; i++)
		count_flow(&list.entries[i], &live->now, flows);
	flows->max = live->instance.control->flows_max;
	flows->memory = flows_memory(&live->instance);
	flows->counters = flows_counters(&live->instance, list.count);
	return 0;
}

static int read_kernel(struct live *live, struct status_model *model, struct error *error)
{
	int code = policy_count_rules(&live->policy, &model->rules);

	if (code)
		return code;
	code = read_timed(live, model);
	if (code == 0)
		code = read_blocks(live, model, error);
	if (code)
		return code;
	model->lockdown.on =
		lockdown_in_kernel(&live->instance, &live->now, &model->lockdown.lockdown);
	memcpy(model->stand_in, live->instance.control->stand_in, sizeof(model->stand_in));
	model->stand_in[sizeof(model->stand_in) - 1] = '\0';
	model->trial = live->trial.pending;
	model->trial_seconds = live_trial_seconds(live);
	model->trial_deadline = time(NULL) + model->trial_seconds;
	memcpy(model->nics, live->nics, sizeof(model->nics));
	model->nic_count = live->nic_count;
	model->default_action = live->policy.default_action;
	code = instance_totals(&live->instance, model->totals, error);
	if (code)
		return code;
	instance_outgoing(&live->instance, model->outgoing);
	read_ports(live, model);
	read_protocols(live, model);
	return read_flows(live, &model->flows, error);
}

/* Whether another command is at work, or was since the instance was read. The lock is looked at
 * first: where nobody has it by then, the NICs are what they stay. */
static bool changes(const struct paths *paths, struct live *live)
{
	struct nic_status nics[MAX_NICS];
	size_t count = 0;

	if (publish_version(&live->instance) != live->version || lock_is_held(paths->run_dir))
		return true;
	if (attach_list(&live->instance, nics, &count, NULL) || count != live->nic_count)
		return true;
	for (size_t i = 0; i < count; i++)
		if (strcmp(nics[i].name, live->nics[i].name) != 0 ||
		    nics[i].prog_id != live->nics[i].prog_id ||
		    nics[i].gone != live->nics[i].gone ||
		    nics[i].detached != live->nics[i].detached)
			return true;
	return false;
}

/* Reads all there is. -EAGAIN: a change went on meanwhile, and what was found may be of before and
 * after it. */
static int collect(const struct invocation *invocation, struct status_model *model,
		   struct error *error)
{
	const struct paths paths = invocation_paths(invocation);
	const struct notes notes = message_notes(invocation);
	_cleanup_live_ struct live live = LIVE_INIT;
	int code = live_read(&paths, false, &live, error);
	bool running = code == 0;

	if (code == 0 || code == -ENOENT)
		code = drift_find(&paths, running ? &live : NULL, model, &notes, error);
	if (code == 0 && running)
		code = read_kernel(&live, model, error);
	if (code == 0 && running && model->drift_count && changes(&paths, &live))
		return -EAGAIN;
	return code;
}

static enum exit_status run(const struct invocation *invocation)
{
	const struct status_model empty = {
		.version = PORTFW_VERSION,
		.path = invocation->options.policy,
		.default_action = ACTION_ALLOW,
	};
	const struct timespec pause = {.tv_nsec = PAUSE_NANOSECONDS};
	_cleanup_status_ struct status_model model = empty;
	struct error error = {""};
	int code = privilege_check(&error);

	for (unsigned attempt = 0; code == 0 && attempt < ATTEMPTS; attempt++) {
		status_free(&model);
		model = empty;
		code = collect(invocation, &model, &error);
		if (code != -EAGAIN)
			break;
		code = 0;
		nanosleep(&pause, NULL);
	}
	if (code)
		return message_failed(invocation, code, &error);
	if (option_given(invocation, OPTION_JSON))
		status_json(&model, stdout);
	else
		status_text(&model, stdout);
	return STATUS_DONE;
}

const struct command command_status = {
	.name = "status",
	.run = run,
	.synopsis = "",
	.summary = "show what the kernel enforces now, and counters",
	.help = "Shows the attached NICs, the policy that the kernel enforces, how many packets\n"
		"passed and dropped for which reason, rules that end by themselves, a trial\n"
		"that runs, and whether the policy file says the same.\n",
	.examples = EXAMPLES("portfw status", "portfw --json status"),
	.options = OPTION_JSON | OPTION_QUIET | OPTION_POLICY,
};
