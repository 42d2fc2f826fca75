/* SPDX-License-Identifier: GPL-2.0-only */
/* The program for packets that leave through a NIC. */
#ifndef PORTFW_KERNEL_EGRESS_H
#define PORTFW_KERNEL_EGRESS_H

#include "instance.h"

/*
 * Attaches the egress program to the NIC with this index and notes in the control map how: by a
 * pinned tcx link (Linux 6.6), else as a filter of the clsact qdisc beside those of others. Does
 * nothing where it is attached and works. On error the NIC has none.
 */
int egress_attach(struct instance *instance, unsigned index, struct error *error);
/* Takes it away from the NIC, and the clsact qdisc too if we made it and nobody else uses it. Works
 * when the NIC or the program is gone. */
void egress_detach(struct instance *instance, unsigned index);
/* Finds our filter of the clsact qdisc by its name, where the control map does not tell of it. */
bool egress_find(struct nic *nic);
/* Puts another program into the filter of the clsact qdisc, in its place. -ENOLINK: it is not there
 * any more. */
int egress_replace(struct nic *nic, int program);
/* Whether it is where egress_attach() put it: others can remove a filter or a qdisc. */
bool egress_works(const struct instance *instance, unsigned index);

/* Detaches what the pins in a directory speak of, before they are removed. */
void egress_detach_pinned(const char *pin_dir);

/* Notes in the control map through which interfaces packets come from outside: the attached NICs
 * and what is on top of them. To be called when NICs come or go. */
int egress_note_outside(struct instance *instance, struct error *error);

#endif
