/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef PORTFW_STATE_FILE_KIND_H
#define PORTFW_STATE_FILE_KIND_H

#include <sys/types.h>

/* "a directory", "a FIFO", ...: what an inode of this mode is. */
const char *file_kind(mode_t mode);

#endif
