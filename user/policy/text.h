/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The policy as text. Canonical text: `attach` lines by name, `default`, then the rules by
 * protocol (tcp, udp, sctp, icmp, icmp6, others by number), source (any, IPv4, IPv6; by address,
 * shorter prefix first), NIC scope (all NICs first, then by name), permanent before timed (by
 * time), action (allow first), comment and ports. One rule a line, at most TEXT_PORTS_MAX
 * intervals; further intervals go on further lines. Rules that need several lines and are alike in
 * all but the source share them: "from 10.0.0.0/8,192.0.2.0/24".
 */
#ifndef PORTFW_POLICY_TEXT_H
#define PORTFW_POLICY_TEXT_H

#include "attachments.h"
#include "policy.h"

#define TEXT_FILE_MAX (16u * 1024 * 1024) /* bytes */
#define TEXT_LINE_MAX 4096		  /* bytes, without the newline */
#define TEXT_PORTS_MAX 20		  /* intervals in a canonical line */

/*
 * Parses `length` bytes, strictly: an unknown word, a number out of range, trailing words, a
 * control character, a NUL, invalid UTF-8 or an over-long line is an error with its place. All
 * errors are reported up to DIAGNOSTICS_MAX. The result is normalised. Only the last line may
 * lack its newline; CR LF is an error.
 * `attached` receives what the attach lines say; NULL: they are checked and dropped.
 * -EINVAL: *diagnostics has at least one error; -ENOMEM. On error *policy and *attached are
 * untouched; otherwise *policy must have held nothing.
 */
int text_parse(const char *text, size_t length, struct policy *policy, struct attachments *attached,
	       struct diagnostics *diagnostics);

/* One canonical rule line, as its parts. Pointers belong to the list. */
struct text_rule {
	enum action action;
	const char *proto;   /* "tcp", "icmp6", "proto 47" prints as proto "47" */
	const char *ports;   /* "22,80-90", "all"; NULL for a protocol without ports */
	const char *from;    /* "10.0.0.0/8"; NULL: any source */
	const char *nic;     /* NULL: every NIC */
	const char *until;   /* "2030-01-31T15:00:00Z"; NULL: for ever */
	const char *comment; /* NULL: none */
	const char *line;    /* the whole line as in the file, without a newline */
};
struct text_rules {
	struct text_rule *list;
	size_t count;
};
/* The canonical rule lines of a normal policy, in order. -ENOMEM. */
int text_rules(const struct policy *policy, struct text_rules *rules);
/* The line that one of the policy's rules stands in, together with others or alone, as a list of
 * one. -ENOMEM; -ENOENT: it is none of its rules. */
int text_rule_of(const struct policy *policy, const struct rule *rule, struct text_rules *line);
void text_rules_free(struct text_rules *rules);

/* The same as it is printed, to be freed; NULL: no memory, or none of its rules. */
char *policy_line_of(const struct policy *policy, const struct rule *rule);

/* The whole canonical text of a normal policy, NUL-terminated, to be freed; NULL: no memory.
 * `attached`: with its attach lines; NULL: without. */
char *text_print(const struct policy *policy, const struct attachments *attached);

/* "tcp", "icmp6", "47": the name that the text uses for a protocol; a number wherever the name
 * would depend on the host's /etc/protocols. Static storage, valid until the next call. */
const char *text_protocol_name(__u8 proto);

/* "allow", "deny". */
const char *action_name(enum action action);

#endif
