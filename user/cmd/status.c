/* SPDX-License-Identifier: GPL-2.0-only */
#include "output/status.h"
#include "drift.h"
#include "kernel/privilege.h"
#include "live.h"
#include "load.h"
#include "message.h"
#include "output/policy.h"
#include <errno.h>
#include <stdio.h>
#include <string.h>

#define ATTEMPTS 5 /* to read while others change the policy */

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

static int read_kernel(struct live *live, struct status_model *model, struct error *error)
{
	int code = policy_count_rules(&live->policy, &model->rules);

	if (code)
		return code;
	memcpy(model->nics, live->nics, sizeof(model->nics));
	model->nic_count = live->nic_count;
	model->default_action = live->policy.default_action;
	code = instance_totals(&live->instance, model->totals, error);
	if (code == 0)
		read_ports(live, model);
	return code;
}

/* Reads all there is. -EAGAIN: a change went on meanwhile, and what was found may be of before and
 * after it. */
static int collect(const struct invocation *invocation, struct status_model *model,
		   struct error *error)
{
	_cleanup_live_ struct live live = LIVE_INIT;
	int code = live_read(invocation->options.pin_dir, false, &live, error);
	bool running = code == 0;

	if (running)
		code = read_kernel(&live, model, error);
	if (code == 0 || code == -ENOENT)
		code = drift_find(invocation, running ? &live : NULL, model, error);
	if (code == 0 && running && model->drift_count &&
	    instance_version(&live.instance) != live.version)
		return -EAGAIN;
	return code;
}

static int run(const struct invocation *invocation)
{
	const struct status_model empty = {
		.version = PORTFW_VERSION,
		.path = invocation->options.policy,
		.default_action = ACTION_ALLOW,
	};
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
	}
	if (code) {
		message_failure(invocation, code, &error);
		return STATUS_FAILED;
	}
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
	.help = "Shows the attached NICs, the policy that the kernel enforces, how many packets "
		"passed\n"
		"and dropped for which reason, and whether the policy file says the same.\n",
	.options = OPTION_JSON | OPTION_QUIET | OPTION_POLICY,
};
