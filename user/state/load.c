/* SPDX-License-Identifier: GPL-2.0-only */
#include "load.h"
#include "file.h"
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

const char *load_body(const char *text)
{
	static const char word[] = "attach ";
	const char *end;

	while (strncmp(text, word, strlen(word)) == 0 && (end = strchr(text, '\n')))
		text = end + 1;
	return text;
}

/* Copies the rules from a policy whose text is known; the file begins with attach lines of its own.
 * False: it is another text. */
static bool take_known(const char *text, const struct known *known, struct loaded *loaded)
{
	struct diagnostics diagnostics = {.count = 0};
	const char *body = load_body(text);
	struct attachments attached;
	struct policy head;

	if (!known || !known->text || strcmp(body, known->text) != 0)
		return false;
	policy_init(&head);
	if (text_parse(text, (size_t)(body - text), &head, &attached, &diagnostics) ||
	    diagnostics.count)
		return false;
	if (policy_copy(known->policy, &loaded->policy))
		return false;
	loaded->attached = attached;
	return true;
}

int load_read(const char *path, const struct known *known, struct loaded *loaded,
	      struct error *error)
{
	char *text = NULL;
	size_t length = 0;

	memset(loaded, 0, sizeof(*loaded));
	policy_init(&loaded->policy);
	int code = file_read(path, &text, &length, error);
	if (code)
		return code;
	loaded->found = true;
	if (strlen(text) == length && take_known(text, known, loaded)) {
		free(text);
		return 0;
	}
	code = text_parse(text, length, &loaded->policy, &loaded->attached, &loaded->diagnostics);
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

int load_policy(const char *path, bool replaced, const struct known *known, struct loaded *loaded,
		const struct notes *notes, struct error *error)
{
	struct error why = {""};
	int code = load_read(path, known, loaded, &why);

	if (code == 0 || code == -ENOENT)
		return 0;
	notes_add_places(notes, path, &loaded->diagnostics, false);
	if (replaced && loaded->diagnostics.errors)
		return 0;
	return error_set(error, code, "%s: %s", path, why.text);
}

enum exit_status load_status(int code)
{
	return code == -EIO || code == -ENOMEM ? STATUS_FAILED : STATUS_USAGE;
}

void load_free(struct loaded *loaded)
{
	policy_free(&loaded->policy);
}
