/* SPDX-License-Identifier: GPL-2.0-only */
#include "load.h"
#include "message.h"
#include "policy/file.h"
#include "policy/text.h"
#include <errno.h>
#include <stdlib.h>
#include <string.h>

const char *load_name(const char *path)
{
	return strcmp(path, "-") == 0 ? "<stdin>" : path;
}

/* Whether valid policy text holds a "#" outside of quotes. */
static bool has_comments(const char *text)
{
	bool quoted = false;

	for (; *text; text++) {
		if (*text == '\n')
			quoted = false;
		else if (quoted && *text == '\\' && text[1])
			text++;
		else if (*text == '"')
			quoted = !quoted;
		else if (*text == '#' && !quoted)
			return true;
	}
	return false;
}

int load_read(const char *path, struct loaded *loaded, struct error *error)
{
	char *text = NULL;
	size_t length = 0;

	memset(loaded, 0, sizeof(*loaded));
	policy_init(&loaded->policy);
	int code = file_read(path, &text, &length, error);
	if (code)
		return code;
	loaded->found = true;
	code = text_parse(text, length, &loaded->policy, &loaded->diagnostics);
	if (code == 0)
		loaded->has_comments = has_comments(text);
	else if (loaded->diagnostics.errors)
		error_set(error, code, "%u error%s%s", loaded->diagnostics.errors,
			  loaded->diagnostics.errors == 1 ? "" : "s",
			  loaded->diagnostics.truncated ? ", the rest was not read" : "");
	else
		error_set(error, code, "%s", strerror(-code));
	free(text);
	return code;
}

int load_file(const struct invocation *invocation, const char *path, const char *tail,
	      struct loaded *loaded)
{
	struct error error = {""};
	int code = load_read(path, loaded, &error);

	message_diagnostics(load_name(path), &loaded->diagnostics, true);
	if (code == 0)
		return STATUS_DONE;
	message_error(invocation, "%s: %s%s", load_name(path), error.text, tail);
	return code == -EIO || code == -ENOMEM ? STATUS_FAILED : STATUS_USAGE;
}

int load_policy_file(const struct invocation *invocation, bool replaced, struct loaded *loaded)
{
	const char *path = invocation->options.policy;
	struct error error = {""};
	int code = load_read(path, loaded, &error);

	if (code == 0 || code == -ENOENT)
		return STATUS_DONE;
	message_diagnostics(path, &loaded->diagnostics, false);
	if (replaced && loaded->diagnostics.errors)
		return STATUS_DONE;
	message_error(invocation, "%s: %s%s", path, error.text,
		      invocation->command->flags & COMMAND_CHANGES ? ", nothing changed" : "");
	return code == -EIO || code == -ENOMEM ? STATUS_FAILED : STATUS_USAGE;
}

void load_free(struct loaded *loaded)
{
	policy_free(&loaded->policy);
}
