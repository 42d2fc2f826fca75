/* SPDX-License-Identifier: GPL-2.0-only */
/* What the tests of this group share: policies as text, and how a disagreement is shown. */
#ifndef PORTFW_TESTS_PACKET_JUDGING_H
#define PORTFW_TESTS_PACKET_JUDGING_H

#include "answer.h"
#include "setting.h"

#include <stddef.h>

/* The wall clock of all tests, 2030-01-01T00:00:00Z, in seconds since the Epoch. */
#define JUDGED_AT 1893456000
#define NATIVE_NOW (1ull << 40) /* jiffies64 then, for the native build */
#define TICKS 100		/* jiffies in a second, in tests */

/*
 * Compiles the text for two NICs, eth0 with index 0 and eth1 with index 1, as if it were JUDGED_AT
 * and `now` (jiffies64). `tables` has a slot; what it has beside it is released. false: the text or
 * something in it is wrong, which is printed.
 */
bool compile_text(const char *text, __u64 now, struct compiled *tables);

/* jiffies64 at a time since the Epoch by these clocks; never 0. */
__u64 jiffies_at(__s64 time, __u64 now);

/* Reads "198.51.100.7" or "2001:db8::/32", host bits zero. false: it is neither. */
bool read_address(const char *text, struct prefix *prefix);

/* Switches lockdown in the setting on if there is a word, up to a NULL: addresses and prefixes that
 * it keeps, "none" for nothing. false: a word is none of these, which is printed. */
bool read_lockdown(const char *const *words, size_t most, struct setting *setting);

/* A flow as a test writes it down. */
struct known_flow {
	unsigned protocol;
	const char *local, *remote;    /* addresses */
	__u16 local_port, remote_port; /* of an ICMP echo local_port is the identifier */
	bool over;		       /* since an hour; else it goes on for one */
	bool beats_deny;
};
/* Puts it into the form of the table, as of `now` (jiffies64). false: an address is none. */
bool read_flow(const struct known_flow *known, __u64 now, struct flow_entry *entry);

/* "deny, counted for tcp 22". Static storage for two calls. */
const char *answer_text(struct answer answer);

void print_frame(const unsigned char *frame, size_t length);

#endif
