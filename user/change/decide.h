/* SPDX-License-Identifier: GPL-2.0-only */
/* Deciding the trial that runs. */
#ifndef PORTFW_CHANGE_DECIDE_H
#define PORTFW_CHANGE_DECIDE_H

#include "change.h"

/* Keeps what is on trial, and saves it: as plan.file_policy and
 * plan.file_attached, if have.pending has a path. Of the
 * request only paths and dry_run count. As change_run(). */
enum exit_status decide_confirm(const struct request *request, struct change *change);

/* Goes back at once to the policy before the trial: plan.live_policy. */
enum exit_status decide_rollback(const struct request *request, struct change *change);

#endif
