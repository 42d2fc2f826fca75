/* SPDX-License-Identifier: GPL-2.0-only */
/* Names in the pin directory; private to user/kernel/. */
#ifndef PORTFW_KERNEL_PINS_H
#define PORTFW_KERNEL_PINS_H

#include <limits.h>
#include <stddef.h>

/* Writes "pin_dir/name" and returns `path`; `number` fills a %u in the name. A path too long is
 * cut, and then not found. */
const char *pin_path(char path[PATH_MAX], const char *pin_dir, const char *name, unsigned number);

#endif
