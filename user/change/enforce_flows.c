/* SPDX-License-Identifier: GPL-2.0-only */
#include "enforce_flows.h"
#include "base/fault.h"
#include "kernel/clock.h"
#include "kernel/egress.h"
#include "kernel/flows.h"
#include "policy/difference.h"

/* Without the egress program replies pass for no connection that is opened later. */
static int watch_nic(struct making *making, const struct new_nic *nic, struct error *error)
{
	bool deny = making->plan->live_policy.default_action == ACTION_DENY;
	bool force = making->request->force || making->request->boot;
	struct error why = {""};
	int code;

	fault_point("egress-attach");
	code = egress_attach(making->instance, nic->index, &why);
	fault_point("egress-attached");
	if (code == 0)
		return 0;
	if (deny && !force)
		return error_set(error, code,
				 "%s; with `default deny` the answers to this host's own "
				 "connections would drop (--force does it all the same)",
				 why.text);
	notes_add(making->notes, NOTE_WARNING, "%s%s", why.text,
		  deny ? "; the answers to this host's own connections drop" : "");
	return 0;
}

/* Whether a rule goes or becomes another one, so that the default may decide what it did. That is
 * not what policy_narrows() asks: what a new rule denies is none of the default's. */
static bool takes_rules(const struct policy *old, const struct policy *new)
{
	_cleanup_policy_diff_ struct policy_diff diff = {.count = 0};
	bool takes = policy_diff(old, new, &diff) != 0;

	for (size_t i = 0; i < diff.count && !takes; i++)
		takes = diff.changes[i].before.count;
	return takes;
}

/* Whether the change can drop replies that passed. Where a rule denies, what is seeded does not
 * help; so only the default matters. */
static bool must_seed(const struct making *making)
{
	const struct live *live = &making->have->live;
	const struct policy *policy = &making->plan->live_policy;

	if (making->done->nic_count)
		return true;
	if (!making_publishes(making) || policy->default_action != ACTION_DENY)
		return false;
	return !live->published || live->policy.default_action != ACTION_DENY ||
	       takes_rules(&live->policy, policy);
}

static int seed(struct making *making, struct error *error)
{
	struct instance *instance = making->instance;
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

int enforce_flows(struct making *making, struct error *error)
{
	int code = 0;

	for (size_t i = 0; i < making->done->nic_count && code == 0; i++)
		code = watch_nic(making, &making->done->nics[i], error);
	/* Also interfaces that were put on top of attached NICs since then. */
	if (code == 0)
		code = egress_note_outside(making->instance, error);
	if (code == 0 && must_seed(making))
		code = seed(making, error);
	return code;
}

void enforce_mend_egress(struct making *making)
{
	struct error error = {""};
	bool mended = false;

	for (size_t i = 0; i < making->have->live.nic_count; i++) {
		const struct nic_status *nic = &making->have->live.nics[i];

		if (!nic->egress_missing || nic->gone || nic->detached)
			continue;
		if (egress_attach(making->instance, nic->index, &error)) {
			notes_add(making->notes, NOTE_WARNING, "%s", error.text);
			continue;
		}
		mended = true;
		notes_add(making->notes, NOTE_INFO, "%s: packets that leave are watched again",
			  nic->name);
	}
	if (egress_note_outside(making->instance, &error) || (mended && seed(making, &error)))
		notes_add(making->notes, NOTE_WARNING, "%s", error.text);
}
