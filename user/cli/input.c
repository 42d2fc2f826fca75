/* SPDX-License-Identifier: GPL-2.0-only */
#include "input.h"
#include "message.h"

enum exit_status input_file(const struct invocation *invocation, const char *path, const char *tail,
			    struct loaded *loaded)
{
	const struct notes notes = message_notes(invocation);
	struct error error = {""};
	int code = load_read(path, LOAD_GIVEN, NULL, loaded, &error);

	notes_add_places(&notes, load_name(path), &loaded->diagnostics, true);
	if (code == 0)
		return STATUS_DONE;
	message_error(invocation, "%s: %s%s", load_name(path), error.text, tail);
	return load_status(code);
}

enum exit_status input_policy(const struct invocation *invocation, struct loaded *loaded)
{
	const struct paths paths = invocation_paths(invocation);
	const struct notes notes = message_notes(invocation);
	struct error error = {""};
	int code = load_policy(&paths, false, NULL, loaded, &notes, &error);

	if (code == 0)
		return STATUS_DONE;
	message_error(invocation, "%s", error.text);
	return load_status(code);
}
