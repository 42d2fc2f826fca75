/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The grammar that the command line and the policy file share. Both hand over words; the reader
 * answers with rules or with the word that is wrong and why. See the README for the grammar.
 */
#ifndef PORTFW_POLICY_WORDS_H
#define PORTFW_POLICY_WORDS_H

#include "policy.h"

/* Words of one command or line, without the leading verb. column is 0 on a command line. */
struct words {
	const char *const *text;
	const unsigned *columns; /* NULL: a command line */
	size_t count;
};

/*
 * Reads `TARGET [from ...] [on NIC] [for ...] [comment TEXT]` and appends to *policy one rule for
 * each protocol and interval, with `action` (ACTION_NONE: delete, which takes no comment).
 *
 * TARGET: PROTO PORTS | PORTS/PROTO | SERVICE | proto NAME|NUMBER | icmp | icmp6.
 * PROTO: tcp, udp, sctp, any, or a comma list of the first three. PORTS: a comma list of numbers
 * 0-65535, ranges with - or :, and service names, or `all`.
 *
 * Errors are complete: each names the offending word as it was written and, where there is one,
 * the right spelling. *bad_word receives the index of the word at fault, words->count when
 * something is missing at the end. -EINVAL: wrong input; -EOPNOTSUPP: the words are known but
 * this build does not have the feature; -ENOMEM. On error *policy is untouched.
 * `warning` (may be NULL): filled when the input is right but strange (allow of port 0); else
 * its text is "".
 */
int words_read_rule(const struct words *words, enum action action, unsigned line,
		    struct policy *policy, size_t *bad_word, struct error *error,
		    struct error *warning);

/* Reads `allow` or `deny` as the default. */
int words_read_default(const struct words *words, enum action *action, size_t *bad_word,
		       struct error *error);

/* Whether the kernel could have a NIC of this name (dev_valid_name), in printable ASCII. */
int words_check_nic(const char *name, struct error *error);

/* auto, native, generic. */
int words_read_mode(const char *word, enum attach_mode *mode, struct error *error);
const char *words_mode_name(enum attach_mode mode);

#endif
