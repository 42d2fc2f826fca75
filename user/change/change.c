/* SPDX-License-Identifier: GPL-2.0-only */
#include "change.h"
#include "base/fault.h"
#include "carry.h"
#include "cli/message.h"
#include "guard.h"
#include "kernel/privilege.h"
#include "policy/words.h"
#include "remarks.h"
#include "state/limits.h"
#include "state/lock.h"
#include "trial.h"
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* --- What there is ------------------------------------------------------------------------- */

static int open_kernel(struct change *change, struct error *error)
{
	const struct options *options = &change->invocation->options;
	bool dry_run = option_given(change->invocation, OPTION_DRY_RUN);
	int code = privilege_check(error);

	if (code == 0 && !dry_run) {
		change->lock = lock_take(options->run_dir, error);
		code = change->lock < 0 ? change->lock : 0;
		fault_point("locked");
	}
	if (code)
		return code;
	code = live_read(options, !dry_run, &change->live, error);
	change->running = code == 0;
	change->damaged = code == -EPROTO;
	if (code == 0)
		change->trial_deadline =
			change->live.trial.pending ? change->live.trial.deadline : 0;
	if (!dry_run)
		trial_settle(change);
	fault_point("settled");
	if (code == -ENOENT || (code == -EPROTO && change->flags & CHANGE_MENDS_DAMAGE))
		return 0;
	return code;
}

/* For a file with errors that is about to be replaced: what is attached stays so, and a copy of the
 * file is kept. */
static int stand_in(struct change *change)
{
	const struct policy *live = &change->live.policy;
	int code = 0;

	for (size_t i = 0; i < live->attachment_count && code == 0; i++)
		code = policy_attach(&change->file.policy, live->attachments[i].nic, ATTACH_AUTO);
	change->broken = true;
	change->backup = true;
	return code;
}

/* The policy file, or what a trial that is about to be replaced would make of it. Rules whose time
 * is up do not count. */
static int open_file(struct change *change)
{
	struct live *live = &change->live;
	int status = load_policy_file(change->invocation, change->flags & CHANGE_REPLACES,
				      &live->known, &change->file);

	if (status)
		return status;
	if (change->file.diagnostics.errors && stand_in(change))
		return STATUS_FAILED;
	if (change->trial_deadline && !(change->flags & CHANGE_DECIDES))
		status = trial_build_on(change);
	if (status)
		return status;
	deadlines_expire(&change->file.policy, &live->deadlines, &live->now);
	live_expire(live);
	live_adopt_modes(live, &change->file.policy);
	return STATUS_DONE;
}

static int read_duration(struct change *change, struct error *error)
{
	const struct options *options = &change->invocation->options;

	return option_given(change->invocation, OPTION_CONFIRM)
		       ? words_read_duration(options->confirm, &change->trial_seconds, error)
		       : 0;
}

static int read_flows_max(struct change *change, struct error *error)
{
	const char *word = change->invocation->options.max_flows;
	unsigned long long number;
	char *end;

	change->flows_max = FLOWS_DEFAULT;
	if (!option_given(change->invocation, OPTION_MAX_FLOWS))
		return 0;
	errno = 0;
	number = strtoull(word, &end, 10);
	if (*word < '0' || *word > '9' || *end || errno || number < FLOWS_MIN ||
	    number > FLOWS_LIMIT)
		return error_set(error, -EINVAL,
				 "--max-flows: \"%s\" is not a number from %u to %u", word,
				 FLOWS_MIN, FLOWS_LIMIT);
	change->flows_max = (__u32)number;
	return 0;
}

/* The table cannot change its size while programs use it. */
static int check_flows_max(const struct change *change, struct error *error)
{
	const struct control *control = change->live.instance.control;

	if (!change->running || !option_given(change->invocation, OPTION_MAX_FLOWS) ||
	    control->flows_max == change->flows_max)
		return 0;
	return error_set(error, -EBUSY,
			 "the flow table has room for %u flows as long as a NIC is attached; to "
			 "change that: `portfw detach --all --runtime`, then `portfw restore "
			 "--max-flows %u`",
			 control->flows_max, change->flows_max);
}

int change_open(struct change *change, const struct invocation *invocation, unsigned flags)
{
	bool of_kernel = option_given(invocation, OPTION_RUNTIME) ||
			 option_given(invocation, OPTION_CONFIRM) ||
			 flags & (CHANGE_RESTORES | CHANGE_DECIDES);
	struct error error = {""};
	int code;

	memset(change, 0, sizeof(*change));
	change->invocation = invocation;
	change->flags = flags;
	change->lock = -1;
	change->live = (struct live)LIVE_INIT;
	change->live.now.wall = moment_wall(invocation->options.policy);
	policy_init(&change->live.policy);
	policy_init(&change->file.policy);
	policy_init(&change->file_policy);
	policy_init(&change->live_policy);

	code = read_duration(change, &error);
	if (code == 0)
		code = read_flows_max(change, &error);
	if (code)
		return message_failure(invocation, code, &error);
	if (of_kernel || !option_given(invocation, OPTION_DRY_RUN))
		code = open_kernel(change, &error);
	if (code) {
		message_failure(invocation, code, &error);
		return STATUS_FAILED;
	}
	if (!(flags & CHANGE_DECIDES) && trial_refuses(change))
		return STATUS_FAILED;
	return open_file(change);
}

void change_close(struct change *change)
{
	policy_free(&change->file_policy);
	policy_free(&change->live_policy);
	free(change->text);
	pending_free(&change->pending);
	load_free(&change->file);
	live_close(&change->live);
	if (change->lock >= 0)
		close(change->lock);
}

/* --- What becomes of it -------------------------------------------------------------------- */

/* A copy with the command's edit. */
static int edit_copy(const struct change *change, const struct policy *policy,
		     struct policy *edited, struct error *error)
{
	int code = change->replaces ? 0 : policy_copy(policy, edited);

	if (change->replaces) {
		memcpy(edited->attachments, policy->attachments, sizeof(edited->attachments));
		edited->attachment_count = policy->attachment_count;
	}
	if (code == 0 && change->edit)
		code = change->edit(edited, change->argument, error);
	if (code == 0)
		code = policy_normalise(edited, NULL);
	if (code == 0)
		deadlines_expire(edited, &change->live.deadlines, &change->live.now);
	return code;
}

/* The running policy afterwards; its attachments are the NICs that are then attached. */
static int plan_live(struct change *change, struct error *error)
{
	struct policy *policy = &change->live_policy;
	const struct live *live = &change->live;
	bool anew = change->whole || !live->published;
	int code = anew ? policy_copy(&change->file_policy, policy)
			: edit_copy(change, &live->policy, policy, error);

	if (code)
		return code;
	policy->attachment_count = 0;
	for (size_t i = 0; i < live->nic_count && code == 0; i++) {
		const struct nic_status *nic = &live->nics[i];
		const struct attachment *have = policy_attachment(&live->policy, nic->name);
		if (have && !(change->detach >> nic->index & 1))
			code = policy_attach(policy, have->nic, have->mode);
	}
	for (size_t i = 0; i < change->nic_count && code == 0; i++) {
		const struct attachment *wanted = &change->nics[i].wanted;
		code = policy_attach(policy, wanted->nic, wanted->mode);
	}
	if (code == -ENOSPC)
		return error_set(error, code, "no more than %d NICs can be attached", MAX_NICS);
	return code;
}

static void plan_nics(struct change *change)
{
	for (size_t i = 0; i < change->attach_count; i++) {
		if (!live_nic(&change->live, change->attach[i].nic, true))
			change->nics[change->nic_count++].wanted = change->attach[i];
	}
}

static bool attachments_equal(const struct policy *a, const struct policy *b)
{
	bool equal = a->attachment_count == b->attachment_count;

	for (size_t i = 0; equal && i < a->attachment_count; i++)
		equal = strcmp(a->attachments[i].nic, b->attachments[i].nic) == 0 &&
			a->attachments[i].mode == b->attachments[i].mode;
	return equal;
}

/* Whether the kernel's tables must be written. -errno, 0, 1. */
static int must_publish(struct change *change, struct error *error)
{
	struct live *live = &change->live;

	if (change->nic_count)
		return 1;
	if (!change->running || change->removes)
		return 0;
	if (change_is_trial(change) && (change->saves || change->trial_deadline))
		return 1;
	if (change->detach || !live->published ||
	    !policy_equal(&live->policy, &change->live_policy))
		return 1;
	if (!change->whole)
		return 0;
	if (live->expired)
		return 1;
	int match = live_tables_match(live, error);
	return match < 0 ? match : !match;
}

static int plan(struct change *change, struct error *error)
{
	const struct live *live = &change->live;
	bool dry_run = option_given(change->invocation, OPTION_DRY_RUN);
	__u32 remaining = 0;
	int code = check_flows_max(change, error);

	if (code == 0)
		code = edit_copy(change, &change->file.policy, &change->file_policy, error);
	if (code)
		return code;
	change->saves =
		!option_given(change->invocation, OPTION_RUNTIME) &&
		(change->broken || !policy_equal(&change->file.policy, &change->file_policy) ||
		 !attachments_equal(&change->file.policy, &change->file_policy));
	for (size_t i = 0; i < live->nic_count; i++)
		remaining |= (1U << live->nics[i].index) & ~change->detach;
	change->removes = change->detach && !remaining;
	if (!dry_run || change->running || change->flags & CHANGE_RESTORES ||
	    option_given(change->invocation, OPTION_RUNTIME))
		plan_nics(change);
	code = plan_live(change, error);
	/* No instance will tell whether the policy is past a limit. */
	if (code == 0 && !change->running)
		code = limits_check(&change->file_policy, error);
	if (code)
		return code;
	code = must_publish(change, error);
	change->publishes = code > 0;
	return code < 0 ? code : trial_check_plan(change, error);
}

int change_plan(struct change *change)
{
	struct error error = {""};
	bool runtime = option_given(change->invocation, OPTION_RUNTIME);
	int code = 0;

	if (runtime && !change->running && !change->attach_count && !change->detaches) {
		message_error(change->invocation,
			      "no NIC is attached, so there is no running policy");
		return STATUS_FAILED;
	}
	code = plan(change, &error);
	return code ? message_failure(change->invocation, code, &error) : STATUS_DONE;
}

/* --- Making it ----------------------------------------------------------------------------- */

/* Whether the running default becomes deny; for NICs that come, see enforce_flows(). */
static bool starts_to_deny(const struct change *change)
{
	return change->running && change->publishes &&
	       change->live_policy.default_action == ACTION_DENY &&
	       change->live.policy.default_action != ACTION_DENY;
}

/* Whether it is safe: what cannot be undone from afar is refused. */
static int check_safety(struct change *change)
{
	const struct live *live = &change->live;
	bool dry_run = option_given(change->invocation, OPTION_DRY_RUN);
	int status = guard_change(change);

	if (status || dry_run || change->boot || !starts_to_deny(change) ||
	    option_given(change->invocation, OPTION_FORCE))
		return status;
	return guard_egress(change->invocation, &live->instance, live->nics, live->nic_count);
}

int change_make(struct change *change)
{
	const struct invocation *invocation = change->invocation;
	bool dry_run = option_given(invocation, OPTION_DRY_RUN);
	struct error error = {""};
	int refused = check_safety(change);

	if (refused)
		return refused;
	if (!dry_run && change_needed(change)) {
		int code = carry_out(change, &error);
		if (code) {
			message_failure(invocation, code, &error);
			return change->past_limit ? STATUS_USAGE : STATUS_FAILED;
		}
	}
	remarks_warn(change);
	if (dry_run || option_given(invocation, OPTION_JSON)) {
		int status = remarks_write_changes(change);
		if (status)
			return status;
	}
	return change->failures ? STATUS_FAILED : STATUS_DONE;
}
