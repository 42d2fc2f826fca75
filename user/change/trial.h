/* SPDX-License-Identifier: GPL-2.0-only */
/* How changes and trials meet: one trial at a time, and nothing else while it runs. */
#ifndef PORTFW_CHANGE_TRIAL_H
#define PORTFW_CHANGE_TRIAL_H

#include "base/notes.h"
#include "request.h"
#include "state/live.h"
#include "state/load.h"
#include "state/pending.h"

/* After the kernel was read, with the lock: notes a trial that was found whose time is up, unless
 * the command decides one, and removes what trials left behind but for the one with this deadline
 * (0: none runs). */
void trial_settle(const struct paths *paths, const struct live *live, __u64 deadline, bool decides,
		  const struct notes *notes);

/* Whether a trial runs that the change does not replace; notes what to do. */
bool trial_refuses(const struct request *request, const struct live *live,
		   const struct notes *notes);

/* Lets a change build on what the trial with this deadline would save: into *pending, which must
 * hold nothing, and in place of what *file has. -errno. */
int trial_build_on(const struct paths *paths, __u64 deadline, struct pending *pending,
		   struct loaded *file, struct error *error);

#endif
