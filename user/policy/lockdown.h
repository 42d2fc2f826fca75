/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Lockdown as its file has it. Pure. A line each:
 *
 *	keep 10.0.0.5
 *	keep 2001:db8::/32
 *	until 2030-01-31T15:00:00Z
 *	attach all
 */
#ifndef PORTFW_POLICY_LOCKDOWN_H
#define PORTFW_POLICY_LOCKDOWN_H

#include "policy.h"

struct lockdown {
	struct prefix keep[KEEP_MAX];
	size_t keep_count;
	__s64 until;	 /* seconds since the Epoch, 0: for ever */
	bool attach_all; /* it attached every NIC by itself, so that a restore must, too */
};

/* Adds a source unless it is kept already. -ENOSPC: KEEP_MAX are. */
int lockdown_keep(struct lockdown *lockdown, const struct prefix *prefix, struct error *error);
/* Whether all of the prefix is kept. */
bool lockdown_keeps(const struct lockdown *lockdown, const struct prefix *prefix);

/*
 * Reads what can be read of a text that may be damaged: it was written because somebody wanted
 * isolation. Kept sources and an end that are understood hold, the last of several ends; each line
 * that is not is an error in *diagnostics, and past DIAGNOSTICS_MAX of them the reading goes on.
 * Without an end it is for ever. False: the text is empty or blank, which is no lockdown, and
 * *lockdown is untouched.
 */
bool lockdown_parse_tolerant(const char *text, size_t length, struct lockdown *lockdown,
			     struct diagnostics *diagnostics);
/* Reads the text. -EINVAL: the message has the line. On error *lockdown is untouched. */
int lockdown_parse(const char *text, struct lockdown *lockdown, struct error *error);
/* The text, to be freed. NULL: no memory. */
char *lockdown_print(const struct lockdown *lockdown);

#endif
