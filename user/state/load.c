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

static int read_text(const char *path, enum load_trust trust, struct loaded *loaded,
		     struct error *error)
{
	switch (trust) {
	case LOAD_OWN:
		return file_read_own(path, &loaded->text, &loaded->length, error);
	case LOAD_ANY:
		return file_read_any(path, &loaded->text, &loaded->length, error);
	case LOAD_GIVEN:
		break;
	}
	return file_read(path, &loaded->text, &loaded->length, error);
}

static void say_errors(const struct diagnostics *diagnostics, int code, struct error *error)
{
	if (diagnostics->errors)
		error_set(error, code, "%u error%s%s", diagnostics->errors,
			  diagnostics->errors == 1 ? "" : "s",
			  diagnostics->truncated ? ", the rest was not read" : "");
	else
		error_set(error, code, "%s", strerror(-code));
}

int load_read(const char *path, enum load_trust trust, const struct known *known,
	      struct loaded *loaded, struct error *error)
{
	memset(loaded, 0, sizeof(*loaded));
	policy_init(&loaded->policy);
	int code = read_text(path, trust, loaded, error);
	if (code)
		return code;
	loaded->found = true;
	if (strlen(loaded->text) == loaded->length && take_known(loaded->text, known, loaded))
		return 0;
	code = text_parse(loaded->text, loaded->length, &loaded->policy, &loaded->attached,
			  &loaded->diagnostics);
	if (code == 0)
		loaded->has_comments = has_comments(loaded->text);
	else
		say_errors(&loaded->diagnostics, code, error);
	return code;
}

int load_read_policy(const struct paths *paths, const struct known *known, struct loaded *loaded,
		     struct error *error)
{
	return load_read(paths->policy, paths_are_own(paths) ? LOAD_OWN : LOAD_GIVEN, known, loaded,
			 error);
}

int load_policy(const struct paths *paths, bool replaced, const struct known *known,
		struct loaded *loaded, const struct notes *notes, struct error *error)
{
	struct error why = {""};
	int code = load_read_policy(paths, known, loaded, &why);

	if (code == 0 || code == -ENOENT)
		return 0;
	notes_add_places(notes, paths->policy, &loaded->diagnostics, false);
	if (!replaced || code == -ENOMEM)
		return error_set(error, code, "%s: %s", paths->policy, why.text);
	loaded->broken = true;
	loaded->fault = why;
	return 0;
}

enum exit_status load_status(int code)
{
	return code == -EIO || code == -ENOMEM ? STATUS_FAILED : STATUS_USAGE;
}

void load_free(struct loaded *loaded)
{
	policy_free(&loaded->policy);
	free(loaded->text);
	loaded->text = NULL;
}
