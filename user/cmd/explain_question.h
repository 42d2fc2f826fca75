/* SPDX-License-Identifier: GPL-2.0-only */
/* A packet that `explain` asks about: in words, as bytes, and what is in the bytes. */
#ifndef PORTFW_CMD_EXPLAIN_QUESTION_H
#define PORTFW_CMD_EXPLAIN_QUESTION_H

#include "verdict/judge.h"
#include <net/if.h>

#define QUESTION_FRAME_MAX 65535

struct question {
	__u8 protocol;
	__u8 tcp_flags;
	__u16 port; /* destination port */
	struct endpoint source;
	struct endpoint destination; /* family 0: not said */
	char nic[IFNAMSIZ];	     /* "": not said */
};

/* Reads `TARGET from SRC[:PORT] [to ADDR] [on NIC] [flags SYN|ACK|...]`. -EINVAL. */
int question_read(const char *const *words, size_t count, struct question *question,
		  struct error *error);

/* Builds the frame as it would arrive on a link of this type; returns its length. */
size_t question_frame(const struct question *question, enum link_type link,
		      unsigned char frame[QUESTION_FRAME_MAX]);

/* What the verdict depends on in a frame. REASON_NONE: *packet is filled; else the parser itself
 * decides: REASON_NON_IP, REASON_MALFORMED. */
enum reason question_parse(const unsigned char *frame, size_t length, enum link_type link,
			   struct judge_packet *packet);

#endif
