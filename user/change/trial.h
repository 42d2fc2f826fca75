/* SPDX-License-Identifier: GPL-2.0-only */
/* How changes and trials meet: one trial at a time, and nothing else while it runs. */
#ifndef PORTFW_CHANGE_TRIAL_H
#define PORTFW_CHANGE_TRIAL_H

#include "change.h"

/* After the kernel was read, with the lock: says so if a trial was found whose time is up, and
 * removes what trials left behind that no longer run. */
void trial_settle(const struct change *change);

/* Whether a trial runs that the change does not replace; says what to do. */
bool trial_refuses(const struct change *change);

/* Lets the change build on what the trial that runs would save. Returns an exit status. */
int trial_build_on(struct change *change);

/* Whether a planned change can be a trial, if it is to be one. */
int trial_check_plan(const struct change *change, struct error *error);

/* For a command that decides a trial: whether one runs; says so if not. */
bool trial_runs(const struct change *change);

/* "default deny, 3 rules, eth0": what a decision leaves in force. */
void trial_describe(const struct change *change, const struct policy *policy, char text[1200]);

/* The changes that the decision brings, for --json and --dry-run. Returns an exit status. */
int trial_write_changes(const struct change *change, const struct policy *old,
			const struct policy *new);

#endif
