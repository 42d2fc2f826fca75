/* SPDX-License-Identifier: GPL-2.0-only */
/* Carrying out a change that is planned: the file and the kernel, in an order that survives a crash
 * at any point. */
#ifndef PORTFW_CHANGE_COMMIT_H
#define PORTFW_CHANGE_COMMIT_H

#include "done.h"

/* 0 or -errno; then nothing has changed. */
int commit(struct making *making, struct error *error);

#endif
