/* SPDX-License-Identifier: GPL-2.0-only */
#include "beside.h"
#include "file_trust.h"
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

/* Whether both are the same file, or would be. */
static bool is_same(const char *one, const char *other)
{
	char first[PATH_MAX], second[PATH_MAX];

	return trust_resolve(one, first, NULL) == 0 && trust_resolve(other, second, NULL) == 0 &&
	       strcmp(first, second) == 0;
}

int beside_policy(const char *policy, const char *name, const char *what, char path[PATH_MAX],
		  struct error *error)
{
	const char *slash = strrchr(policy, '/');
	int directory = slash ? (int)(slash - policy) + 1 : 0;
	char beside[PATH_MAX];

	if (snprintf(beside, sizeof(beside), "%.*s%s", directory, policy, name) >= PATH_MAX)
		return error_set(error, -ENAMETOOLONG, "%s: path too long", policy);
	if (is_same(policy, beside))
		return error_set(error, -EINVAL,
				 "%s: the policy file cannot have this name, which is that of %s",
				 policy, what);
	memcpy(path, beside, strlen(beside) + 1);
	return 0;
}
