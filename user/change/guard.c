/* SPDX-License-Identifier: GPL-2.0-only */
#include "guard.h"
#include "guard_parts.h"
#include "kernel/egress.h"
#include "kernel/privilege.h"
#include "policy/difference.h"
#include "policy/reason.h"
#include "state/blocks_file.h"
#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* Asking for a route takes a call to the kernel. Of more sessions that are cut, where it is known
 * which one is the operator's, it does not matter which way they come. */
#define PATHS_MAX 1000

static void guard_free(struct guard *guard)
{
	judge_free(&guard->old);
	judge_free(&guard->new);
	network_free(&guard->network);
	free(guard->sessions.list);
	block_list_free(&guard->file_blocks);
	process_list_free(&guard->holders);
}
#define _cleanup_guard_ __attribute__((cleanup(guard_free)))

/* --- What is judged ------------------------------------------------------------------------ */

static void add_nic(struct guard *guard, const char *name, unsigned index, bool comes)
{
	struct guard_nic *nic = &guard->nics[guard->nic_count++];

	*nic = (struct guard_nic){.index = index, .ifindex = if_nametoindex(name), .comes = comes};
	memcpy(nic->name, name, sizeof(nic->name));
	memcpy(guard->names[index], name, sizeof(guard->names[index]));
}

/* NICs that are attached and stay so. */
static void add_attached(struct guard *guard, __u32 without)
{
	const struct live *live = guard->live;

	for (size_t i = 0; i < live->nic_count; i++) {
		const struct nic_status *nic = &live->nics[i];

		if (!nic->gone && !nic->detached && !(without >> nic->index & 1))
			add_nic(guard, nic->name, nic->index, false);
	}
}

/* A NIC that comes gets any index that is free: in the judge alone. That it does not exist is said
 * where it is attached. */
static void add_new(struct guard *guard, const char *name)
{
	unsigned index = 0;

	if (!if_nametoindex(name))
		return;
	while (index < MAX_NICS && guard->names[index][0])
		index++;
	if (index < MAX_NICS)
		add_nic(guard, name, index, true);
}

/* --- Judging ------------------------------------------------------------------------------- */

/* Whether what is in force now lets the packet in; if that cannot be told, it does. */
static bool passes_now(struct guard *guard, const struct guard_nic *nic,
		       const struct judge_packet *packet)
{
	const struct live *live = guard->live;

	if (nic->comes || !live->published)
		return true;
	if (!guard->old_made) {
		if (judge_make(&live->policy, (const char(*)[IFNAMSIZ])guard->names,
			       &live->deadlines, &live->now, &guard->old, NULL))
			return true;
		guard->old.blocks_of = guard->old.flows_of = guard->instance;
		guard->old_made = true;
	}
	return reason_passes(judge_packet(&guard->old, nic->index, packet));
}

/* Sets the NICs on which the change would cut it. */
static void judge_session(struct guard *guard, struct guard_session *session)
{
	const struct judge_packet packet = guard_packet(session);

	session->cut = 0;
	for (size_t i = 0; i < guard->nic_count; i++) {
		const struct guard_nic *nic = &guard->nics[i];

		if (!reason_passes(judge_packet(&guard->new, nic->index, &packet)) &&
		    passes_now(guard, nic, &packet))
			session->cut |= 1U << i;
	}
}

/* The session for which the change is refused, if there is one. */
static const struct guard_session *find_refused(const struct guard *guard)
{
	const struct guard_session *found = NULL;

	for (size_t i = 0; i < guard->sessions.count; i++) {
		const struct guard_session *session = &guard->sessions.list[i];

		if (session->cut && session->operators && (!found || session->known))
			found = session;
	}
	return guard->only_warns ? NULL : found;
}

static int judge_sessions(struct guard *guard, struct error *error)
{
	struct guard_sessions *sessions = &guard->sessions;
	bool affected = false;
	size_t paths = 0;
	int code = 0;

	for (size_t i = 0; i < sessions->count && code == 0; i++) {
		struct guard_session *session = &sessions->list[i];

		judge_session(guard, session);
		/* What may be the operator's may be in a tunnel that is cut. */
		if (session->known || !sessions->certain || (session->cut && paths++ < PATHS_MAX))
			code = guard_find_path(guard, session, error);
		affected |= session->cut || session->tunnel;
	}
	if (code || !affected || (find_refused(guard) && !guard->dry_run))
		return code;
	return guard_find_holders(guard, error);
}

/* --- Deciding ------------------------------------------------------------------------------ */

/* 1: judged; 0: there is nothing to judge, or the policy is past a limit, which is said where it is
 * compiled to be enforced. */
static int judge_all(struct guard *guard, struct error *error)
{
	const struct live *live = guard->live;
	int code = 0;

	if (guard->nic_count && !guard->sessions.list)
		code = guard_sessions_read(NULL, &guard->sessions, guard->notes, error);
	if (code || !guard->sessions.count)
		return code;
	code = judge_make(guard->policy, (const char(*)[IFNAMSIZ])guard->names, &live->deadlines,
			  &live->now, &guard->new, error);
	if (code)
		return code == -ENOSPC ? 0 : code;
	/* What is blocked already is not cut: the old policy drops it, too. */
	guard->new.blocks = guard->blocks;
	guard->new.flows_of = guard->instance;
	code = judge_sessions(guard, error);
	return code ? code : 1;
}

/* Judges the sessions and notes what becomes of them. */
static enum exit_status guard_run(struct guard *guard)
{
	const struct guard_session *refused;
	struct error error = {""};
	int code = judge_all(guard, &error);

	if (code < 0) {
		notes_fail(guard->notes, code, &error);
		return STATUS_FAILED;
	}
	refused = code ? find_refused(guard) : NULL;
	if (refused && guard_refuse(guard, refused))
		return STATUS_REFUSED;
	if (code) {
		guard_report_cut(guard);
		guard_report_tunnels(guard);
	}
	return STATUS_DONE;
}

/* --- Changes of the policy ----------------------------------------------------------------- */

/* Blocks that the change brings stay, whatever becomes of a trial. */
static bool is_asked(const struct request *request, const struct have *have,
		     const struct plan *plan)
{
	bool restores = have->running && have->file.found && request->base == BASE_FILE;

	return !request->force && !request->boot && !request->detaches &&
	       (plan_needed(plan) || restores);
}

/* Whether the change can cut anything. */
static bool can_cut(const struct guard *guard)
{
	const struct live *live = guard->live;

	if (guard->blocks)
		return true;
	if (request_is_trial(guard->request))
		return false;
	for (size_t i = 0; i < guard->nic_count; i++)
		if (guard->nics[i].comes)
			return true;
	return !live->published || policy_narrows(&live->policy, guard->policy);
}

/* An instance that is made gets the block list of the file, and `restore` brings it too. */
static int read_blocks(struct guard *guard, struct error *error)
{
	struct block_list *list = &guard->file_blocks;
	int code = 0;

	if (guard->instance && guard->request->base != BASE_FILE)
		return 0;
	if (guard->nic_count && guard->request->base == BASE_FILE)
		blocks_list_salvage(guard->request->paths.own, list);
	else if (guard->nic_count)
		code = blocks_list_read(guard->request->paths.own, NULL, list, guard->notes, error);
	guard->blocks = list->count ? list : NULL;
	return code;
}

/* A dry run has not read the kernel's policy. Where that is allowed: what would come. False: it
 * cannot be known. */
static bool look_at_kernel(const struct request *request, const struct plan *plan,
			   struct live *live, struct policy *policy)
{
	bool edits;
	int code;

	if (privilege_check(NULL))
		return false;
	code = live_read(&request->paths, false, live, NULL);
	if (code && code != -ENOENT)
		return false;
	live_expire(live);
	edits = live->published && !plan->whole;
	code = policy_copy(edits ? &live->policy : &plan->live_policy, policy);
	if (code == 0 && edits && request->edit)
		code = request->edit(policy, request->argument, NULL);
	return code == 0 && policy_normalise(policy, NULL) == 0;
}

static enum exit_status guard_plan(struct guard *guard)
{
	const struct plan *plan = guard->plan;
	struct error error = {""};
	int code;

	add_attached(guard, plan->detach);
	for (size_t i = 0; i < plan->attach_count; i++)
		if (!live_nic(guard->live, plan->attach[i].nic, true))
			add_new(guard, plan->attach[i].nic);
	code = read_blocks(guard, &error);
	if (code) {
		notes_fail(guard->notes, code, &error);
		return STATUS_FAILED;
	}
	/* The policy of a trial ends by itself, and only the blocks are judged. */
	if (request_is_trial(guard->request))
		guard->policy = &guard->live->policy;
	return can_cut(guard) ? guard_run(guard) : STATUS_DONE;
}

static enum exit_status guard_dry_run(const struct guard *asked)
{
	_cleanup_live_ struct live live = LIVE_INIT;
	_cleanup_policy_ struct policy policy;
	_cleanup_guard_ struct guard guard = *asked;

	policy_init(&policy);
	policy_init(&live.policy);
	if (!look_at_kernel(asked->request, asked->plan, &live, &policy))
		return STATUS_DONE;
	guard.live = &live;
	guard.policy = &policy;
	guard.instance = live.instance.open ? &live.instance : NULL;
	return guard_plan(&guard);
}

enum exit_status guard_change(const struct request *request, const struct have *have,
			      const struct plan *plan, const struct notes *notes)
{
	_cleanup_guard_ struct guard guard = {.request = request,
					      .have = have,
					      .plan = plan,
					      .live = &have->live,
					      .policy = &plan->live_policy,
					      .dry_run = request->dry_run,
					      .notes = notes};

	if (!is_asked(request, have, plan))
		return STATUS_DONE;
	if (request->dry_run && !have->running)
		return guard_dry_run(&guard);
	guard.instance = have->running ? live_instance(&have->live) : NULL;
	return guard_plan(&guard);
}

void guard_warn(const struct live *live, const struct policy *policy, bool dry_run,
		const struct notes *notes)
{
	_cleanup_guard_ struct guard guard = {.live = live,
					      .policy = policy,
					      .instance = live_instance(live),
					      .dry_run = dry_run,
					      .only_warns = true,
					      .notes = notes};

	add_attached(&guard, 0);
	if (policy_narrows(&live->policy, policy))
		guard_run(&guard);
}

/* --- Changes of the block list ------------------------------------------------------------- */

enum exit_status guard_block(const struct blocks_request *request, const struct block_list *given,
			     const struct notes *notes)
{
	_cleanup_live_ struct live live = LIVE_INIT;
	_cleanup_guard_ struct guard guard = {.live = &live,
					      .policy = &live.policy,
					      .instance = &live.instance,
					      .blocks = given,
					      .dry_run = request->dry_run,
					      .notes = notes};
	struct error error = {""};

	policy_init(&live.policy);
	if (guard_sessions_read(given, &guard.sessions, notes, &error)) {
		notes_fail(notes, -ENOMEM, &error);
		return STATUS_FAILED;
	}
	/* The policy is read only if there is something to judge. Without the privileges to read
	 * it, a dry run goes on. */
	if (!guard.sessions.count || privilege_check(NULL) ||
	    live_read(&request->paths, false, &live, NULL))
		return STATUS_DONE;
	live_expire(&live);
	add_attached(&guard, 0);
	return guard_run(&guard);
}

/* --- Default deny -------------------------------------------------------------------------- */

enum exit_status guard_egress(const struct live *live, const struct notes *notes)
{
	for (size_t i = 0; i < live->nic_count; i++) {
		const struct nic_status *nic = &live->nics[i];

		if (!nic->egress_missing || nic->gone || nic->detached ||
		    egress_works(live_instance(live), nic->index))
			continue;
		notes_add(notes, NOTE_ERROR,
			  "packets that leave through %s are not watched; with `default deny` the "
			  "answers to this host's own connections would drop (`portfw restore` "
			  "watches them again, --force does it all the same)",
			  nic->name);
		return STATUS_FAILED;
	}
	return STATUS_DONE;
}
