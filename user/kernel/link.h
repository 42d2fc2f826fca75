/* SPDX-License-Identifier: GPL-2.0-only */
/* Links of programs to NICs and their pins; private to user/kernel/. */
#ifndef PORTFW_KERNEL_LINK_H
#define PORTFW_KERNEL_LINK_H

#include "instance.h"

struct bpf_link_info;

/*
 * Loads the program for a NIC with this index and link type on the maps of the instance, attaches
 * it in `mode` (ATTACH_NATIVE or ATTACH_GENERIC) and pins the link at `pin`.
 * -EOPNOTSUPP and the like: what bpf_link_create() says. On error nothing stays attached.
 */
int link_attach(const struct instance *instance, unsigned index, enum link_type type,
		unsigned ifindex, enum attach_mode mode, const char *pin, struct error *error);

/* Pins a link and closes it. On error it is detached and not pinned. */
int link_pin(int fd, const char *pin, struct error *error);
/* Detaches a pinned link, which may have lost its NIC, and removes the pin. 0: also where there is
 * none. */
int link_unpin(const char *pin);
/* What the kernel says of a pinned link. False: there is none. */
bool link_query(const char *pin, struct bpf_link_info *info);

#endif
