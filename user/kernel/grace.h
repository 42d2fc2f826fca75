/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef PORTFW_KERNEL_GRACE_H
#define PORTFW_KERNEL_GRACE_H

#include "base/error.h"

/* Waits for an RCU grace period: every program that was running when it is called has ended when
 * it returns. About 10 ms. */
int grace_wait(struct error *error);

#endif
