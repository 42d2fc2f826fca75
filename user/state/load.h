/* SPDX-License-Identifier: GPL-2.0-only */
/* Policy files, read and parsed. */
#ifndef PORTFW_STATE_LOAD_H
#define PORTFW_STATE_LOAD_H

#include "cli/invocation.h"
#include "policy/policy.h"

struct loaded {
	struct policy policy; /* empty if the file does not exist */
	bool found;
	bool has_comments; /* "#" comments, which the canonical form does not keep */
	struct diagnostics diagnostics;
};

/* "-" is spelt out; other paths as they are. */
const char *load_name(const char *path);

/* What follows the attach lines of a canonical text. */
const char *load_body(const char *text);

/* A text whose policy is known: reading it again would be a waste. */
struct known {
	const char *text; /* canonical, without attach lines; NULL: none */
	const struct policy *policy;
};

/* Reads and parses; `known` may be NULL. On error `error` says why in one line, without the path;
 * diagnostics holds the errors in the text, if it is these. *loaded must be released in any case.
 */
int load_read(const char *path, const struct known *known, struct loaded *loaded,
	      struct error *error);

/* The same for a command: says what is wrong, with `tail` at the end of the summary, and returns
 * an exit status. */
int load_file(const struct invocation *invocation, const char *path, const char *tail,
	      struct loaded *loaded);

/* The policy file of the invocation; if it does not exist, an empty policy. `replaced`: the command
 * replaces it whatever is in it, so errors in the text are shown, but no failure. */
int load_policy_file(const struct invocation *invocation, bool replaced, const struct known *known,
		     struct loaded *loaded);

void load_free(struct loaded *loaded);
#define _cleanup_loaded_ __attribute__((cleanup(load_free)))

#endif
