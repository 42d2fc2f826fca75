/* SPDX-License-Identifier: GPL-2.0-only */
#include "limits.h"
#include "verdict/tables.h"
#include <errno.h>
#include <string.h>

int limits_check(const struct policy *policy, const struct attachments *attached,
		 struct error *error)
{
	static const struct deadline_table none;
	static const struct moment any;
	_cleanup_verdict_ struct compiled compiled = {NULL};
	char names[MAX_NICS][IFNAMSIZ] = {""};
	int code;

	for (size_t i = 0; i < attached->count; i++)
		memcpy(names[i], attached->list[i].nic, IFNAMSIZ);
	code = verdict_compile(policy, (const char(*)[IFNAMSIZ])names, &none, &any, &compiled,
			       error);
	return code == -ENOSPC ? -EINVAL : code;
}
