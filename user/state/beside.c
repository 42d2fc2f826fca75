/* SPDX-License-Identifier: GPL-2.0-only */
#include "beside.h"
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int beside_policy(const char *policy, const char *name, const char *what, char path[PATH_MAX],
		  struct error *error)
{
	char resolved[PATH_MAX];
	const char *file = realpath(policy, resolved) ? resolved : policy;
	const char *slash = strrchr(file, '/');
	int directory = slash ? (int)(slash - file) + 1 : 0;

	if (strcmp(file + directory, name) == 0)
		return error_set(error, -EINVAL,
				 "%s: the policy file cannot have this name, which is that of %s",
				 policy, what);
	if (snprintf(path, PATH_MAX, "%.*s%s", directory, file, name) >= PATH_MAX)
		return error_set(error, -ENAMETOOLONG, "%s: path too long", policy);
	return 0;
}
