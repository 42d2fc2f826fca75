/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef PORTFW_CHANGE_BLOCKS_REQUEST_H
#define PORTFW_CHANGE_BLOCKS_REQUEST_H

#include "policy/blocks.h"
#include "state/paths.h"

/* What a command wants of the block list. */
struct blocks_request {
	struct paths paths;
	bool dry_run, runtime, force; /* as in request.h */
	bool block;		      /* else unblock */
	__s64 seconds;		      /* of a block, 0: for ever */
};

#endif
