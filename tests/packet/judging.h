/* SPDX-License-Identifier: GPL-2.0-only */
/* What the tests of this group share: policies as text, and how a disagreement is shown. */
#ifndef PORTFW_TESTS_PACKET_JUDGING_H
#define PORTFW_TESTS_PACKET_JUDGING_H

#include "answer.h"

#include <stddef.h>

/* Compiles the text for two NICs, eth0 with index 0 and eth1 with index 1. false: the text or
 * something in it is wrong, which is printed. */
bool compile_text(const char *text, struct slot *slot);

const char *reason_name(enum reason reason);

/* "deny, counted for tcp 22". Static storage for two calls. */
const char *answer_text(struct answer answer);

void print_frame(const unsigned char *frame, size_t length);

#endif
