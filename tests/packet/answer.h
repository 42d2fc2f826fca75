/* SPDX-License-Identifier: GPL-2.0-only */
/* What each of the three judges says of a frame: the model, the native build, the program. */
#ifndef PORTFW_TESTS_PACKET_ANSWER_H
#define PORTFW_TESTS_PACKET_ANSWER_H

#include <portfw/abi.h>
#include <stdbool.h>

struct answer {
	enum reason reason;
	__u8 proto; /* TCP or UDP where the packet counts for a port, else 0 */
	__u16 port; /* the port it counts for */
};

static inline bool answer_equal(struct answer a, struct answer b)
{
	return a.reason == b.reason && a.proto == b.proto && a.port == b.port;
}

#endif
