/* SPDX-License-Identifier: GPL-2.0-only */
/* The BPF object: loading one of its programs on the maps of an instance. For user/kernel/, and the
 * tests of the programs. */
#ifndef PORTFW_KERNEL_OBJECT_H
#define PORTFW_KERNEL_OBJECT_H

#include "instance.h"

/* Identifies the programs that this binary carries: those of another build have another number. */
__u64 object_build(void);

/* Loads the program for a NIC with this index and link type: with fragments where the kernel has
 * them (Linux 5.18), else without. Returns a descriptor of the program. */
int object_load_nic(const struct instance *instance, unsigned index, enum link_type type,
		    struct error *error);
/* The same of the program for packets that leave. */
int object_load_egress(const struct instance *instance, unsigned index, enum link_type type,
		       struct error *error);
/* Loads the program that commands ask. */
int object_load_explain(const struct instance *instance, struct error *error);
/* Loads the program that reads the clock. */
int object_load_clock(const struct instance *instance, struct error *error);

#endif
