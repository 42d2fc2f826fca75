/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Captures: pcap, read by libpcap, and pcapng; both also compressed by gzip. libpcap is loaded
 * here, when the first capture is opened that needs it: with all that it brings along, linking it
 * would cost each command time.
 */
#ifndef PORTFW_REPLAY_CAPTURE_H
#define PORTFW_REPLAY_CAPTURE_H

#include "base/error.h"
#include "packet.h"
#include <stdbool.h>

struct capture;

/* Opens a capture, "-": standard input. -ENOENT and other errno of open(2); -ENOSYS: libpcap is
 * missing; -EPROTO: it is no capture; -EOPNOTSUPP: its link type is none of enum capture_link.
 * The message does not repeat the path. */
int capture_open(const char *path, struct capture **capture, struct error *error);
void capture_close(struct capture *capture);

/* The next packet. 1: *packet is there, until the next call; 0: the end; -EPROTO: the capture is
 * broken or ends in the middle of a packet; -EOPNOTSUPP: the packet's link type is none of enum
 * capture_link. */
int capture_next(struct capture *capture, struct captured *packet, struct error *error);

/* What part of the file has been read, in percent; negative: that cannot be told. */
int capture_progress(const struct capture *capture);

#endif
