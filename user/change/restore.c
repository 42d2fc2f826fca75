/* SPDX-License-Identifier: GPL-2.0-only */
#include "restore.h"
#include "enforce_flows.h"
#include "state/blocks_file.h"
#include "state/lockdown_file.h"
#include "upgrade.h"

/* Of one of the files. */
static enum exit_status outcome(struct making *making, int code, const struct error *error)
{
	if (code == 0)
		return STATUS_DONE;
	notes_fail(making->notes, code, error);
	making->done->failures += making->request->boot;
	return making->request->boot ? STATUS_DONE : STATUS_FAILED;
}

enum exit_status restore_incidents(struct making *making)
{
	const char *policy = making->request->paths.policy;
	struct error error = {""};
	enum exit_status status;

	if (!making->have->running || making->request->dry_run)
		return STATUS_DONE;
	upgrade_programs(making);
	enforce_mend_egress(making);
	status = outcome(making,
			 lockdown_file_load(making->request->paths.own, making->instance,
					    making->notes, &making->done->failures, &error),
			 &error);
	if (status)
		return status;
	return outcome(making, blocks_file_load(policy, making->instance, making->notes, &error),
		       &error);
}
