/* SPDX-License-Identifier: GPL-2.0-only */
/* Putting a new policy file into place, and keeping the old one. */
#ifndef PORTFW_STATE_SAVE_H
#define PORTFW_STATE_SAVE_H

#include "file.h"
#include <linux/types.h>
#include <stdbool.h>

struct save {
	struct file_update update;
	char backup[PATH_MAX]; /* the dated copy that was made, "" if none */
	char kept[PATH_MAX];   /* what undo finds, "" if none */
	unsigned consumed;     /* kept policies from this number on go; 0: none */
	/* Set before save_prepare(). */
	bool own;  /* the file is the instance's own: refused where others could change its place */
	bool anew; /* it takes the place of whatever is there, see file_prepare_anew() */
};
#define SAVE_INIT                          \
	{                                  \
		.update = FILE_UPDATE_INIT \
	}

/* What becomes of the old file. */
enum save_flag {
	SAVE_KEEPS = 1 << 0,  /* it is kept for undo */
	SAVE_BACKUP = 1 << 1, /* and as a dated copy */
};

/* Writes the text beside the file. Its time will be `wall` (seconds since the Epoch) if the clock
 * is behind that. The old file is kept by save_keep(). */
int save_prepare(struct save *save, const char *path, const char *text, __s64 wall,
		 struct error *error);
int save_keep(struct save *save, unsigned flags, struct error *error);
/* Renames it into place; cannot fail for want of space. An error means that the old file stands. */
int save_commit(struct save *save, struct error *error);
/* Takes back what was not committed. */
void save_abandon(struct save *save);
#define _cleanup_save_ __attribute__((cleanup(save_abandon)))

#endif
