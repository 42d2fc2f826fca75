/* SPDX-License-Identifier: GPL-2.0-only */
/* Asking the loaded program what it would do with a frame. */
#ifndef PORTFW_KERNEL_EXPLAIN_H
#define PORTFW_KERNEL_EXPLAIN_H

#include "instance.h"

/* Loads the explain program and pins it; with the instance. */
int explain_start(const struct instance *instance, struct error *error);

/* The longest frame that can be asked about, in bytes. */
#define EXPLAIN_FRAME_MAX 65535

/* What the programs would do with the frame if it arrived now: *reason. Nothing is counted.
 * -EINVAL: shorter than the 14 bytes that a test run wants, or too long for it on this kernel. */
int explain_ask(const struct instance *instance, const struct explain_request *request,
		const void *frame, size_t length, enum reason *reason, struct error *error);

#endif
