/* SPDX-License-Identifier: GPL-2.0-only */
#include "enforce_flows.h"
#include "base/fault.h"
#include "cli/message.h"
#include "kernel/clock.h"
#include "kernel/egress.h"
#include "kernel/flows.h"
#include "policy/diff.h"

/* Without the egress program replies pass for no connection that is opened later. */
static int watch_nic(struct change *change, const struct new_nic *nic, struct error *error)
{
	bool deny = change->live_policy.default_action == ACTION_DENY;
	bool force = option_given(change->invocation, OPTION_FORCE) || change->boot;
	struct error why = {""};
	int code;

	fault_point("egress-attach");
	code = egress_attach(&change->live.instance, nic->index, &why);
	fault_point("egress-attached");
	if (code == 0)
		return 0;
	if (deny && !force)
		return error_set(error, code,
				 "%s; with `default deny` the answers to this host's own "
				 "connections would drop (--force does it all the same)",
				 why.text);
	message_warning("%s%s", why.text,
			deny ? "; the answers to this host's own connections drop" : "");
	return 0;
}

static bool rules_narrow(const struct policy *old, const struct policy *new)
{
	_cleanup_diff_ struct diff diff = {NULL, 0};

	if (diff_policies(old, new, false, &diff))
		return true;
	for (size_t i = 0; i < diff.count; i++)
		if (diff.lines[i].sign != '+')
			return true;
	return false;
}

/* Whether the change can drop replies that passed. Where a rule denies, what is seeded does not
 * help; so only the default matters. */
static bool must_seed(const struct change *change)
{
	const struct live *live = &change->live;

	if (change->nic_count)
		return true;
	if (!change->publishes || change->live_policy.default_action != ACTION_DENY)
		return false;
	return !live->published || live->policy.default_action != ACTION_DENY ||
	       rules_narrow(&live->policy, &change->live_policy);
}

static int seed(struct change *change, struct error *error)
{
	struct instance *instance = &change->live.instance;
	unsigned attached[MAX_NICS];
	size_t count = 0;
	__u64 now;
	int code = clock_now(instance, &now, error);

	for (unsigned i = 0; i < MAX_NICS; i++)
		if (instance->control->nics[i].ifindex)
			attached[count++] = instance->control->nics[i].ifindex;
	fault_point("seed");
	if (code == 0)
		code = flows_seed(instance, now, attached, count, NULL, error);
	fault_point("seeded");
	return code;
}

int enforce_flows(struct change *change, struct error *error)
{
	int code = 0;

	for (size_t i = 0; i < change->nic_count && code == 0; i++)
		code = watch_nic(change, &change->nics[i], error);
	/* Also interfaces that were put on top of attached NICs since then. */
	if (code == 0)
		code = egress_note_outside(&change->live.instance, error);
	if (code == 0 && must_seed(change))
		code = seed(change, error);
	return code;
}

void enforce_mend_egress(struct change *change)
{
	struct error error = {""};
	bool mended = false;

	for (size_t i = 0; i < change->live.nic_count; i++) {
		const struct nic_status *nic = &change->live.nics[i];

		if (!nic->egress_missing || nic->gone || nic->detached)
			continue;
		if (egress_attach(&change->live.instance, nic->index, &error)) {
			message_warning("%s", error.text);
			continue;
		}
		mended = true;
		message_note("%s: packets that leave are watched again", nic->name);
	}
	if (egress_note_outside(&change->live.instance, &error) || (mended && seed(change, &error)))
		message_warning("%s", error.text);
}
