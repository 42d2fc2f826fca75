/* SPDX-License-Identifier: GPL-2.0-only */
/* Maps whose pins are gone: the programs that are attached still have them. */
#ifndef PORTFW_KERNEL_RECOVER_H
#define PORTFW_KERNEL_RECOVER_H

#include "maps.h"

/* A descriptor of the map with that layout which the programs of the links pinned in the directory
 * use. -ENOENT: there is none. Sets no message. */
int recover_map(const char *pin_dir, const struct map_layout *layout);
/* The same of the map with that name, whatever its layout is. */
int recover_named(const char *pin_dir, const char *name);

#endif
