/* SPDX-License-Identifier: GPL-2.0-only */
#include "save.h"
#include "base/fault.h"
#include "file_trust.h"
#include "history.h"
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

/* The time of the file tells later commands that the clock has been this far. */
static void keep_time(const struct save *save, __s64 wall)
{
	const struct timespec times[2] = {{.tv_nsec = UTIME_OMIT}, {.tv_sec = wall}};

	if (wall > time(NULL))
		utimensat(AT_FDCWD, save->update.temporary, times, 0);
}

/* A link that others could change is not followed, but replaced. */
static int check_place(const struct save *save, const char *path, struct error *error)
{
	return (save->anew ? trust_directory : trust_place)(path, error);
}

int save_prepare(struct save *save, const char *path, const char *text, __s64 wall,
		 struct error *error)
{
	struct error why = {""};

	int code = save->own ? check_place(save, path, &why) : 0;

	fault_point("file-prepare");
	if (code == 0)
		code = (save->anew ? file_prepare_anew : file_prepare)(path, text, strlen(text),
								       &save->update, &why);
	if (code)
		return error_set(error, code, "%s: %s", path, why.text);
	keep_time(save, wall);
	fault_point("file-prepared");
	return 0;
}

int save_keep(struct save *save, unsigned flags, struct error *error)
{
	const char *path = save->update.path;
	int code = 0;

	if (flags & SAVE_BACKUP) {
		code = file_backup(path, save->backup, error);
		if (code)
			save->backup[0] = '\0';
		if (code == -ENOENT)
			code = 0;
		fault_point("backup-kept");
	}
	if (code == 0 && flags & SAVE_KEEPS) {
		code = history_keep(path, save->kept, error);
		fault_point("history-kept");
	}
	return code;
}

int save_commit(struct save *save, struct error *error)
{
	char path[PATH_MAX];

	memcpy(path, save->update.path, sizeof(path));
	fault_point("file-rename");
	int code = file_commit_over(&save->update, save->backup[0] ? save->backup : NULL, error);
	if (code)
		return code;
	fault_point("file-renamed");
	save->backup[0] = save->kept[0] = '\0';
	history_trim(path, save->consumed);
	fault_point("history-trimmed");
	return 0;
}

void save_abandon(struct save *save)
{
	file_abandon(&save->update);
	if (save->backup[0])
		remove(save->backup); /* it may be an empty directory */
	if (save->kept[0])
		unlink(save->kept);
	save->backup[0] = save->kept[0] = '\0';
}
