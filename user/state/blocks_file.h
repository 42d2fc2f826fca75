/* SPDX-License-Identifier: GPL-2.0-only */
/* The block list: the file beside the policy file, and what the kernel has of it. */
#ifndef PORTFW_STATE_BLOCKS_FILE_H
#define PORTFW_STATE_BLOCKS_FILE_H

#include "base/notes.h"
#include "kernel/blocks.h"
#include "moment.h"
#include "policy/blocks.h"
#include <limits.h>

struct blocks_file {
	char path[PATH_MAX]; /* `blocks` beside the policy file */
	struct block_list list;
	char *text; /* the list was parsed from it; NULL: there is no file. Owned. */
	size_t length;
	bool damaged; /* by blocks_file_salvage(): something is wrong with it */
};

/* Reads the file beside `policy`; an empty list if there is none. Errors in its text are noted with
 * their places. -EINVAL: there are some. *file must be released in any case. */
int blocks_file_read(const char *policy, struct blocks_file *file, const struct notes *notes,
		     struct error *error);
/* The same to go by what there is: whoever could change the file, and but for the lines that have
 * errors. What is wrong is in `error` then, and file->damaged is set. -errno: nothing of it could
 * be read. */
int blocks_file_salvage(const char *policy, struct blocks_file *file, const struct notes *notes,
			struct error *error);
void blocks_file_free(struct blocks_file *file);
#define _cleanup_blocks_file_ __attribute__((cleanup(blocks_file_free)))

/* An entry as the kernel takes it. */
struct block_item blocks_item(const struct block_entry *entry, const struct moment *now);

/* What the kernel has, by its own clock; `until` is the wall time as it was said. */
struct blocks_kernel {
	struct block_list live, expired;
};
int blocks_kernel_read(struct instance *instance, struct blocks_kernel *kernel,
		       struct error *error);
void blocks_kernel_free(struct blocks_kernel *kernel);
#define _cleanup_blocks_kernel_ __attribute__((cleanup(blocks_kernel_free)))

/* The addresses that are blocked: in the kernel, or with instance NULL by the file. Into *list,
 * which must hold nothing. */
int blocks_list_read(const char *policy, struct instance *instance, struct block_list *list,
		     const struct notes *notes, struct error *error);

/* Writes what the kernel has, whole; for the holder of the lock. */
int blocks_file_save(const char *policy, struct instance *instance, struct error *error);

/* Makes the kernel's list follow the file, unless a command could not save what it changed, which
 * is saved now: after an instance was created, and to restore. What the kernel has already keeps
 * the deadline that it has there. Of a damaged file what can be read is blocked, nothing is
 * unblocked, and it is an error. */
int blocks_file_load(const char *policy, struct instance *instance, const struct notes *notes,
		     struct error *error);

/* What the file has that is not over, as far as it can be read; into *list, which must hold
 * nothing.
 */
void blocks_list_salvage(const char *policy, struct block_list *list);

/* How the kernel's list differs from the file. */
struct blocks_drift {
	size_t only_kernel, only_file;
};
int blocks_file_drift(const char *policy, struct instance *instance, struct blocks_drift *drift,
		      const struct notes *notes, struct error *error);

#endif
