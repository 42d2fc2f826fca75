/* SPDX-License-Identifier: GPL-2.0-only */
#include "restore.h"
#include "enforce_flows.h"
#include "state/blocks_file.h"
#include "state/lockdown_file.h"
#include "state/stand_in.h"
#include "upgrade.h"
#include <errno.h>
#include <string.h>

/* Of one of the files: what fails keeps nothing else from being restored. */
static void count(struct making *making, int code, const struct error *error)
{
	if (code == 0)
		return;
	notes_fail(making->notes, code, error);
	making->done->failures++;
}

int restore_lockdown(const struct request *request, struct error *error)
{
	_cleanup_instance_ struct instance instance = INSTANCE_INIT;
	unsigned ignored = 0; /* it is counted again with the rest */

	if (!request->boot || request->dry_run ||
	    instance_open(request->paths.pin_dir, true, &instance, NULL))
		return 0;
	return lockdown_file_load(request->paths.own, &instance, NULL, &ignored, error);
}

void restore_keep_good(const struct request *request, const char *text, size_t length,
		       const struct notes *notes)
{
	struct error error = {""};
	int code = stand_in_keep(request->paths.own, text, length, &error);

	/* Where nothing can be written, nothing can be broken either. */
	if (code && code != -EROFS)
		notes_add(notes, NOTE_WARNING,
			  "no copy of the policy is kept for a boot on which the file cannot be "
			  "used: %s",
			  error.text);
}

void restore_stand_in(struct making *making)
{
	const struct have *have = making->have;
	struct control *control = making->instance->open ? making->instance->control : NULL;
	bool settles = making->plan->whole && !request_is_trial(making->request);

	if (control && have->stand_in[0])
		memcpy(control->stand_in, have->stand_in, sizeof(control->stand_in));
	else if (control && settles && !have->unusable && control->stand_in[0])
		memset(control->stand_in, 0, sizeof(control->stand_in));
}

void restore_incidents(struct making *making)
{
	const char *policy = making->request->paths.own;
	struct error error = {""};

	if (!making->have->running || making->request->dry_run)
		return;
	upgrade_programs(making);
	enforce_mend_egress(making);
	count(making,
	      lockdown_file_load(policy, making->instance, making->notes, &making->done->failures,
				 &error),
	      &error);
	count(making, blocks_file_load(policy, making->instance, making->notes, &error), &error);
}
