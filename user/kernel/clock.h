/* SPDX-License-Identifier: GPL-2.0-only */
/* The kernel's clock: jiffies, by which programs judge deadlines. */
#ifndef PORTFW_KERNEL_CLOCK_H
#define PORTFW_KERNEL_CLOCK_H

#include "instance.h"

/* For instance_create(): loads and pins the program that reads the clock, finds out HZ. */
int clock_start(struct instance *instance, struct error *error);

/* The first half of it, where the pin is missing. */
int clock_pin(struct instance *instance, struct error *error);

/* jiffies64 now. control->hz of them make a second. */
int clock_now(struct instance *instance, __u64 *jiffies, struct error *error);

#endif
