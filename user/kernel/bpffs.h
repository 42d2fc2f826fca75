/* SPDX-License-Identifier: GPL-2.0-only */
/* The file system that holds pins. */
#ifndef PORTFW_KERNEL_BPFFS_H
#define PORTFW_KERNEL_BPFFS_H

#include "base/error.h"
#include <limits.h>

/*
 * Makes `directory` (0700) inside a bpffs. Where there is none, mounts one: on /sys/fs/bpf for
 * directories below it, else on the directory itself. `mount_point` receives where, "" when
 * nothing had to be mounted.
 */
int bpffs_make_directory(const char *directory, char mount_point[PATH_MAX], struct error *error);

/*
 * Whether what is pinned in the directory lasts: pins in a bpffs that only this mount namespace has
 * end with it, and the guard with them. Compared with what the path is for process 1; where that
 * cannot be told, it lasts. -EXDEV: it does not.
 */
int bpffs_check_lasting(const char *directory, struct error *error);

/* Removes an empty directory, and the bpffs that bpffs_make_directory() mounted on it. 0 also when
 * it does not exist. */
int bpffs_remove_directory(const char *directory, struct error *error);

#endif
