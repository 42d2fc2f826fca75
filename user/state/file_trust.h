/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Who could change a file. What an instance enforces must be root's or the effective user's alone:
 * its policy file, what stands beside that, the directory, and each symbolic link on the way.
 */
#ifndef PORTFW_STATE_FILE_TRUST_H
#define PORTFW_STATE_FILE_TRUST_H

#include "base/error.h"
#include <limits.h>

/* Where the path leads when its symbolic links are followed; what it names need not be there.
 * -ELOOP: more than 40 of them; other errno of lstat(2). */
int trust_resolve(const char *path, char resolved[PATH_MAX], struct error *error);

/*
 * Whether nobody but root and the effective user could change the file: its owner, that of its
 * directory and of each link are one of these, and neither group (but root's) nor others can write.
 * A directory with the sticky bit, such as /tmp, may be written by others: what is root's in it
 * they cannot replace. 0: so it is, or there is no such file but its place is right. -EPERM: it is
 * not, and the message has the command that mends it; it does not repeat the path of the file. As
 * trust_resolve().
 */
int trust_file(const char *path, struct error *error);

/* The same of the directory and the links alone: of a place where a file shall be written. */
int trust_place(const char *path, struct error *error);
/* The same of the directory that has this name in it, wherever that leads. */
int trust_directory(const char *path, struct error *error);

#endif
