/* SPDX-License-Identifier: GPL-2.0-only */
/* audit --close-unused. */
#ifndef PORTFW_CMD_AUDIT_CLOSE_H
#define PORTFW_CMD_AUDIT_CLOSE_H

#include "cli/invocation.h"
#include "survey/survey.h"

/* Proposes the policy that leaves open what is used alone; applies it with --yes, or once somebody
 * at a terminal has agreed. Returns an exit status; STATUS_NO: it was proposed only. */
enum exit_status close_unused(const struct invocation *invocation, const struct survey *survey);

#endif
