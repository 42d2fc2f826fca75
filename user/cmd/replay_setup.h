/* SPDX-License-Identifier: GPL-2.0-only */
/* What a replay judges by: one policy or two, the block list, and whose host it is. */
#ifndef PORTFW_CMD_REPLAY_SETUP_H
#define PORTFW_CMD_REPLAY_SETUP_H

#include "cli/invocation.h"
#include "policy/blocks.h"
#include "replay/replay.h"
#include "state/live.h"
#include "state/load.h"

struct replay_setup {
	struct invocation own; /* the invocation, with the policy file of the environment */
	struct live live;
	bool running;	    /* there is a policy in force */
	struct loaded file; /* the policy file that stands in for it */
	struct loaded candidate;
	struct block_list blocks;
	/* The first is the older. */
	const struct policy *policies[REPLAY_POLICIES];
	char names[REPLAY_POLICIES][PATH_MAX + 128];
	size_t policy_count;
	const struct attachments *attached; /* of the first */
	char nic[IFNAMSIZ];
	bool nic_matters; /* a rule is for one NIC, and nobody said which it is */
};

/* Reads what the options ask for; says what is wrong, and returns an exit status. *setup must be
 * released in any case. */
enum exit_status replay_setup(const struct invocation *invocation, struct replay_setup *setup);
void replay_setup_free(struct replay_setup *setup);
#define _cleanup_replay_setup_ __attribute__((cleanup(replay_setup_free)))

/* Makes the replay for the host with these addresses; with an empty list for this one. */
int replay_start(const struct replay_setup *setup, struct block_list *local, struct replay *replay,
		 struct error *error);

#endif
