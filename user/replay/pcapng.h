/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Captures in pcapng (draft-ietf-opsawg-pcapng). libpcap reads only those whose interfaces have one
 * link type, one snapshot length and one resolution of time, which a capture of all interfaces or a
 * merged one has not.
 */
#ifndef PORTFW_REPLAY_PCAPNG_H
#define PORTFW_REPLAY_PCAPNG_H

#include "base/error.h"
#include <linux/types.h>
#include <stdio.h>

#define PCAPNG_MAGIC "\n\r\r\n"

/* An interface of the section that is being read. */
struct pcapng_interface {
	__u16 link; /* LINKTYPE_... */
	__u32 snaplen;
	__u8 resolution; /* if_tsresol */
	__s64 offset;	 /* if_tsoffset */
};

/* Zero-initialised but for `file`, which stays its owner's. */
struct pcapng {
	FILE *file;
	bool begun, swapped;
	__u8 *body; /* of the block that was read */
	size_t length, capacity;
	struct pcapng_interface *interfaces;
	size_t interface_count;
	__u64 last; /* a simple packet block has no time of its own */
};

struct pcapng_packet {
	__u64 time;	   /* nanoseconds since the Epoch */
	const __u8 *bytes; /* until the next call */
	__u32 count, length;
	__u16 link;
};

/* The next packet: 1; 0: the end; -EPROTO: the file is broken; -ENOMEM. */
int pcapng_next(struct pcapng *pcapng, struct pcapng_packet *packet, struct error *error);
void pcapng_free(struct pcapng *pcapng);

#endif
