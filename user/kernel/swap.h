/* SPDX-License-Identifier: GPL-2.0-only */
/* Other programs in the place of those that are attached, packet by packet without a hole. */
#ifndef PORTFW_KERNEL_SWAP_H
#define PORTFW_KERNEL_SWAP_H

#include "instance.h"

/* Whether the programs of a NIC are those that this binary carries. */
bool swap_is_current(const struct instance *instance, unsigned index);

/* Loads the program for packets that arrive at the NIC with this index, on the maps of the
 * instance, and puts it into the link pinned in `pin_dir`. -ENOLINK: that has lost its NIC, or
 * there is none. On error the program that was there goes on. */
int swap_arriving(struct instance *instance, const char *pin_dir, unsigned index,
		  struct error *error);
/* The same of what leaves, in the tcx link or the filter. With it the NIC's programs are current.
 * -ENOLINK: there is none. */
int swap_leaving(struct instance *instance, const char *pin_dir, unsigned index,
		 struct error *error);

/* Whether the programs that commands run are those that this binary carries; pins others in their
 * place. */
bool swap_is_tools_current(const struct instance *instance);
int swap_tools(struct instance *instance, struct error *error);

#endif
