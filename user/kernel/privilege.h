/* SPDX-License-Identifier: GPL-2.0-only */
/* What the caller is allowed to do. */
#ifndef PORTFW_KERNEL_PRIVILEGE_H
#define PORTFW_KERNEL_PRIVILEGE_H

#include "base/error.h"

/* -EPERM unless this process has CAP_NET_ADMIN, CAP_BPF and CAP_PERFMON (or CAP_SYS_ADMIN, which
 * includes the last two); the message names those that are missing. */
int privilege_check(struct error *error);

#endif
