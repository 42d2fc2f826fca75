/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What an instance of another ABI version has, for one of this version that takes its place. Each
 * version that changes a layout adds a reader of the one before it.
 */
#ifndef PORTFW_KERNEL_INHERIT_H
#define PORTFW_KERNEL_INHERIT_H

#include "maps.h"
#include <net/if.h>

struct inheritance {
	__u32 version; /* 0: unknown, nothing could be read but the links */
	/* In today's layout, owned: the words of policy and lockdown (with its kept sources in the
	 * set that the word names), NICs, texts' lengths, flows' counts, outside. */
	struct control *control;
	/* Maps that have the layout of today and can be shared, -1: not. Block maps also with room
	 * for less. */
	int fds[MAP_COUNT];
};
#define INHERITANCE_INIT                              \
	{                                             \
		.fds = { [0 ... MAP_COUNT - 1] = -1 } \
	}

/* The ABI version of what is pinned in the directory and attached. -ENOENT: nothing is attached
 * from there; -EPROTO: something is, but its version cannot be told. Sets no message. */
int inherit_version(const char *pin_dir, __u32 *version);

/* Reads it. With a version that has no reader, or unknown, only what the links say of NICs. */
int inherit_open(const char *pin_dir, struct inheritance *from, struct error *error);
void inherit_close(struct inheritance *from);
#define _cleanup_inheritance_ __attribute__((cleanup(inherit_close)))

/* Whether the policy's text and the rest of control are known, not only the links. */
bool inherit_is_read(const struct inheritance *from);

#endif
