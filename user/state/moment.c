/* SPDX-License-Identifier: GPL-2.0-only */
#include "moment.h"
#include "kernel/clock.h"
#include <sys/stat.h>
#include <time.h>

__s64 moment_wall(const char *policy_path)
{
	__s64 now = time(NULL);
	struct stat status;

	if (stat(policy_path, &status) == 0 && status.st_mtime > now)
		return status.st_mtime;
	return now;
}

int moment_read(struct moment *moment, struct instance *instance, struct error *error)
{
	int code = clock_now(instance, &moment->jiffies, error);

	moment->hz = instance->control->hz;
	return code;
}
