/* SPDX-License-Identifier: GPL-2.0-only */
/* The NICs that a lockdown is about. */
#ifndef PORTFW_CHANGE_LOCKDOWN_NICS_H
#define PORTFW_CHANGE_LOCKDOWN_NICS_H

#include "change.h"

/* Makes the change attach every NIC that is up and can be attached. -ENODEV: there is none. */
int lockdown_attach_all(struct change *change, struct error *error);
/* Warns of NICs that are up and not attached: lockdown does not hold there. */
void lockdown_warn_of_nics(const struct live *live);

#endif
