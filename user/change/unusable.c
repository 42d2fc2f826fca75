/* SPDX-License-Identifier: GPL-2.0-only */
#include "unusable.h"
#include "state/lockdown_file.h"
#include "state/stand_in.h"
#include <errno.h>
#include <stdio.h>
#include <string.h>

#define MEND "until the file is mended; then `portfw restore`"

static void name_stand_in(struct have *have, const char *name)
{
	snprintf(have->stand_in, sizeof(have->stand_in), "%s", name);
}

/* The file as if it said what is in force; at boot also the NICs that the stand-in attaches, which
 * may have come late. */
static int keep_live(const struct request *request, struct have *have, const struct stand_in *found)
{
	const struct live *live = &have->live;
	struct loaded *file = &have->file;
	int code = policy_copy(&live->policy, &file->policy);

	if (code)
		return code;
	file->attached = live->attached;
	if (!request->boot || !found->path[0])
		return 0;
	if (policy_equal(&found->file.policy, &live->policy))
		name_stand_in(have, stand_in_name(found->path));
	for (size_t i = 0; i < found->file.attached.count; i++) {
		const struct attachment *wanted = &found->file.attached.list[i];
		if (!attachments_find(&file->attached, wanted->nic))
			attachments_add(&file->attached, wanted->nic, wanted->mode);
	}
	return 0;
}

static void take(struct have *have, struct stand_in *found)
{
	name_stand_in(have, stand_in_name(found->path));
	load_free(&have->file);
	have->file = found->file;
	memset(&found->file, 0, sizeof(found->file));
	policy_init(&found->file.policy);
}

/* Whether lockdown is on by its file, whatever is in that. */
static bool is_locked_down(const struct request *request)
{
	struct lockdown_file file;

	return lockdown_file_read(request->paths.own, &file, NULL, NULL) || file.on;
}

/* What is kept; under lockdown an empty policy, which only attaches what is to be cut. */
static int find(const struct request *request, struct have *have, struct stand_in *found,
		const struct notes *notes, struct error *error)
{
	int code = stand_in_find(&request->paths, found, notes, error);

	if (code == 0) {
		take(have, found);
		notes_add(notes, NOTE_ERROR, "enforcing %s in its place " MEND, found->path);
	} else if (code == -ENOENT && is_locked_down(request)) {
		code = 0;
		name_stand_in(have, "lockdown");
		notes_add(notes, NOTE_ERROR,
			  "no earlier policy is kept that could take its place: only lockdown "
			  "holds " MEND);
	}
	return code;
}

enum exit_status unusable_file(const struct request *request, struct have *have,
			       enum exit_status status, const struct error *error,
			       const struct notes *notes)
{
	_cleanup_stand_in_ struct stand_in found = {.path = ""};
	bool stays = have->running && have->live.published;
	struct error why = {""};
	int code = 0;

	policy_init(&found.file.policy);
	notes_add(notes, NOTE_ERROR, "%s%s", error->text,
		  request->boot || stays ? "" : request->consequence);
	if (!request->boot && !stays)
		return status;
	load_free(&have->file);
	memset(&have->file, 0, sizeof(have->file));
	policy_init(&have->file.policy);
	if (stays) {
		if (request->boot)
			stand_in_find(&request->paths, &found, NULL, NULL);
		code = keep_live(request, have, &found);
		notes_add(notes, NOTE_ERROR, "what is in force stays " MEND);
	} else {
		code = find(request, have, &found, notes, &why);
		if (code == -ENOENT)
			error_set(&why, code,
				  "no earlier policy is kept that could take its place: nothing "
				  "is attached");
	}
	if (code) {
		notes_fail(notes, code, &why);
		return STATUS_FAILED;
	}
	have->file.found = true;
	have->unusable = true;
	have->unusable_status = request->boot ? STATUS_FAILED : status;
	return STATUS_DONE;
}
