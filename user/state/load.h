/* SPDX-License-Identifier: GPL-2.0-only */
/* Policy files, read and parsed. */
#ifndef PORTFW_STATE_LOAD_H
#define PORTFW_STATE_LOAD_H

#include "base/exit_status.h"
#include "base/notes.h"
#include "paths.h"
#include "policy/attachments.h"
#include "policy/policy.h"

struct loaded {
	struct policy policy; /* empty if the file does not exist */
	struct attachments attached;
	bool found;
	bool has_comments; /* "#" comments, which the canonical form does not keep */
	bool broken; /* it could not be used, and is about to be replaced: see load_policy() */
	struct error fault; /* why, then */
	char *text;	    /* as it stands in the file, if it could be used; owned */
	size_t length;
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

/* Whose file it is that is read. */
enum load_trust {
	LOAD_GIVEN, /* one that a command line names: refused where everybody can write it */
	LOAD_OWN,   /* the instance's own: -EPERM where others could change it */
	LOAD_ANY,   /* whoever could change it */
};

/* Reads and parses; `known` may be NULL. On error `error` says why in one line, without the path;
 * diagnostics holds the errors in the text, if it is these. *loaded must be released in any case.
 */
int load_read(const char *path, enum load_trust trust, const struct known *known,
	      struct loaded *loaded, struct error *error);
/* The same of the policy file: the instance's own, unless --policy names another. */
int load_read_policy(const struct paths *paths, const struct known *known, struct loaded *loaded,
		     struct error *error);

/* The policy file; if it does not exist, an empty policy. `replaced`: it is about to be replaced
 * whatever it is, so that it cannot be used is no failure but loaded->broken. Errors in its text
 * are noted with their places; the message names the path. */
int load_policy(const struct paths *paths, bool replaced, const struct known *known,
		struct loaded *loaded, const struct notes *notes, struct error *error);

/* How a command ends that could not read what it was given. */
enum exit_status load_status(int code);

void load_free(struct loaded *loaded);
#define _cleanup_loaded_ __attribute__((cleanup(load_free)))

#endif
