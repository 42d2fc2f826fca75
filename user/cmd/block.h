/* SPDX-License-Identifier: GPL-2.0-only */
/* Addresses whose packets drop whatever the policy says: what block and unblock share. */
#ifndef PORTFW_CMD_BLOCK_H
#define PORTFW_CMD_BLOCK_H

#include "cli/invocation.h"

#define OPTIONS_BLOCK                                                                  \
	(OPTION_JSON | OPTION_DRY_RUN | OPTION_QUIET | OPTION_FORCE | OPTION_RUNTIME | \
	 OPTION_POLICY | OPTION_CSV | OPTION_SKIP_BAD)

/* Puts the addresses that the operands name on the block list, or with `block` false takes them
 * off. */
enum exit_status block_run(const struct invocation *invocation, bool block);

#endif
