/* SPDX-License-Identifier: GPL-2.0-only */
/* The parser and the verdict of bpf/, compiled natively. */
#ifndef PORTFW_TESTS_PACKET_NATIVE_H
#define PORTFW_TESTS_PACKET_NATIVE_H

#include "answer.h"
#include "setting.h"

#include <stddef.h>

/* Judges a frame of which the first `linear` bytes are readable in place. */
struct answer native_judge(const struct setting *setting, enum link_type link, unsigned nic,
			   const unsigned char *frame, size_t length, size_t linear);

/* Whence a packet comes that leaves. */
struct native_origin {
	bool connected; /* from a connected socket */
	__u32 ingress;	/* ifindex where it came in; 0: it is this host's own */
};

/* Lets a packet leave, which changes the flows of the setting. REASON_NONE: it leaves; else why it
 * drops. */
enum reason native_depart(struct setting *setting, enum link_type link, unsigned nic,
			  const unsigned char *frame, size_t length, struct native_origin origin);

#endif
