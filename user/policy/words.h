/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The grammar that the command line and the policy file share. Both hand over words; the reader
 * answers with rules or with the word that is wrong and why. docs/guide.md has the grammar.
 */
#ifndef PORTFW_POLICY_WORDS_H
#define PORTFW_POLICY_WORDS_H

#include "policy.h"

/* Words of one command or line, without the leading verb. */
struct words {
	const char *const *text;
	const unsigned *columns; /* in the line of a file; NULL: a command line */
	size_t count;
};

/*
 * Reads `TARGET [from SRC[,SRC]...] [on NIC] [for DURATION | until TIME] [comment TEXT]` and
 * appends to *policy one rule for each protocol, interval and source, with `action` (ACTION_NONE:
 * delete, which takes no time and no comment). On a command line `for` is known, and ends `now`
 * (seconds since the Epoch) plus DURATION; in a file `until`, and `now` does not matter.
 *
 * TARGET: PROTO PORTS | PORTS/PROTO | SERVICE | proto NAME|NUMBER | icmp | icmp6.
 * PROTO: tcp, udp, sctp, any, or a comma list of the first three. PORTS: a comma list of numbers
 * 0-65535, ranges with - or :, and service names, or `all`.
 *
 * Errors are complete: each names the offending word as it was written and, where there is one,
 * the right spelling. *bad_word receives the index of the word at fault, words->count when
 * something is missing at the end. -EINVAL: wrong input; -ENOMEM. On error *policy is untouched.
 * `warning` (may be NULL): filled when the input is right but strange (allow of port 0); else
 * its text is "".
 */
int words_read_rule(const struct words *words, enum action action, unsigned line, __s64 now,
		    struct policy *policy, size_t *bad_word, struct error *error,
		    struct error *warning);

/* SRC: an IPv4 or IPv6 address or prefix. Host bits beyond the length are an error that shows the
 * corrected prefix; so is an IPv4 address in the form of IPv6. -EINVAL. */
int words_read_prefix(const char *word, struct prefix *prefix, struct error *error);
/* "10.0.0.0/8", "10.0.5.7", "::/0"; family 0: "any". */
#define WORDS_PREFIX_SIZE 52
void words_print_prefix(const struct prefix *prefix, char text[WORDS_PREFIX_SIZE]);

/* DURATION: 90s, 30m, 12h, 7d, in seconds; 1 second to 3650 days. -EINVAL. */
int words_read_duration(const char *word, __s64 *seconds, struct error *error);
/* TIME: 2030-01-31T15:00:00Z (RFC 3339, UTC, whole seconds), in seconds since the Epoch. -EINVAL.
 */
int words_read_time(const char *word, __s64 *time, struct error *error);
#define WORDS_TIME_SIZE 24
/* From 1 to the last second of the year 9999. */
void words_print_time(__s64 time, char text[WORDS_TIME_SIZE]);

/* Reads `allow` or `deny` as the default. */
int words_read_default(const struct words *words, enum action *action, size_t *bad_word,
		       struct error *error);

/* Whether the kernel could have a NIC of this name (dev_valid_name), in printable ASCII. */
int words_check_nic(const char *name, struct error *error);

/* auto, native, generic. */
int words_read_mode(const char *word, enum attach_mode *mode, struct error *error);
const char *words_mode_name(enum attach_mode mode);

#endif
