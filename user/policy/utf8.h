/* SPDX-License-Identifier: GPL-2.0-only */
/* Bytes that came from outside: are they text, and how are they shown. */
#ifndef PORTFW_POLICY_UTF8_H
#define PORTFW_POLICY_UTF8_H

#include <stdbool.h>
#include <stddef.h>

/* Room for a quoted word: longer words are cut, so that a message stays readable. */
#define QUOTE_SIZE 80

/* The word in double quotes, with anything but printable ASCII as \xNN; returns buffer. */
const char *quote(char buffer[QUOTE_SIZE], const char *word, size_t length);

/*
 * Whether the bytes are valid UTF-8 (RFC 3629) without control characters (C0, DEL, C1);
 * `tabs`: a tab is fine. If not, *place receives the offset of the first bad byte and *fault what
 * is wrong with it, in static storage, valid until the next call.
 */
bool utf8_check(const char *text, size_t length, bool tabs, size_t *place, const char **fault);

#endif
