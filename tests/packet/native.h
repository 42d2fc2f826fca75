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

/* Lets a packet of this host leave, which changes the flows of the setting: sent from a connected
 * socket or not. */
void native_depart(struct setting *setting, enum link_type link, unsigned nic,
		   const unsigned char *frame, size_t length, bool connected);

#endif
