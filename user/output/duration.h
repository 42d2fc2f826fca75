/* SPDX-License-Identifier: GPL-2.0-only */
/* How long something takes, for people. */
#ifndef PORTFW_OUTPUT_DURATION_H
#define PORTFW_OUTPUT_DURATION_H

#include <linux/types.h>

/* "12s", "4m", "3h", "5d": in the largest unit that fits. Returns the seconds that this leaves out.
 */
#define DURATION_SIZE 24
__s64 duration_print(__s64 seconds, char text[DURATION_SIZE]);

#endif
