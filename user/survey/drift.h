/* SPDX-License-Identifier: GPL-2.0-only */
/* How what the kernel enforces differs from what the policy file says. */
#ifndef PORTFW_SURVEY_DRIFT_H
#define PORTFW_SURVEY_DRIFT_H

#include "output/status.h"
#include "state/live.h"

/* Adds each difference, with its remedy, to the model. `live`: NULL if there is no instance. A
 * policy file that cannot be read is a difference, too; what a trial changes is none. Drops the
 * rules of *live whose time is up. -ENOMEM and what reading the maps gives. */
int drift_find(const struct paths *paths, struct live *live, struct status_model *model,
	       const struct notes *notes, struct error *error);

#endif
