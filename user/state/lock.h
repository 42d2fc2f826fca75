/* SPDX-License-Identifier: GPL-2.0-only */
/* One writer at a time per instance. */
#ifndef PORTFW_STATE_LOCK_H
#define PORTFW_STATE_LOCK_H

#include "base/error.h"
#include <stdbool.h>

/* Takes the write lock of the instance whose run directory this is (made with 0700 if missing),
 * waiting up to 10 s. The lock is the kernel's (fcntl): it ends with the process, however that
 * ends. Returns a descriptor to close, or -EBUSY with a message that names the holder's pid and
 * command, or another negative errno. */
int lock_take(const char *run_dir, struct error *error);
/* The same, waiting up to that many seconds. */
int lock_take_within(const char *run_dir, unsigned seconds, struct error *error);

/* Whether another process holds it, as far as one may know. */
bool lock_is_held(const char *run_dir);

#endif
