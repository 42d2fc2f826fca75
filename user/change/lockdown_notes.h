/* SPDX-License-Identifier: GPL-2.0-only */
/* What lockdown cuts besides packets: mounts that hang, connections that are destroyed. */
#ifndef PORTFW_CHANGE_LOCKDOWN_NOTES_H
#define PORTFW_CHANGE_LOCKDOWN_NOTES_H

#include "base/notes.h"
#include "policy/lockdown.h"

/* Notes disks whose other end is on the network: they hang once it is cut off. */
void lockdown_note_mounts(const struct notes *notes);

/* Destroys the TCP connections with hosts that are not kept, and notes how many. */
void lockdown_kill(const struct lockdown *lockdown, const struct notes *notes);

#endif
