/* SPDX-License-Identifier: GPL-2.0-only */
#include "replay_setup.h"
#include "cli/input.h"
#include "cli/message.h"
#include "kernel/privilege.h"
#include "replay/host.h"
#include "state/blocks_file.h"
#include <errno.h>
#include <stdio.h>
#include <string.h>

void replay_setup_free(struct replay_setup *setup)
{
	live_close(&setup->live);
	load_free(&setup->file);
	load_free(&setup->candidate);
	block_list_free(&setup->blocks);
}

static void setup_init(const struct invocation *invocation, struct replay_setup *setup)
{
	*setup = (struct replay_setup){
		.own = *invocation,
		.live = LIVE_INIT,
		.blocks = BLOCK_LIST_INIT,
	};
	setup->own.options.policy = invocation->options.own_policy;
	policy_init(&setup->live.policy);
	policy_init(&setup->file.policy);
	policy_init(&setup->candidate.policy);
}

static void add_policy(struct replay_setup *setup, const struct policy *policy,
		       const struct attachments *attached, const char *name, const char *remark)
{
	if (!setup->policy_count)
		setup->attached = attached;
	setup->policies[setup->policy_count] = policy;
	snprintf(setup->names[setup->policy_count], sizeof(setup->names[0]), "%s%s", name, remark);
	setup->policy_count++;
}

/* The policy file, where there is no policy in force that can be read. */
static enum exit_status use_file(struct replay_setup *setup, const char *why)
{
	const char *path = setup->own.options.policy;
	char remark[128];
	enum exit_status status = input_policy(&setup->own, &setup->file);

	if (status)
		return status;
	snprintf(remark, sizeof(remark), "%s (%s)",
		 setup->file.found ? "" : ", which does not exist: default allow", why);
	add_policy(setup, &setup->file.policy, &setup->file.attached, path, remark);
	return STATUS_DONE;
}

/* Opens the instance, for its policy, block list and NICs. `why` receives why there is none. */
static enum exit_status open_live(struct replay_setup *setup, const char **why)
{
	struct error error = {""};
	const struct paths paths = invocation_paths(&setup->own);
	int code = privilege_check(NULL);

	*why = "the policy in force takes privileges to read";
	if (code)
		return STATUS_DONE;
	code = live_read(&paths, false, &setup->live, &error);
	*why = "no NIC is attached";
	if (code == -ENOENT)
		return STATUS_DONE;
	if (code)
		return message_failed(&setup->own, code, &error);
	setup->running = true;
	return STATUS_DONE;
}

static enum exit_status read_policies(const struct invocation *invocation,
				      struct replay_setup *setup)
{
	bool candidate = option_given(invocation, OPTION_POLICY);
	const char *why, *path = invocation->options.policy;
	enum exit_status status = STATUS_DONE;

	if (candidate)
		status = input_file(invocation, path, "", &setup->candidate);
	if (status == STATUS_DONE)
		status = open_live(setup, &why);
	if (status)
		return status;
	if (!candidate || option_given(invocation, OPTION_DIFF)) {
		if (setup->running)
			add_policy(setup, &setup->live.policy, &setup->live.attached,
				   "the policy in force", "");
		else
			status = use_file(setup, why);
	}
	if (status == STATUS_DONE && candidate)
		add_policy(setup, &setup->candidate.policy, &setup->candidate.attached,
			   load_name(path), "");
	return status;
}

static enum exit_status read_blocks(struct replay_setup *setup)
{
	const struct notes notes = message_notes(&setup->own);
	struct error error = {""};
	int code = blocks_list_read(setup->own.options.policy,
				    setup->running ? &setup->live.instance : NULL, &setup->blocks,
				    &notes, &error);

	if (code == -EACCES)
		message_warning("%s: blocked addresses are left out", error.text);
	else if (code)
		return message_failure(&setup->own, code, &error);
	return STATUS_DONE;
}

static bool names_nics(const struct policy *policy)
{
	for (size_t i = 0; i < policy->rule_count; i++) {
		if (policy->rules[i].nic[0])
			return true;
	}
	return false;
}

/* The NIC that packets arrive on: the first one that is attached, or the only one of the file. */
static void find_nic(const struct invocation *invocation, struct replay_setup *setup)
{
	const char *nic = invocation->options.on;
	size_t attached = 0;

	for (size_t i = 0; i < setup->live.nic_count; i++) {
		const struct nic_status *status = &setup->live.nics[i];
		if (status->gone || status->detached)
			continue;
		if (attached++ == 0 && !nic)
			nic = status->name;
	}
	if (!setup->running && !nic && setup->attached->count == 1) {
		nic = setup->attached->list[0].nic;
		attached = 1;
	}
	snprintf(setup->nic, sizeof(setup->nic), "%s", nic ? nic : "");
	for (size_t i = 0; i < setup->policy_count; i++) {
		if (!invocation->options.on && attached != 1 && names_nics(setup->policies[i]))
			setup->nic_matters = true;
	}
}

enum exit_status replay_setup(const struct invocation *invocation, struct replay_setup *setup)
{
	enum exit_status status;

	setup_init(invocation, setup);
	status = read_policies(invocation, setup);
	if (status == STATUS_DONE)
		status = read_blocks(setup);
	if (status == STATUS_DONE)
		find_nic(invocation, setup);
	return status;
}

int replay_start(const struct replay_setup *setup, struct block_list *local, struct replay *replay,
		 struct error *error)
{
	struct engine_setup engines[REPLAY_POLICIES];
	struct host_mac macs[REPLAY_MACS];
	size_t mac_count = 0;
	int code = 0;

	if (!local->count)
		code = host_addresses(local, macs, REPLAY_MACS, &mac_count, error);
	block_list_normalise(local);
	for (size_t i = 0; i < setup->policy_count; i++)
		engines[i] = (struct engine_setup){
			.policy = setup->policies[i],
			.blocks = &setup->blocks,
			.nic = setup->nic,
			.flows_max = setup->running ? setup->live.instance.control->flows_max
						    : FLOWS_DEFAULT,
		};
	if (code == 0)
		code = replay_make(engines, setup->policy_count, local, replay, error);
	for (size_t i = 0; code == 0 && i < mac_count; i++)
		replay_add_mac(replay, macs[i].bytes);
	return code;
}
