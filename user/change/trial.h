/* SPDX-License-Identifier: GPL-2.0-only */
/* How changes and trials meet: one trial at a time, and nothing else while it runs. */
#ifndef PORTFW_CHANGE_TRIAL_H
#define PORTFW_CHANGE_TRIAL_H

#include "have.h"
#include "plan.h"

/* After the kernel was read, with the lock: notes a trial that was found whose time is up, unless
 * the command decides one, and removes what trials left behind that no longer run. */
void trial_settle(const struct paths *paths, const struct have *have, bool decides,
		  struct notes *notes);

/* Whether a trial runs that the change does not replace; notes what to do. */
bool trial_refuses(const struct request *request, const struct have *have, struct notes *notes);

/* Lets the change build on what the trial that runs would save. -errno. */
int trial_build_on(const struct paths *paths, struct have *have, struct error *error);

/* Whether a planned change can be a trial, if it is to be one. */
int trial_check_plan(const struct request *request, const struct have *have,
		     const struct plan *plan, struct error *error);

#endif
