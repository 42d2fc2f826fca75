/* SPDX-License-Identifier: GPL-2.0-only */
/* Every NIC: those that lockdown attaches. */
#ifndef PORTFW_CHANGE_NICS_H
#define PORTFW_CHANGE_NICS_H

#include "base/notes.h"
#include "policy/policy.h"
#include "state/live.h"

/* Hardware first. What is up and too much is noted. -ENODEV: there is none that can be attached. */
int nics_all(struct attachment list[MAX_NICS], size_t *count, const struct notes *notes,
	     struct error *error);

/* The same of those that are not up as well: at boot they are about to be. */
int nics_at_boot(struct attachment list[MAX_NICS], size_t *count, const struct notes *notes,
		 struct error *error);

/* Notes what is up and not attached, or attached but for packets that leave: a lockdown does not
 * hold there. Returns how many of them lead outside: hardware, and what has an address of its own;
 * the rest (bridges, guests) is a warning.
 */
unsigned nics_note_open(const struct instance *instance, const struct notes *notes);

#endif
