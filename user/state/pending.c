/* SPDX-License-Identifier: GPL-2.0-only */
#include "pending.h"
#include "file.h"
#include <dirent.h>
#include <errno.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define PREFIX "pending-"

static const struct {
	const char *name;
	size_t offset;
} numbers[] = {
	{"#keeps ", offsetof(struct pending, keeps)},
	{"#backup ", offsetof(struct pending, backup)},
	{"#consumed ", offsetof(struct pending, consumed)},
};
#define NUMBER_COUNT (sizeof(numbers) / sizeof(numbers[0]))
#define PATH_NAME "#path "

void pending_free(struct pending *pending)
{
	free(pending->text);
	*pending = (struct pending){.text = NULL};
}

static int name_of(const char *run_dir, __u64 deadline, char name[PATH_MAX], struct error *error)
{
	if (snprintf(name, PATH_MAX, "%s/" PREFIX "%llu", run_dir, deadline) >= PATH_MAX)
		return error_set(error, -ENAMETOOLONG, "%s: path too long", run_dir);
	return 0;
}

static char *print(const struct pending *pending)
{
	char *text = NULL;
	size_t length;
	FILE *out = open_memstream(&text, &length);

	if (!out)
		return NULL;
	fprintf(out, PATH_NAME "%s\n", pending->path);
	for (size_t i = 0; i < NUMBER_COUNT; i++)
		fprintf(out, "%s%llu\n", numbers[i].name,
			*(const unsigned long long *)((const char *)pending + numbers[i].offset));
	fputs(pending->text, out);
	if (fclose(out)) {
		free(text);
		return NULL;
	}
	return text;
}

int pending_write(const char *run_dir, __u64 deadline, const struct pending *pending,
		  struct error *error)
{
	_cleanup_file_update_ struct file_update update = FILE_UPDATE_INIT;
	struct error why = {""};
	char name[PATH_MAX];
	int code = name_of(run_dir, deadline, name, error);

	if (code)
		return code;
	if (strchr(pending->path, '\n'))
		return error_set(error, -EINVAL, "the path of the policy file has a line break");
	char *text = print(pending);
	if (!text)
		return error_set(error, -ENOMEM, "out of memory");
	code = file_prepare(name, text, strlen(text), &update, &why);
	free(text);
	if (code == 0)
		code = file_commit(&update, &why);
	return code ? error_set(error, code, "%s: %s", name, why.text) : 0;
}

/* Reads one line of the head. */
static void read_head(struct pending *pending, const char *line, size_t length)
{
	size_t skip = strlen(PATH_NAME);

	if (length >= skip && length - skip < PATH_MAX && strncmp(line, PATH_NAME, skip) == 0) {
		memcpy(pending->path, line + skip, length - skip);
		pending->path[length - skip] = '\0';
	}
	for (size_t i = 0; i < NUMBER_COUNT; i++) {
		char *field = (char *)pending + numbers[i].offset;
		size_t name = strlen(numbers[i].name);
		if (strncmp(line, numbers[i].name, name) == 0)
			*(unsigned long long *)field = strtoull(line + name, NULL, 10);
	}
}

int pending_damaged(struct error *error)
{
	return error_set(error, -EPROTO,
			 "what it would save is damaged: `portfw rollback`, and make the change "
			 "again");
}

int pending_read(const char *run_dir, __u64 deadline, struct pending *pending, struct error *error)
{
	struct pending made = {.text = NULL};
	struct error why = {""};
	char name[PATH_MAX];
	size_t length;
	int code = name_of(run_dir, deadline, name, error);

	if (code)
		return code;
	code = file_read(name, &made.text, &length, &why);
	if (code)
		return error_set(error, code,
				 "what it would save is lost (%s: %s): "
				 "`portfw rollback`, and make the change again",
				 name, why.text);
	const char *line = made.text;
	while (*line == '#') {
		size_t end = strcspn(line, "\n");
		read_head(&made, line, end);
		line += end + (line[end] == '\n');
	}
	memmove(made.text, line, strlen(line) + 1);
	*pending = made;
	return 0;
}

void pending_clean(const char *run_dir, __u64 deadline)
{
	DIR *directory = opendir(run_dir);
	const struct dirent *entry;

	if (!directory)
		return;
	while ((entry = readdir(directory))) {
		const char *name = entry->d_name;
		if (strncmp(name, PREFIX, strlen(PREFIX)) == 0 &&
		    (!deadline || strtoull(name + strlen(PREFIX), NULL, 10) != deadline))
			unlinkat(dirfd(directory), name, 0);
	}
	closedir(directory);
}
