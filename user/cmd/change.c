/* SPDX-License-Identifier: GPL-2.0-only */
#include "change.h"
#include "kernel/lock.h"
#include "kernel/privilege.h"
#include "message.h"
#include "output/changes.h"
#include "policy/compile.h"
#include "policy/file.h"
#include "policy/text.h"
#include "publish.h"
#include <errno.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define SSH_PORT 22

/* --- What there is ------------------------------------------------------------------------- */

static int open_kernel(struct change *change, struct error *error)
{
	const struct options *options = &change->invocation->options;
	bool dry_run = option_given(change->invocation, OPTION_DRY_RUN);
	int code = privilege_check(error);

	if (code == 0 && !dry_run) {
		change->lock = lock_take(options->run_dir, error);
		code = change->lock < 0 ? change->lock : 0;
	}
	if (code)
		return code;
	code = live_read(options->pin_dir, !dry_run, &change->live, error);
	change->running = code == 0;
	change->damaged = code == -EPROTO;
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

int change_open(struct change *change, const struct invocation *invocation, unsigned flags)
{
	bool dry_run = option_given(invocation, OPTION_DRY_RUN);
	bool of_kernel = option_given(invocation, OPTION_RUNTIME) || flags & CHANGE_RESTORES;
	struct error error = {""};

	memset(change, 0, sizeof(*change));
	change->invocation = invocation;
	change->flags = flags;
	change->lock = -1;
	change->live = (struct live)LIVE_INIT;
	policy_init(&change->live.policy);
	policy_init(&change->file.policy);
	policy_init(&change->file_policy);
	policy_init(&change->live_policy);

	if (!dry_run || of_kernel) {
		int code = open_kernel(change, &error);
		if (code) {
			message_failure(invocation, code, &error);
			return STATUS_FAILED;
		}
	}
	int status = load_policy_file(invocation, flags & CHANGE_REPLACES, &change->file);
	if (status)
		return status;
	if (change->file.diagnostics.errors && stand_in(change))
		return STATUS_FAILED;
	live_adopt_modes(&change->live, &change->file.policy);
	return STATUS_DONE;
}

void change_close(struct change *change)
{
	policy_free(&change->file_policy);
	policy_free(&change->live_policy);
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
	int code = policy_copy(policy, edited);

	if (code == 0 && change->edit)
		code = change->edit(edited, change->argument, error);
	if (code == 0)
		code = policy_normalise(edited, NULL);
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

/* No instance will tell whether the policy is past a limit: find out before it is saved. */
static int check_limits(const struct policy *policy, struct error *error)
{
	char names[MAX_NICS][IFNAMSIZ] = {""};
	struct slot *slot = malloc(sizeof(*slot));

	if (!slot)
		return -ENOMEM;
	for (size_t i = 0; i < policy->attachment_count; i++)
		memcpy(names[i], policy->attachments[i].nic, IFNAMSIZ);
	int code = policy_compile(policy, (const char(*)[IFNAMSIZ])names, slot, error);
	free(slot);
	return code == -ENOSPC ? -EINVAL : code;
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
static int must_publish(const struct change *change, struct error *error)
{
	const struct live *live = &change->live;

	if (change->nic_count)
		return 1;
	if (!change->running || change->removes)
		return 0;
	if (change->detach || !live->published ||
	    !policy_equal(&live->policy, &change->live_policy))
		return 1;
	if (!change->whole)
		return 0;
	int match = live_tables_match(live, error);
	return match < 0 ? match : !match;
}

static int plan(struct change *change, struct error *error)
{
	const struct live *live = &change->live;
	bool dry_run = option_given(change->invocation, OPTION_DRY_RUN);
	__u32 remaining = 0;
	int code = edit_copy(change, &change->file.policy, &change->file_policy, error);

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
	if (code == 0 && !change->running)
		code = check_limits(&change->file_policy, error);
	if (code)
		return code;
	code = must_publish(change, error);
	change->publishes = code > 0;
	return code < 0 ? code : 0;
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

static int prepare_file(struct change *change, struct file_update *update, struct error *error)
{
	const char *path = change->invocation->options.policy;
	char *text = text_print(&change->file_policy, true);

	if (!text)
		return -ENOMEM;
	int code = file_prepare(path, text, strlen(text), update, error);
	free(text);
	if (code == 0 && change->backup) {
		code = file_backup(path, change->backup_path, error);
		if (code == -ENOENT)
			code = 0;
	}
	return code;
}

/* The file can no longer fail for want of space when the kernel changes; and with new NICs it is
 * renamed last, since attaching can fail and a rename cannot be taken back. */
static int carry_out(struct change *change, struct error *error)
{
	_cleanup_file_update_ struct file_update update = FILE_UPDATE_INIT;
	bool file_last = change->nic_count;
	bool prepared = false;
	int code = publish_check(change, error);

	change->publishes = change->publishes && (change->running || change->nic_count);
	if (code == 0 && change->saves)
		code = prepare_file(change, &update, error);
	if (code == 0 && change->publishes) {
		prepared = true;
		code = publish_prepare(change, error);
	}
	if (code == 0 && change->saves && !file_last)
		code = file_commit(&update, error);
	if (code == 0)
		code = publish_commit(change, error);
	if (code == 0 && change->saves && file_last)
		code = file_commit(&update, error);
	if (code && prepared)
		publish_undo(change);
	if (code && change->backup_path[0])
		unlink(change->backup_path);
	return code;
}

/* --- What is said of it -------------------------------------------------------------------- */

/* The policy that holds afterwards. */
static const struct policy *resulting_policy(const struct change *change)
{
	bool runtime = option_given(change->invocation, OPTION_RUNTIME);

	return change->running || change->nic_count || runtime ? &change->live_policy
							       : &change->file_policy;
}

static void warn_of_deny(const struct change *change)
{
	const struct policy *policy = resulting_policy(change);
	const struct policy *old =
		change->live.published ? &change->live.policy : &change->file.policy;
	bool newly = old->default_action != ACTION_DENY || change->nic_count;
	static const struct attachment everywhere = {.nic = ""};
	const struct attachment *nics = policy->attachments;
	size_t count = policy->attachment_count;

	if (policy->default_action != ACTION_DENY || !newly || change->flags & CHANGE_RESTORES)
		return;
	message_warning("default deny also drops the answers to this host's own connections "
			"(package downloads, DNS, NTP), unless their ports are allowed: this build "
			"does not track replies yet");
	if (count == 0) {
		nics = &everywhere;
		count = 1;
	}
	for (size_t i = 0; i < count; i++) {
		if (policy_lookup(policy, IPPROTO_TCP, SSH_PORT, nics[i].nic, NULL) == ACTION_ALLOW)
			continue;
		message_warning("tcp %d is not allowed%s%s: ssh is closed, sessions that are open "
				"included",
				SSH_PORT, nics[i].nic[0] ? " on " : "", nics[i].nic);
	}
}

static void warn_of_drift(const struct change *change)
{
	bool runtime = option_given(change->invocation, OPTION_RUNTIME);

	if (change->live.published && !change->whole && !runtime &&
	    !(change->flags & CHANGE_RESTORES) && !change->removes &&
	    !policy_equal(&change->file.policy, &change->live.policy))
		message_warning("the kernel's policy differed from %s before; `portfw restore` "
				"makes the kernel follow the file",
				change->invocation->options.policy);
}

/* The kernel's policy where it alone changes, else the file's. */
static int write_changes(const struct change *change)
{
	const struct invocation *invocation = change->invocation;
	_cleanup_diff_ struct diff diff = {NULL, 0};
	bool of_kernel = option_given(invocation, OPTION_RUNTIME) ||
			 change->flags & CHANGE_RESTORES || (change->publishes && !change->saves);
	const struct policy *old = of_kernel ? &change->live.policy : &change->file.policy;
	const struct policy *new = of_kernel ? &change->live_policy : &change->file_policy;
	int code = change_needed(change) ? diff_policies(old, new, true, &diff) : 0;

	if (code)
		return message_failure(invocation, code, &(struct error){""});
	if (option_given(invocation, OPTION_JSON))
		changes_json(diff.count || change_needed(change), &diff, stdout);
	else
		changes_text(&diff, stdout);
	if (!diff.count && message_wanted(invocation))
		puts("nothing would change");
	return STATUS_DONE;
}

int change_make(struct change *change)
{
	const struct invocation *invocation = change->invocation;
	bool dry_run = option_given(invocation, OPTION_DRY_RUN);
	struct error error = {""};

	if (!dry_run && change_needed(change)) {
		int code = carry_out(change, &error);
		if (code) {
			message_failure(invocation, code, &error);
			return change->past_limit ? STATUS_USAGE : STATUS_FAILED;
		}
	}
	if (change->broken && change->backup_path[0])
		message_warning("the old policy file had errors; it is kept as %s",
				change->backup_path);
	warn_of_drift(change);
	if (change_needed(change))
		warn_of_deny(change);
	if (!dry_run && change->saves && change->file.has_comments)
		message_warning("%s: its # comments are gone, the file is in canonical form now; "
				"`comment TEXT` behind a rule keeps one",
				invocation->options.policy);
	if (dry_run || option_given(invocation, OPTION_JSON)) {
		int status = write_changes(change);
		if (status)
			return status;
	}
	return change->failures ? STATUS_FAILED : STATUS_DONE;
}
