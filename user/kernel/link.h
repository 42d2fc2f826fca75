/* SPDX-License-Identifier: GPL-2.0-only */
/* Loading the program for one NIC and linking it; private to user/kernel/. */
#ifndef PORTFW_KERNEL_LINK_H
#define PORTFW_KERNEL_LINK_H

#include "instance.h"

/*
 * Loads the program for a NIC with this index and link type on the maps of the instance, attaches
 * it in `mode` (ATTACH_NATIVE or ATTACH_GENERIC) and pins the link at `pin`.
 * -EOPNOTSUPP and the like: what bpf_link_create() says. On error nothing stays attached.
 */
int link_attach(const struct instance *instance, unsigned index, enum link_type type,
		unsigned ifindex, enum attach_mode mode, const char *pin, struct error *error);

#endif
