/* SPDX-License-Identifier: GPL-2.0-only */
/* One instance, one network namespace: NICs are known by their index, which means another NIC
 * elsewhere. Two namespaces can share a bpffs, as containers do. */
#ifndef PORTFW_KERNEL_NAMESPACE_H
#define PORTFW_KERNEL_NAMESPACE_H

#include "base/error.h"
#include <portfw/abi.h>

/* Notes in the control map which network namespace this is. */
void namespace_note(struct control *control);

/*
 * Whether the instance whose links are pinned in the directory is of this network namespace.
 * -EXDEV: of another one, and the message says where it is. -ENOENT without a message: of one that
 * is gone, with all its NICs; what is left guards nothing. An instance that has not noted it is
 * judged by its links.
 */
int namespace_check(const struct control *control, const char *pin_dir, struct error *error);

#endif
