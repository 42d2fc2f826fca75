/* SPDX-License-Identifier: GPL-2.0-only */
/* Pinned links of programs to NICs; private to user/kernel/. */
#ifndef PORTFW_KERNEL_LINK_H
#define PORTFW_KERNEL_LINK_H

#include "base/error.h"
#include <stdbool.h>

struct bpf_link_info;

/* Pins a link and closes it. On error it is detached and not pinned. */
int link_pin(int fd, const char *pin, struct error *error);
/* Detaches a pinned link, which may have lost its NIC, and removes the pin. 0: also where there is
 * none. */
int link_unpin(const char *pin);
/* Whether programs are linked to NICs by pins in the directory. */
bool link_any(const char *pin_dir);
/* What the kernel says of a pinned link. False: there is none. */
bool link_query(const char *pin, struct bpf_link_info *info);

#endif
